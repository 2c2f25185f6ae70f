"""Waivers and forbearances: what they cover, on what conditions, until when, and what ends them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from agreements.leads import validate_lead_days
from agreements.models import DefaultEvent, Instrument, LoanDocument, Party, on_or_after
from audit.models import SHA256_PATTERN, Attributed, Fact, Kept, Personal, User, ref_check, ref_field, track
from waivers.querysets import CertificateManager, WaiverManager


def certificate_ref(number: int) -> str:
    """How a certificate is cited: PC-0001."""
    return f"PC-{number:04d}"


class Waiver(Fact):
    """A creditor's promise under one instrument, for a time, about stated root causes.

    `until_date`, `until_text` and `until_inclusive` keep the words and their reading (rule 2). An end date is never
    edited to extend it: an extension is another waiver that `extends` this one (rule 25).
    """

    class Kind(models.TextChoices):
        WAIVER = "waiver"
        FORBEARANCE = "forbearance"

    ref = ref_field()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="waivers")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.WAIVER)
    title = models.CharField(max_length=500)
    dated_as_of = models.DateField()
    executed = models.DateField(null=True, blank=True)
    effective_from = models.DateField()
    until_date = models.DateField(null=True, blank=True)
    until_text = models.CharField(max_length=500, blank=True, help_text="The paper's own words.")
    until_inclusive = models.BooleanField(default=False, help_text="Whether the date itself is still covered.")
    extends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="extensions")
    text = models.TextField("verbatim text", blank=True)
    document = models.ForeignKey(LoanDocument, models.PROTECT, null=True, blank=True, related_name="waivers")
    lead_days = models.JSONField(
        null=True, blank=True, validators=[validate_lead_days], help_text="In place of the desk's own lead times."
    )

    bears_on = "instrument"
    history = track()
    objects: ClassVar[Any] = WaiverManager()

    class Meta(Fact.Meta):
        ordering = ["ref"]
        constraints = [
            ref_check("waiver_ref_is_plain"),
            models.CheckConstraint(condition=Q(kind__in=["waiver", "forbearance"]), name="waiver_kind_is_known"),
            on_or_after(
                "until_date",
                "effective_from",
                name="waiver_ends_after_it_begins",
                message="`until` cannot be before `effective_from`.",
            ),
            models.CheckConstraint(
                condition=Q(until_date__isnull=False) | Q(until_text="", until_inclusive=False),
                name="waiver_end_words_need_a_date",
                violation_error_message="Words of an end, or its reading, need the date itself.",
            ),
            models.CheckConstraint(
                condition=Q(extends__isnull=True) | ~Q(extends=F("id")),
                name="waiver_does_not_extend_itself",
                violation_error_message="A waiver cannot extend itself.",
            ),
        ]
        indexes = [
            models.Index(fields=["until_date"], name="waiver_by_end"),
            # the orders of their list (waivers/registers.py)
            models.Index(fields=["title", "id"], name="waiver_by_title"),
            models.Index(fields=["effective_from", "id"], name="waiver_by_first_day"),
            models.Index(fields=["until_date", "until_inclusive", "id"], name="waiver_by_last_day"),
            models.Index(fields=["executed", "id"], name="waiver_by_execution"),
        ]

    def __str__(self) -> str:
        return f"{self.ref}: {self.title}"


class Grantor(Fact):
    """A creditor that grants the waiver."""

    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="grantors")
    party = models.ForeignKey(Party, models.PROTECT, related_name="grants")

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["waiver", "party"], name="grantor_once")]

    def __str__(self) -> str:
        return str(self.party)


class Condition(Fact):
    """A condition precedent. `satisfied` is the day on which it was satisfied or waived (rule 3)."""

    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    satisfied = models.DateField(null=True, blank=True)

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["waiver", "number"], name="condition_number_once")]

    def __str__(self) -> str:
        return self.text


class ScopeLine(Fact):
    """One target of a scope (rule 15): lines of one waiver with one `number` make one scope of the paper.

    `failure_to_pay` names an instrument, perhaps the kinds, perhaps one due date a line; `acceleration_of` and
    `all_of` name an instrument; `default_events` names an event.
    """

    class Form(models.TextChoices):
        FAILURE_TO_PAY = "failure_to_pay", "Failure to pay"
        DEFAULT_EVENTS = "default_events", "Named default events"
        ACCELERATION_OF = "acceleration_of", "Acceleration of"
        ALL_OF = "all_of", "Every default that springs from"

    class Kinds(models.TextChoices):
        ANY = "", "any"
        PRINCIPAL = "principal"
        INTEREST = "interest"
        BOTH = "principal,interest", "principal and interest"

    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="scope_lines")
    number = models.PositiveSmallIntegerField(default=1)
    form = models.CharField(max_length=20, choices=Form)
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="in_scope_of")
    default_event = models.ForeignKey(DefaultEvent, models.PROTECT, null=True, blank=True, related_name="in_scope_of")
    kinds = models.CharField(max_length=20, choices=Kinds, blank=True)
    due = models.DateField(null=True, blank=True)
    paragraph = models.CharField(max_length=100, blank=True)

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(form="default_events", instrument__isnull=True, default_event__isnull=False)
                | Q(
                    form__in=["failure_to_pay", "acceleration_of", "all_of"],
                    instrument__isnull=False,
                    default_event__isnull=True,
                ),
                name="scope_line_names_its_target",
                violation_error_message="A scope names an instrument, or, for default events, an event.",
            ),
            models.CheckConstraint(
                condition=Q(form="failure_to_pay") | Q(kinds="", due__isnull=True),
                name="scope_line_kinds_and_due_are_of_payments",
                violation_error_message="Kinds and due dates belong to a failure to pay only.",
            ),
            models.CheckConstraint(
                condition=Q(kinds__in=["", "principal", "interest", "principal,interest"]),
                name="scope_line_kinds_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_form_display()} {self.instrument or self.default_event}"


class Trigger(Fact):
    """What ends the waiver before its time (rules 20-22)."""

    class By(models.TextChoices):
        ANYBODY = "", "anybody"
        HOLDER = "holder"
        TRUSTEE = "trustee"
        BOTH = "holder,trustee", "a holder or the trustee"

    class Effect(models.TextChoices):
        AUTOMATIC = "automatic"
        ON_NOTICE = "on_notice", "on notice"

    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="triggers")
    number = models.PositiveSmallIntegerField()
    on_acceleration = models.BooleanField(default=False)
    on_remedies = models.BooleanField(default=False)
    on_other_default = models.BooleanField(default=False)
    on_waiver_ended = models.BooleanField(default=False)
    on_event = models.BooleanField(default=False)
    by = models.CharField(max_length=20, choices=By, blank=True)
    effect = models.CharField(max_length=20, choices=Effect, default=Effect.AUTOMATIC)
    paragraph = models.CharField(max_length=100, blank=True)

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["waiver", "number"], name="trigger_number_once"),
            models.CheckConstraint(
                condition=Q(on_acceleration=True)
                | Q(on_remedies=True)
                | Q(on_other_default=True)
                | Q(on_waiver_ended=True)
                | Q(on_event=True),
                name="trigger_is_on_something",
                violation_error_message="A trigger names at least one thing that fires it.",
            ),
            models.CheckConstraint(
                condition=Q(by__in=["", "holder", "trustee", "holder,trustee"]), name="trigger_by_is_known"
            ),
            models.CheckConstraint(condition=Q(effect__in=["automatic", "on_notice"]), name="trigger_effect_is_known"),
        ]

    def __str__(self) -> str:
        return f"trigger {self.number} of {self.waiver.ref}"


class TriggerTarget(Fact):
    """An instrument, a waiver or a kind of event that a trigger names."""

    trigger = models.ForeignKey(Trigger, models.PROTECT, related_name="targets")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="+")
    waiver = models.ForeignKey(Waiver, models.PROTECT, null=True, blank=True, related_name="watched_by")
    event_kind = models.CharField(max_length=50, blank=True)

    bears_on = "trigger__waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(instrument__isnull=False, waiver__isnull=True, event_kind="")
                | Q(instrument__isnull=True, waiver__isnull=False, event_kind="")
                | (Q(instrument__isnull=True, waiver__isnull=True) & ~Q(event_kind="")),
                name="trigger_target_is_one_thing",
                violation_error_message="A trigger's target is an instrument, a waiver, or a kind of event.",
            )
        ]

    def __str__(self) -> str:
        return str(self.instrument or self.waiver or self.event_kind)


class Signatory(Fact):
    """Who signed for a party, or is to sign."""

    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="signatories")
    party = models.ForeignKey(Party, models.PROTECT, related_name="signatures")
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    signed = models.DateField(null=True, blank=True)

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["id"]
        verbose_name_plural = "signatories"
        constraints = [models.UniqueConstraint(fields=["waiver", "party", "name"], name="signatory_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.title}"


class TerminationNotice(Fact):
    """A creditor's notice that ends a waiver whose trigger is on notice (rule 22)."""

    ref = ref_field()
    waiver = models.ForeignKey(Waiver, models.PROTECT, related_name="termination_notices")
    given = models.DateField()
    effective = models.DateField()
    trigger_ref = models.CharField("what it cites", max_length=100, blank=True)

    bears_on = "waiver__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["given", "ref"]
        constraints = [ref_check("termination_notice_ref_is_plain")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.given:%-d %B %Y})"


