"""A valid record of every model, saved with its history: `factory_of(model)()`, or by the factory's own name.

A fact is signed by `SIGNATURE` unless it is made inside `signed(...)`. People and companies are fictional.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import factory
from django.db import models
from factory.django import DjangoModelFactory

from agreements.models import (
    Clause,
    ClauseReach,
    CreditAgreement,
    DefaultEvent,
    Desk,
    DeskMember,
    Instrument,
    InstrumentParty,
    LoanDocument,
    Party,
)
from agreements.operations import join_groups
from alerts.models import (
    Act,
    Alert,
    Attempt,
    CalendarFeed,
    Heartbeat,
    Preference,
    Subscription,
    Webhook,
)
from audit.models import Export, ExportEnd, Link, Seal, User
from audit.signing import Signature, UnsignedChangeError, current_change, signed
from intake.extract.read import read
from intake.extract.terms import as_json
from intake.models import Incoming, Verdict
from notes.models import Alias, Deferral, HolderAction, NoteSeries, Payment
from waivers.models import (
    Certificate,
    Condition,
    Grantor,
    Pack,
    Receipt,
    SavedView,
    ScopeLine,
    Signatory,
    TerminationNotice,
    Trigger,
    TriggerTarget,
    Waiver,
)

AT = datetime(2000, 1, 31, 15, tzinfo=UTC)
SIGNATURE = Signature(at=AT, name="the tests", role="system", request_id="a-test")
REASON = "A test needs it"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("person-{}".format)
    email = factory.LazyAttribute(lambda user: f"{user.username}@standstill.example")


class FactFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[models.Model], *args: Any, **kwargs: Any) -> models.Model:
        try:
            current_change()
        except UnsignedChangeError:
            with signed(SIGNATURE, REASON):
                return super()._create(model_class, *args, **kwargs)
        return super()._create(model_class, *args, **kwargs)


class DeskFactory(FactFactory):
    class Meta:
        model = Desk

    ref = factory.Sequence("desk-{}".format)
    name = "Work-outs (fictional)"


class DeskMemberFactory(FactFactory):
    class Meta:
        model = DeskMember

    desk = factory.SubFactory(DeskFactory)
    user = factory.SubFactory(UserFactory)


class PartyFactory(FactFactory):
    class Meta:
        model = Party

    ref = factory.Sequence("party-{}".format)
    name = factory.LazyAttribute(lambda party: f"{party.ref} Corporation (fictional)")


class InstrumentFactory(FactFactory):
    """An instrument without parties, in a group of its own."""

    class Meta:
        model = Instrument

    ref = factory.Sequence("instrument-{}".format)
    kind = Instrument.Kind.NOTE_SERIES
    title = factory.LazyAttribute(lambda instrument: f"Notes {instrument.ref}")
    monitored_from = date(2000, 1, 1)

    @classmethod
    def _create(cls, *args: Any, **kwargs: Any) -> Instrument:
        instrument = super()._create(*args, **kwargs)
        instrument.group = join_groups([instrument.pk])
        return instrument


class CreditAgreementFactory(FactFactory):
    class Meta:
        model = CreditAgreement

    instrument = factory.SubFactory(InstrumentFactory, kind=Instrument.Kind.CREDIT_AGREEMENT)
    dated_as_of = date(1997, 3, 19)


class InstrumentPartyFactory(FactFactory):
    class Meta:
        model = InstrumentParty

    instrument = factory.SubFactory(InstrumentFactory)
    party = factory.SubFactory(PartyFactory)
    role = InstrumentParty.Role.OBLIGOR


class LoanDocumentFactory(FactFactory):
    class Meta:
        model = LoanDocument

    ref = factory.Sequence("paper-{}".format)
    instrument = factory.SubFactory(InstrumentFactory)
    kind = "amendment"
    title = "Amendment No. 1"


class ClauseFactory(FactFactory):
    class Meta:
        model = Clause

    ref = factory.Sequence("clause-{}".format)
    instrument = factory.SubFactory(InstrumentFactory)
    kind = Clause.Kind.EVENT


class ClauseReachFactory(FactFactory):
    class Meta:
        model = ClauseReach

    clause = factory.SubFactory(ClauseFactory, kind=Clause.Kind.CROSS_DEFAULT)
    instrument = factory.SubFactory(InstrumentFactory)


class DefaultEventFactory(FactFactory):
    class Meta:
        model = DefaultEvent

    ref = factory.Sequence("event-{}".format)
    clause = factory.SubFactory(ClauseFactory)
    event_kind = "financial_covenant"
    occurred = date(2000, 2, 15)


class NoteSeriesFactory(FactFactory):
    class Meta:
        model = NoteSeries

    instrument = factory.SubFactory(InstrumentFactory)
    ranking = NoteSeries.Ranking.SENIOR
    rate_kind = NoteSeries.RateKind.FIXED
    coupon = "10.5"


class AliasFactory(FactFactory):
    class Meta:
        model = Alias

    instrument = factory.SubFactory(InstrumentFactory)
    designation = "10 1/2% Senior Note due May 1, 2000"
    used_from = date(2000, 1, 28)


class PaymentFactory(FactFactory):
    class Meta:
        model = Payment

    ref = factory.Sequence("payment-{}".format)
    instrument = factory.SubFactory(InstrumentFactory)
    kind = Payment.Kind.INTEREST
    due = date(2000, 2, 1)


class DeferralFactory(FactFactory):
    class Meta:
        model = Deferral

    payment = factory.SubFactory(PaymentFactory)
    effective = date(2000, 1, 31)
    to = date(2000, 5, 1)


class HolderActionFactory(FactFactory):
    class Meta:
        model = HolderAction

    ref = factory.Sequence("action-{}".format)
    instrument = factory.SubFactory(InstrumentFactory)
    kind = HolderAction.Kind.ACCELERATION_SOUGHT
    by = HolderAction.By.TRUSTEE
    occurred = date(2000, 3, 15)


class WaiverFactory(FactFactory):
    class Meta:
        model = Waiver

    ref = factory.Sequence("waiver-{}".format)
    instrument = factory.SubFactory(InstrumentFactory)
    title = "Agreement"
    dated_as_of = date(2000, 1, 31)
    executed = date(2000, 1, 31)
    effective_from = date(2000, 1, 31)
    until_date = date(2000, 5, 1)
    until_text = "until May 1, 2000"


class GrantorFactory(FactFactory):
    class Meta:
        model = Grantor

    waiver = factory.SubFactory(WaiverFactory)
    party = factory.SubFactory(PartyFactory)


class ConditionFactory(FactFactory):
    class Meta:
        model = Condition

    waiver = factory.SubFactory(WaiverFactory)
    number = factory.Sequence(lambda number: number + 1)
    text = "The borrower has paid the fee."


class ScopeLineFactory(FactFactory):
    class Meta:
        model = ScopeLine

    waiver = factory.SubFactory(WaiverFactory)
    form = ScopeLine.Form.FAILURE_TO_PAY
    instrument = factory.SubFactory(InstrumentFactory)


class TriggerFactory(FactFactory):
    class Meta:
        model = Trigger

    waiver = factory.SubFactory(WaiverFactory)
    number = factory.Sequence(lambda number: number + 1)
    on_acceleration = True


class TriggerTargetFactory(FactFactory):
    class Meta:
        model = TriggerTarget

    trigger = factory.SubFactory(TriggerFactory)
    instrument = factory.SubFactory(InstrumentFactory)


class SignatoryFactory(FactFactory):
    class Meta:
        model = Signatory

    waiver = factory.SubFactory(WaiverFactory)
    party = factory.SubFactory(PartyFactory)
    name = factory.Sequence("Signatory {} (fictional)".format)


class TerminationNoticeFactory(FactFactory):
    class Meta:
        model = TerminationNotice

    ref = factory.Sequence("notice-{}".format)
    waiver = factory.SubFactory(WaiverFactory)
    given = date(2000, 3, 20)
    effective = date(2000, 3, 25)


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = Alert

    about = factory.Sequence("waiver-{}".format)
    kind = "expiry"
    version = "2000-04-30:30"
    recipient = factory.SubFactory(UserFactory)
    contractual_date = date(2000, 4, 30)
    zone = "America/New_York"
    matter = "2000-04-30"
    topic = "instrument:loan"
    topics = ["instrument:loan"]
    content = {"heading": "A waiver ends", "what": "It is so.", "why": [], "sources": [], "todo": "Look.", "path": "/"}
    raised_for = date(2000, 3, 31)
    raised_at = AT + timedelta(days=60)
    next_attempt_at = AT + timedelta(days=60)


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = Attempt

    alert = factory.SubFactory(AlertFactory)
    number = factory.Sequence(lambda number: number + 1)
    begun_at = AT


class HeartbeatFactory(DjangoModelFactory):
    class Meta:
        model = Heartbeat

    name = factory.Sequence("beat-{}".format)
    at = AT
    counts = {"groups": 1}


class CalendarFeedFactory(DjangoModelFactory):
    class Meta:
        model = CalendarFeed

    owner = factory.SubFactory(UserFactory)
    token_hash = factory.Sequence("{:064x}".format)
    made_at = AT
    expires_at = AT + timedelta(days=365)


class WebhookFactory(DjangoModelFactory):
    class Meta:
        model = Webhook

    ref = factory.Sequence("hook-{}".format)
    url = "https://chat.example/in"
    topic = "desk:work-outs"


class ActFactory(DjangoModelFactory):
    class Meta:
        model = Act

    alert = factory.SubFactory(AlertFactory)
    kind = "acknowledged"
    at = AT


class LinkFactory(DjangoModelFactory):
    """A link that the database did not make."""

    class Meta:
        model = Link

    number = factory.Sequence(lambda n: 10_000_000 + n)
    kind = "waivers.waiver"
    row = factory.Sequence(lambda n: 10_000_000 + n)
    at = "2000-01-31T15:00:00.000000Z"
    salt = "0" * 32
    digest = factory.Sequence("{:064x}".format)
    hash = factory.Sequence("{:064x}".format)


class SealFactory(DjangoModelFactory):
    class Meta:
        model = Seal

    at = AT
    links = 1
    head = "0" * 64
    public_key = "0" * 64
    signature = "0" * 128


class PreferenceFactory(DjangoModelFactory):
    class Meta:
        model = Preference

    owner = factory.SubFactory(UserFactory)


class SubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = Subscription

    owner = factory.SubFactory(UserFactory)
    topic = factory.Sequence("borrower:mill-{}".format)


class CertificateFactory(DjangoModelFactory):
    class Meta:
        model = Certificate

    number = factory.Sequence(lambda number: number + 1)
    party = factory.SubFactory(PartyFactory)
    at = AT
    by = factory.SubFactory(UserFactory)
    as_of = AT.date()
    known_at = AT
    content = "{}\n"
    json_sha256 = "a" * 64
    pdf = "certificates/none.pdf"
    pdf_sha256 = "b" * 64
    seal_number = 1
    seal_hash = "c" * 64
    actor_name = "officer"
    actor_role = "officer"
    request_id = "a-test"


class PackFactory(DjangoModelFactory):
    class Meta:
        model = Pack

    owner = factory.SubFactory(UserFactory)
    party = factory.SubFactory(PartyFactory)
    instruments = ["some-debt"]
    as_of = AT.date()
    known_at = AT
    asked_at = AT
    seal = "{}"
    links = 0


class IncomingFactory(DjangoModelFactory):
    """A document that was read, and of whose text the rules made nothing."""

    class Meta:
        model = Incoming

    desk = factory.SubFactory(DeskFactory)
    by = factory.SubFactory(UserFactory)
    received_at = AT
    name = factory.Sequence("agreement-{}.txt".format)
    file = "incoming/none.bin"
    size = 10
    sha256 = factory.Sequence("{:064x}".format)
    state = "read"
    kind = "text"
    text = "A text (fictional)."
    draft = factory.LazyAttribute(lambda made: as_json(read(made.text)))


class VerdictFactory(DjangoModelFactory):
    class Meta:
        model = Verdict

    incoming = factory.SubFactory(IncomingFactory)
    term = "kind"
    outcome = "accepted"
    proposed = {"value": "other"}
    value = {"value": "other"}
    at = AT
    by = factory.SubFactory(UserFactory)
    actor_name = "officer"
    actor_role = "officer"
    request_id = "a-test"


class SavedViewFactory(DjangoModelFactory):
    class Meta:
        model = SavedView

    owner = factory.SubFactory(UserFactory)
    page = "waivers"
    name = factory.Sequence("View {}".format)


class ReceiptFactory(DjangoModelFactory):
    class Meta:
        model = Receipt

    key = factory.Sequence("receipt-{}".format)
    owner = factory.SubFactory(UserFactory)
    at = AT
    said = "Recorded as a-ref."
    path = "/"


class ExportFactory(DjangoModelFactory):
    class Meta:
        model = Export

    at = AT
    by = factory.SubFactory(UserFactory)
    actor_name = "the tests"
    actor_role = "officer"
    request_id = "a-test"
    what = "waivers"
    columns = ["waiver"]
    as_of = AT.date()
    path = "/waivers/?format=csv"


class ExportEndFactory(DjangoModelFactory):
    class Meta:
        model = ExportEnd

    export = factory.SubFactory(ExportFactory)
    at = AT
    rows = 0
    size = 0
    sha256 = sha256(b"").hexdigest()
    complete = True


FACTORIES: dict[type[models.Model], type[DjangoModelFactory]] = {
    made._meta.model: made
    for made in list(globals().values())
    if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made._meta.model
}


def factory_of(model: type[models.Model]) -> type[DjangoModelFactory]:
    return FACTORIES[model]
