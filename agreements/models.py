"""Parties, the instrument (what a credit agreement and a note series have in common), and its papers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from agreements.leads import validate_lead_days
from agreements.querysets import InstrumentManager, PartyManager
from audit.models import Fact, User, ref_check, ref_field, track


def on_or_after(later: str, earlier: str, *, name: str, message: str) -> models.CheckConstraint:
    """A check that one date, where there is one, is not before another."""
    condition = Q(**{f"{later}__isnull": True}) | Q(**{f"{later}__gte": F(earlier)})
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)


class Standing(models.TextChoices):
    """How far a recorded action or event is to be believed (rule 24)."""

    ALLEGED = "alleged"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    RECORDED_IN_ERROR = "recorded_in_error", "Recorded in error"


class Desk(Fact):
    """A credit desk: whose borrowers these are, and how long before an end it is told."""

    ref = ref_field()
    name = models.CharField(max_length=200)
    lead_days = models.JSONField(
        null=True, blank=True, validators=[validate_lead_days], help_text="Days before a date, e.g. [30, 7, 1, 0]."
    )
    open_subjects = models.BooleanField(
        "names in the subjects of mails",
        default=False,
        db_default=False,
        help_text="Whether a mail's subject may name waivers, debts and dates. It travels in the clear.",
    )

    bears_on = "borrowers__roles__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["ref"]
        constraints = [ref_check("desk_ref_is_plain")]

    def __str__(self) -> str:
        return self.name


class DeskMember(Fact):
    """A person on a desk. The head is told what nobody else is subscribed to."""

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="desk_memberships")
    is_head = models.BooleanField(default=False)

    bears_on = "desk__borrowers__roles__instrument"
    history = track()

    class Meta(Fact.Meta):
        constraints = [
            models.UniqueConstraint(fields=["desk", "user"], name="desk_member_once"),
            models.UniqueConstraint(
                fields=["desk"], condition=Q(is_head=True, recorded_in_error=False), name="desk_has_one_head"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.desk}"


class Party(Fact):
    """A legal person or an individual: borrower, lender, agent, trustee, holder."""

    ref = ref_field()
    name = models.CharField(max_length=300)
    entity_type = models.CharField(max_length=100, blank=True)
    jurisdiction = models.CharField(max_length=100, blank=True)
    cik = models.CharField("SEC CIK", max_length=10, blank=True)
    lei = models.CharField("LEI", max_length=20, blank=True)
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, blank=True, related_name="borrowers")
    officer = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="borrowers",
        help_text="Who runs this borrower's work-out.",
    )

    bears_on = "roles__instrument"
    history = track()
    objects: ClassVar[Any] = PartyManager()

    class Meta(Fact.Meta):
        ordering = ["ref"]
        verbose_name_plural = "parties"
        constraints = [
            ref_check("party_ref_is_plain"),
            models.CheckConstraint(
                condition=~Q(name=""), name="party_has_a_name", violation_error_message="A party has a name."
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="party_by_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A party that stands in a role is not void."""
        if self.recorded_in_error and self.pk and self.roles.standing().exists():
            found = "This party has a role under an instrument; void the role first, and then the party."
            raise ValidationError({"recorded_in_error": found})
        if self.officer is not None and not self.officer.desk_memberships.standing().filter(desk=self.desk).exists():
            raise ValidationError({"officer": f"{self.officer} is not on this borrower's desk."})