class Certificate(Attributed, Kept):
    """A position certificate as it was issued: what was said of a borrower, as of a date and as known at a moment.

    `content` is the JSON document itself, to the byte; the PDF is made of it. `seal_number` and `seal_hash` are the
    head of the audit chain at the moment of issue (docs/decisions/0024-certificates-are-stored.md).
    """

    number = models.PositiveIntegerField(unique=True, help_text="1, 2, 3 and so on, without a gap.")
    party = models.ForeignKey(Party, models.PROTECT, related_name="certificates")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="certificates")
    as_of = models.DateField()
    known_at = models.DateTimeField()
    content = models.TextField()
    json_sha256 = models.CharField(max_length=64)
    pdf = models.FileField(upload_to="certificates/")
    pdf_sha256 = models.CharField(max_length=64)
    seal_number = models.PositiveBigIntegerField()
    seal_hash = models.CharField(max_length=64)

    objects: ClassVar[Any] = CertificateManager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="certificate_numbers_begin_at_one"),
            models.CheckConstraint(condition=Q(known_at__lte=F("at")), name="certificate_knows_nothing_of_the_future"),
            models.CheckConstraint(
                condition=Q(json_sha256__regex=SHA256_PATTERN) & Q(pdf_sha256__regex=SHA256_PATTERN),
                name="certificate_has_its_hashes",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How it is cited: PC-0001."""
        return certificate_ref(self.number)


class Pack(Personal):
    """Counsel's pack about a borrower, or about one waiver: asked for, built in the background, and then there to take.

    All that it says is fixed when it is asked for: its date, its moment of knowledge, the debts (their refs) that its
    owner could see, and the seal (its file's text) of the `links` that there were. So whoever builds it, and however
    often, builds the same. What may be taken is logged when it is taken (`audit.models.Export`).
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"

    owner = models.ForeignKey(User, models.PROTECT, related_name="packs")
    party = models.ForeignKey(Party, models.PROTECT, related_name="packs")
    waiver = models.ForeignKey(Waiver, models.PROTECT, null=True, blank=True, related_name="packs")
    instruments = models.JSONField()
    as_of = models.DateField()
    known_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, blank=True, related_name="packs")
    seal = models.TextField()
    links = models.BigIntegerField()

    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=600, blank=True)
    tries = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=500, blank=True)

    file = models.FileField(upload_to="packs/", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "working", "done", "failed"]), name="pack_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(file="") & Q(sha256__regex=SHA256_PATTERN)),
                name="pack_that_is_done_has_its_file",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "working"]), name="pack_to_build"),
            models.Index(fields=["owner", "-id"], name="pack_of_a_person"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name of its file, without the ending."""
        return f"pack-{self.pk}-{self.waiver.ref if self.waiver else self.party.ref}-{self.as_of.isoformat()}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)


class SavedView(Personal):
    """How a person wants a list to be: its filters, order and columns, as they stand in the address.

    `page` names the list. Without a name it is how the page opens for its owner.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["page", "name"]
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name or f"{self.page} as it opens"


class Receipt(Personal):
    """What a form recorded, by the key that the form bore: a form that is sent twice is recorded once."""

    key = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="receipts")
    at = models.DateTimeField()
    said = models.CharField(max_length=500)
    path = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.said
