"""Writes that can change a position: each evaluates what it does to its group in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from agreements.models import DefaultEvent, Instrument, LoanDocument, Party
from agreements.operations import join_groups
from audit.chain import head
from audit.models import Fact, User
from audit.signing import Signature, signed
from notes.models import Deferral, HolderAction, Payment
from waivers.models import Certificate, Condition, Receipt, TerminationNotice, Waiver
from waivers.papers.certificate import Issue, content, issued_under, pdf_of, sha256, text_of
from waivers.position.facts import Facts
from waivers.position.timeline import Change, Timeline, difference, timeline
from waivers.positions import facts_of
from waivers.sweeps import sweep


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to record, not recorded yet.

    `write` saves it, inside a signature, and returns the record that it is about. `subject` is the record that it
    changes, if it changes one. `ties`: the ids of other instruments that can reach this one, or be reached, through it.
    `keep` writes the file that belongs to it, in the transaction of the record: what a file holds cannot be taken back,
    so a preview writes none.
    """

    instrument: Instrument
    write: Callable[[], Fact]
    subject: Fact | None = None
    ties: tuple[int, ...] = ()
    keep: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an entry would change: the differences, and the two timelines that they come from."""

    before: Timeline
    after: Timeline
    changes: list[Change]

    @property
    def print(self) -> str:
        """What tells these consequences from others: a record is made of what was previewed, or not at all."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, and how many alerts that raised."""

    fact: Fact
    raised: int


class AlreadyRecordedError(Exception):
    """The same form was recorded before; `receipt` says as what."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.said)
        self.receipt = receipt


class ChangedMeanwhileError(Exception):
    """Somebody changed the record after it was shown; `latest` is that change, a history row."""

    def __init__(self, latest: Fact) -> None:
        super().__init__("The record was changed meanwhile.")
        self.latest = latest


class OtherConsequencesError(Exception):
    """The register has changed so that the entry would now do something else than was previewed."""


def version_of(fact: Fact | None) -> str:
    """Which record it is, and the number of its last change; "" for a record that is still to be made."""
    if fact is None or fact.pk is None:
        return ""
    latest = type(fact).history.filter(id=fact.pk).order_by("-history_id").first()  # type: ignore[attr-defined]
    return f"{name_of(fact)}{latest.history_id if latest else 0}"


def name_of(fact: Fact) -> str:
    """What the versions of a record begin with."""
    return f"{fact._meta.label_lower}/{fact.pk}/"


def preview(entry: Entry, *, by: Signature, today: date) -> Preview:
    """What recording an entry would change (rule 29): it is written, evaluated, and taken back.

    So a preview cannot say anything else than the record will. Raises `ValidationError` as recording would.
    """
    with transaction.atomic():
        _, found = _written(entry, by=by, reason="A preview, taken back", today=today)
        transaction.set_rollback(True)
    return found


def record_entry(
    entry: Entry,
    *,
    by: Signature,
    owner: User,
    reason: str,
    today: date,
    key: str,
    version: str,
    previewed: str,
    path: str,
) -> Recorded:
    """Record an entry that was previewed, evaluate it and raise its alerts, all in one transaction.

    `key` tells this form with this content; the second time raises `AlreadyRecordedError`. `version` is `version_of`
    the subject as the form showed it, else `ChangedMeanwhileError`. `previewed` is the `print` of the preview, else
    `OtherConsequencesError`. `path` is where what was recorded can be seen. Raises `ValidationError` by field.
    """
    with transaction.atomic():
        take_turns([entry.instrument.pk, *entry.ties])
        check_once(key)
        if version_of(entry.subject) != version and entry.subject is not None:
            latest = type(entry.subject).history.filter(id=entry.subject.pk)  # type: ignore[attr-defined]
            raise ChangedMeanwhileError(latest.order_by("-history_id")[0])
        fact, found = _written(entry, by=by, reason=reason, today=today)
        if found.print != previewed:
            raise OtherConsequencesError
        if entry.keep is not None:
            entry.keep()
        with signed(by, reason):
            raised = sweep([_group_now(entry)], today, at=by.at).raised
        said = f"Recorded as {getattr(fact, 'ref', fact)}."
        try:
            with transaction.atomic():
                Receipt.objects.create(key=key, owner=owner, at=by.at, said=said[:500], path=path)
        except IntegrityError:
            check_once(key)
            raise
    return Recorded(fact, raised)


def check_once(key: str) -> None:
    """Raise `AlreadyRecordedError` if a form with this key was recorded before."""
    receipt = Receipt.objects.filter(key=key).first()
    if receipt is not None:
        raise AlreadyRecordedError(receipt)


def take_turns(ids: list[int]) -> None:
    """Wait until nobody else records in the groups of these instruments; on SQLite the transaction alone sees to it.

    Whoever was waited for may have joined groups, so they are read again until they stay the same.
    """
    locked: set[int] | None = None
    while True:
        groups = set(Instrument.objects.filter(pk__in=ids).values_list("group", flat=True))
        if groups == locked:
            return
        list(
            Instrument.objects.select_for_update(no_key=True).filter(group__in=groups).order_by("pk").values_list("pk")
        )
        locked = groups


def _group_now(entry: Entry) -> int:
    return _group_of(entry.instrument)


def _group_of(instrument: Instrument) -> int:
    return Instrument.objects.values_list("group", flat=True).get(pk=instrument.pk)


def _written(entry: Entry, *, by: Signature, reason: str, today: date) -> tuple[Fact, Preview]:
    """Write an entry and compare the timelines before and after; the transaction is the caller's."""
    ids = [entry.instrument.pk, *entry.ties]
    groups = set(Instrument.objects.filter(pk__in=ids).values_list("group", flat=True))
    before = timeline(merged(facts_of(groups).values()), today=today)
    with signed(by, reason):
        fact = entry.write()
        if len(groups) > 1:
            join_groups(ids)
    after = timeline(merged(facts_of([_group_now(entry)]).values()), today=today)
    return fact, Preview(before, after, difference(before, after))