class Instrument(Fact):
    """A debt of an obligor that has its own events of default: a credit agreement or a note series.

    `title` is the agreement's title or the series' designation. What ended before `monitored_from` is history and
    raises no alert.

    Four columns are indexes, not facts. `group`: instruments that can reach each other bear the same number.
    `changes` counts the changes of its facts, and `swept` is that number as a sweep last saw it; on `next_look` there
    may be something to tell even if nothing changes (docs/decisions/0020-what-a-sweep-looks-at.md).
    """

    class Kind(models.TextChoices):
        CREDIT_AGREEMENT = "credit_agreement", "Credit agreement"
        NOTE_SERIES = "note_series", "Note series"

    ref = ref_field()
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=500)
    currency = models.CharField(max_length=3, default="USD")
    principal_outstanding = models.DecimalField(
        max_digits=20, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    stated_maturity = models.DateField(null=True, blank=True)
    monitored_from = models.DateField(help_text="What ended before this day is history and raises no alert.")
    group = models.BigIntegerField(default=0, editable=False, db_index=True)
    changes = models.BigIntegerField(default=1, db_default=1, editable=False)
    swept = models.BigIntegerField(default=0, db_default=0, editable=False)
    next_look = models.DateField(null=True, blank=True, editable=False)

    bears_on = "id"
    history = track(excluded_fields=["group", "changes", "swept", "next_look"])
    objects: ClassVar[Any] = InstrumentManager()

    class Meta(Fact.Meta):
        ordering = ["ref"]
        constraints = [
            ref_check("instrument_ref_is_plain"),
            models.CheckConstraint(
                condition=Q(kind__in=["credit_agreement", "note_series"]), name="instrument_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(principal_outstanding__isnull=True) | Q(principal_outstanding__gte=0),
                name="instrument_principal_not_negative",
                violation_error_message="Principal outstanding is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}\Z"),
                name="instrument_currency_is_a_code",
                violation_error_message="A currency is three capital letters, such as USD.",
            ),
        ]
        indexes = [  # the orders of its lists (waivers/registers.py)
            models.Index(fields=["kind", "title", "id"], name="instrument_by_title"),
            models.Index(fields=["kind", "principal_outstanding", "id"], name="instrument_by_principal"),
            models.Index(fields=["kind", "stated_maturity", "id"], name="instrument_by_maturity"),
            models.Index(fields=["group"], condition=Q(changes__gt=F("swept")), name="instrument_changed"),
            models.Index(fields=["next_look"], condition=Q(next_look__isnull=False), name="instrument_to_look_at"),
        ]

    def __str__(self) -> str:
        return self.title


class CreditAgreement(Fact):
    """What only a credit agreement has. Its papers are the instrument's loan documents."""

    instrument = models.OneToOneField(Instrument, models.PROTECT, related_name="credit_agreement")
    dated_as_of = models.DateField()
    governing_law = models.CharField(max_length=100, blank=True)

    bears_on = "instrument"
    history = track()

    def __str__(self) -> str:
        return f"{self.instrument.title} dated as of {self.dated_as_of:%-d %B %Y}"


