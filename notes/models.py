"""Note series, payment schedules with their deferrals, and what holders and trustees do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from agreements.models import Instrument, Standing, on_or_after
from audit.models import Fact, ref_check, ref_field, track


class NoteSeries(Fact):
    """What only a note series has. Its issuer is the instrument's obligor."""

    class Ranking(models.TextChoices):
        SENIOR = "senior"
        SENIOR_SUBORDINATED = "senior_subordinated", "Senior subordinated"
        SUBORDINATED = "subordinated"
        JUNIOR_SUBORDINATED = "junior_subordinated", "Junior subordinated"

    class RateKind(models.TextChoices):
        FIXED = "fixed"
        INCREASING = "increasing"
        FLOATING = "floating"

    instrument = models.OneToOneField(Instrument, models.PROTECT, related_name="note_series")
    ranking = models.CharField(max_length=30, choices=Ranking)
    rate_kind = models.CharField(max_length=20, choices=RateKind)
    coupon = models.DecimalField(
        "coupon, percent", max_digits=9, decimal_places=6, null=True, blank=True, help_text="As the note prints it."
    )
    convertible = models.BooleanField(null=True, blank=True)

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        verbose_name_plural = "note series"
        constraints = [
            models.CheckConstraint(
                condition=Q(ranking__in=["senior", "senior_subordinated", "subordinated", "junior_subordinated"]),
                name="note_ranking_is_known",
            ),
            models.CheckConstraint(
                condition=Q(rate_kind__in=["fixed", "increasing", "floating"]), name="note_rate_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(coupon__isnull=True) | Q(coupon__gte=0, coupon__lte=100),
                name="note_coupon_is_a_percentage",
                violation_error_message="A coupon is a percentage from 0 to 100.",
            ),
        ]

    def __str__(self) -> str:
        return self.instrument.title


class Alias(Fact):
    """Another designation of the series, used from a day on."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="aliases")
    designation = models.CharField(max_length=500)
    used_from = models.DateField()

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["used_from", "id"]
        verbose_name_plural = "aliases"
        constraints = [models.UniqueConstraint(fields=["instrument", "designation", "used_from"], name="alias_once")]

    def __str__(self) -> str:
        return self.designation


class Payment(Fact):
    """An amount of principal, interest or a fee that falls due under an instrument."""

    class Kind(models.TextChoices):
        PRINCIPAL = "principal"
        INTEREST = "interest"
        FEE = "fee"

    ref = ref_field(unique=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=20, choices=Kind)
    due = models.DateField()
    amount = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    paid = models.DateField(null=True, blank=True)

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["due", "ref"]
        constraints = [
            ref_check("payment_ref_is_plain"),
            models.UniqueConstraint(fields=["instrument", "ref"], name="payment_ref_once_per_instrument"),
            models.CheckConstraint(
                condition=Q(kind__in=["principal", "interest", "fee"]), name="payment_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="payment_amount_is_positive",
                violation_error_message="The amount of a payment is more than zero.",
            ),
        ]
        indexes = [models.Index(fields=["due"], condition=Q(paid__isnull=True), name="payment_unpaid_by_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ref} due {self.due:%-d %B %Y}"


class Deferral(Fact):
    """From the day `effective` the payment falls due on `to`, by the paper named (rule 6)."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="deferrals")
    effective = models.DateField()
    to = models.DateField()
    instrument_title = models.CharField("paper", max_length=500, blank=True)

    bears_on = "payment__instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["effective", "to"]
        constraints = [models.UniqueConstraint(fields=["payment", "effective", "to"], name="deferral_once")]

    def __str__(self) -> str:
        return f"{self.payment.ref} deferred to {self.to:%-d %B %Y} from {self.effective:%-d %B %Y}"


class HolderAction(Fact):
    """What a holder or a trustee does in respect of a debt. The attempt is enough: "seeks to" (rule 20)."""

    recorded_in_error = None  # `status` says it

    class Kind(models.TextChoices):
        ACCELERATION_SOUGHT = "acceleration_sought", "Acceleration sought"
        ACCELERATION_DECLARED = "acceleration_declared", "Acceleration declared"
        REMEDY = "remedy", "Remedy enforced or exercised"

    class By(models.TextChoices):
        HOLDER = "holder"
        TRUSTEE = "trustee"

    ref = ref_field()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="holder_actions")
    kind = models.CharField(max_length=30, choices=Kind)
    by = models.CharField(max_length=20, choices=By)
    occurred = models.DateField()
    reported = models.DateField(null=True, blank=True, help_text="The day on which the desk learnt of it.")
    annulled = models.DateField(null=True, blank=True, help_text="An acceleration undone.")
    withdrawn = models.DateField(null=True, blank=True, help_text="The action pulled by whoever took it.")
    status = models.CharField(max_length=20, choices=Standing, default=Standing.ALLEGED)

    bears_on = "instrument"
    history = track()

    class Meta(Fact.Meta):
        ordering = ["occurred", "ref"]
        constraints = [
            ref_check("holder_action_ref_is_plain"),
            models.CheckConstraint(
                condition=Q(kind__in=["acceleration_sought", "acceleration_declared", "remedy"]),
                name="holder_action_kind_is_known",
            ),
            models.CheckConstraint(condition=Q(by__in=["holder", "trustee"]), name="holder_action_by_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["alleged", "verified", "disputed", "recorded_in_error"]),
                name="holder_action_status_is_known",
            ),
            on_or_after(
                "annulled",
                "occurred",
                name="holder_action_annulled_after_it_occurred",
                message="An action cannot be annulled before it occurred.",
            ),
            on_or_after(
                "withdrawn",
                "occurred",
                name="holder_action_withdrawn_after_it_occurred",
                message="An action cannot be withdrawn before it occurred.",
            ),
        ]
        indexes = [models.Index(fields=["occurred"], name="holder_action_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by the {self.by} ({self.occurred:%-d %B %Y})"