def merged(facts: Iterable[Facts]) -> Facts:
    """The facts of several groups as those of one; they do not mix."""
    found = list(facts)
    return Facts(
        **{part.name: tuple(row for one in found for row in getattr(one, part.name)) for part in fields(Facts)}
    )


def check_has_happened(fact: Fact, today: date) -> None:
    """Raise `ValidationError`, by field, for an action or an event of the future: what may happen is not a fact."""
    for field, what in (("occurred", "occurred"), ("reported", "been reported")):
        on = getattr(fact, field, None)
        if on and on > today:
            raise ValidationError({field: f"It cannot have {what} after today ({today:%-d %B %Y})."})


def save(fact: Fact, today: date) -> Fact:
    """Check a fact and save it, inside the caller's signature. Raises `ValidationError` with sentences by field."""
    if isinstance(fact, HolderAction | DefaultEvent):
        check_has_happened(fact, today)
    fact.full_clean()
    fact.save()
    return fact


def record(*, fact: Fact, by: Signature, reason: str, today: date) -> int:
    """Record or correct one fact that can change a position, evaluate it, and raise its alerts, in one transaction.

    Raises `ValidationError` with sentences by field; returns how many alerts were raised.
    """
    with transaction.atomic(), signed(by, reason):
        take_turns([instrument_of(fact).pk])
        save(fact, today)
        return sweep([_group_of(instrument_of(fact))], today, at=by.at).raised


def instrument_of(fact: Fact) -> Instrument:
    """The instrument to whose group a fact belongs."""
    match fact:
        case HolderAction() | Payment() | Waiver() | LoanDocument():
            return fact.instrument
        case Deferral():
            return fact.payment.instrument
        case DefaultEvent():
            return fact.clause.instrument
        case Condition() | TerminationNotice():
            return fact.waiver.instrument
        case _:
            raise TypeError(f"{type(fact).__name__} is not recorded this way.")


# Certificates

TRIES = 20


class NotYetError(Exception):
    """A certificate was asked for of what will be known at a moment that has not come."""


def issue_certificate(*, party: Party, as_of: date, known_at: datetime, by: Signature, owner: User) -> Certificate:
    """Issue a position certificate of a borrower: worked out, numbered, sealed and kept, in one transaction.

    Whoever issues one at the same moment may take the number; then the next one is taken. Raises `NothingKnownError`
    if the register did not know of the borrower at the moment, `NotYetError`, and `PaperTooLargeError`.
    """
    if known_at > by.at:
        raise NotYetError("A certificate says what was known at a moment that has passed.")
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _issued(party, as_of, known_at, by, owner)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError


def _issued(party: Party, as_of: date, known_at: datetime, by: Signature, owner: User) -> Certificate:
    if connection.vendor == "postgresql":
        connection.check_constraints()  # what this transaction has written so far gets its links now
    number = (Certificate.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    seal = head()
    issue = Issue(number, by.at, by.name, by.role, by.request_id, seal.number, seal.hash, issued_under())
    text = text_of(content(party, as_of=as_of, known_at=known_at, issue=issue))
    pdf = pdf_of(text, by.at)
    made = Certificate(
        number=number,
        party=party,
        at=by.at,
        by=owner,
        as_of=as_of,
        known_at=known_at,
        content=text,
        json_sha256=sha256(text.encode()),
        pdf_sha256=sha256(pdf),
        seal_number=seal.number,
        seal_hash=seal.hash,
        actor_name=by.name,
        actor_role=by.role,
        request_id=by.request_id,
    )
    made.pdf.name = f"certificates/{made.pdf_sha256}.pdf"
    made.save()
    made.pdf.storage.save(made.pdf.name, ContentFile(pdf))
    return made