class InstrumentParty(Fact):
    """The role of a party under an instrument. A note series' issuer is its obligor."""

    class Role(models.TextChoices):
        OBLIGOR = "obligor"
        LENDER = "lender"
        GUARANTOR = "guarantor"
        AGENT = "agent", "Administrative agent"
        TRUSTEE = "trustee", "Indenture trustee"
        HOLDER = "holder"

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="roles")
    party = models.ForeignKey(Party, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["id"]
        verbose_name_plural = "instrument parties"
        constraints = [
            models.UniqueConstraint(fields=["instrument", "party", "role"], name="instrument_party_role_once"),
            models.CheckConstraint(
                condition=Q(role__in=["obligor", "lender", "guarantor", "agent", "trustee", "holder"]),
                name="instrument_party_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} ({self.get_role_display()})"


class LoanDocument(Fact):
    """A paper of an instrument, in a tree: an amendment under the agreement that it amends, a rider under that.

    `kind` is free but for `reservation_of_rights`, which answers rule 33. The file is kept with its SHA-256. `words`
    is an index, not a fact: what the file says, as far as it is plain text, for the search.
    """

    ref = ref_field()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="documents")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=50)
    title = models.CharField(max_length=500)
    dated_as_of = models.DateField(null=True, blank=True)
    file = models.FileField(upload_to="documents/", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    words = models.TextField(db_default="", blank=True, editable=False)

    bears_on = "instrument"
    history = track(excluded_fields=["words"])

    class Meta(Fact.Meta):
        ordering = ["ref"]
        constraints = [
            ref_check("document_ref_is_plain"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="document_not_under_itself",
                violation_error_message="A document cannot lie under itself.",
            ),
            models.CheckConstraint(
                condition=Q(file="", sha256="") | (~Q(file="") & Q(sha256__regex=r"^[0-9a-f]{64}\Z")),
                name="document_file_has_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """A tree: of one instrument, without a cycle."""
        seen, above = {self.pk}, self.parent
        if above is not None and above.instrument_id != self.instrument_id:
            raise ValidationError(
                {"parent": f"{above.ref} is a document of another instrument; expected one of its own."}
            )
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": f"{above.ref} lies under this document itself: a tree has no cycle."})
            seen.add(above.pk)
            above = above.parent


class Clause(Fact):
    """One event of default of an instrument."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "Payment default"
        CROSS_PAYMENT_DEFAULT = "cross_payment_default", "Cross-payment-default"
        CROSS_DEFAULT = "cross_default", "Cross-default"
        CROSS_ACCELERATION = "cross_acceleration", "Cross-acceleration"
        EVENT = "event", "Recorded event"

    class Operator(models.TextChoices):
        MORE_THAN = ">", "more than"
        AT_LEAST = ">=", "at least"

    ref = ref_field(unique=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="clauses")
    kind = models.CharField(max_length=30, choices=Kind)
    section = models.CharField(max_length=100, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=0)
    threshold_amount = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    threshold_operator = models.CharField(max_length=2, choices=Operator, blank=True)
    threshold_aggregate = models.BooleanField(default=False)

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["instrument", "ref"]
        constraints = [
            ref_check("clause_ref_is_plain"),
            models.UniqueConstraint(fields=["instrument", "ref"], name="clause_ref_once_per_instrument"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["payment", "cross_payment_default", "cross_default", "cross_acceleration", "event"]
                ),
                name="clause_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(threshold_amount__isnull=True, threshold_operator="")
                | Q(threshold_amount__isnull=False, threshold_amount__gte=0, threshold_operator__in=[">", ">="]),
                name="clause_threshold_is_whole",
                violation_error_message="A threshold has both an amount, not negative, and an operator.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} ({self.get_kind_display()})"


class ClauseReach(Fact):
    """An instrument that a clause names. A clause that names none reaches all others of the same obligors."""

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="reaches")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="reached_by")

    bears_on = "clause__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["id"]
        verbose_name_plural = "clause reaches"
        constraints = [models.UniqueConstraint(fields=["clause", "instrument"], name="clause_reaches_once")]

    def __str__(self) -> str:
        return f"{self.clause} reaches {self.instrument}"


class DefaultEvent(Fact):
    """A recorded default: a covenant breached, a false representation, an insolvency, a judgment."""

    recorded_in_error = None  # `status` says it

    ref = ref_field()
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="events")
    event_kind = models.CharField(max_length=50)
    occurred = models.DateField()
    cured = models.DateField(null=True, blank=True, help_text="Only where the agreement lets a cure end it.")
    status = models.CharField(max_length=20, choices=Standing, default=Standing.ALLEGED)

    bears_on = "clause__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["occurred", "ref"]
        constraints = [
            ref_check("default_event_ref_is_plain"),
            models.CheckConstraint(
                condition=Q(status__in=["alleged", "verified", "disputed", "recorded_in_error"]),
                name="default_event_status_is_known",
            ),
            on_or_after(
                "cured",
                "occurred",
                name="default_event_cured_after_it_occurred",
                message="An event cannot be cured before it occurred.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} ({self.event_kind}, {self.occurred:%-d %B %Y})"
