"""Who is told what: the outbox, its attempts, and the pulse of those who fill and empty it. Knows no waiver."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from alerts.querysets import AlertManager
from alerts.states import State
from audit.models import Kept, Personal, User, ref_check, ref_field

MOST_LEAD_DAYS = 366
TOPIC_PATTERN = r"^(desk|borrower|instrument):[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z"


def validate_zone(name: str) -> None:
    """A zone of the tz database."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is no time zone; expected one such as America/New_York.")


def validate_leads(value: Any) -> None:
    """A list of distinct whole numbers from 0 to 366; empty for the usual ones."""
    whole = isinstance(value, list) and all(type(days) is int and 0 <= days <= MOST_LEAD_DAYS for days in value)
    if not whole or len(set(value)) != len(value):
        raise ValidationError("Lead times are different whole numbers from 0 to 366, such as 30, 7, 1, 0.")


class Webhook(Personal):
    """A desk's chat or ticket system, told of what a topic is told of. An administrator sets it up.

    The key that signs is derived (`alerts.channels.webhook.signing_key`), and kept nowhere. `generation` makes a new
    one. `can_look_up`: a GET of the address with `?key=` answers 200 for a key that was taken and 404 for another.
    """

    ref = ref_field()
    url = models.URLField(max_length=500)
    topic = models.CharField(max_length=120, help_text="What it is told of: desk:REF, borrower:REF or instrument:REF.")
    kinds = models.JSONField(default=list, blank=True, help_text="Kinds of alerts; empty for all.")
    headings = models.BooleanField(default=False, help_text="Send the words too. Otherwise a number and a link only.")
    can_look_up = models.BooleanField(default=False)
    generation = models.PositiveIntegerField(default=1, help_text="Raise it to have a new signing key.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["ref"]
        constraints = [
            ref_check("webhook_ref_is_plain"),
            models.CheckConstraint(
                condition=Q(topic__regex=TOPIC_PATTERN),
                name="webhook_topic_is_known",
                violation_error_message="A topic is desk:REF, borrower:REF or instrument:REF.",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def clean(self) -> None:
        """What is sent is confidential: in the clear it goes only to this machine."""
        address = urlsplit(self.url)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValidationError({"url": "It must begin with https:// (http:// is for this machine only)."})


class Alert(models.Model):
    """One thing that one recipient is told once (rule 2 of docs/reliability.md): a person, or a webhook.

    `about` names the record by its ref, `kind` what of it, `version` the date (and lead time) that it speaks of;
    `matter` is the version without the lead time. `content` is what is shown: see `alerts.letters.Letter`.
    `answer_by`: when it is passed on unless somebody acknowledges it; `level`: how far that has gone. A daily digest
    is an alert too, and carries others, which wait for it.
    """

    class Level(models.IntegerChoices):
        RECIPIENT = 0, "those who are told"
        NEXT = 1, "the next person"
        DESK = 2, "the desk"
        EVERYONE = 3, "everyone's first page"

    about = models.CharField(max_length=400)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=200)
    matter = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=120, blank=True, help_text="The instrument that it is about, or nothing.")
    topics = models.JSONField(default=list, blank=True)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="alerts")
    webhook = models.ForeignKey(Webhook, models.PROTECT, null=True, blank=True, related_name="alerts")
    in_place_of = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    urgent = models.BooleanField(default=False)

    contractual_date = models.DateField()
    zone = models.CharField(max_length=50)
    reading = models.CharField(max_length=800, blank=True)
    content = models.JSONField()

    raised_for = models.DateField(help_text="The day for which it was raised.")
    raised_at = models.DateTimeField()
    late = models.BooleanField(default=False)

    state = models.CharField(max_length=20, choices=[(state, state.label) for state in State], default=State.PENDING)
    daily = models.BooleanField(default=False, help_text="Waits for the recipient's daily digest.")
    carried_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="carried")
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    possible_repeat = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="Why it is dead or superseded.")
    set_aside_at = models.DateTimeField(null=True, blank=True, help_text="When a person set a dead one aside.")

    answer_by = models.DateTimeField(null=True, blank=True)
    answer_within = models.PositiveSmallIntegerField(default=0, help_text="Hours; 0 for no deadline.")
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.RECIPIENT)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[AlertManager] = AlertManager()

    class Meta:
        ordering = ["-raised_for", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["about", "kind", "version", "recipient"], name="alert_once"),
            models.UniqueConstraint(fields=["about", "kind", "version", "webhook"], name="alert_once_for_a_webhook"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, webhook__isnull=True)
                | Q(recipient__isnull=True, webhook__isnull=False),
                name="alert_has_one_recipient",
            ),
            models.CheckConstraint(condition=Q(state__in=[str(state) for state in State]), name="alert_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="sending") | (~Q(lease="") & Q(lease_expires_at__isnull=False)),
                name="alert_sending_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(set_aside_at__isnull=True) | (Q(state="dead") & ~Q(note="")),
                name="alert_set_aside_is_dead_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True)
                | Q(answer_by__isnull=True)
                | Q(answer_by__gte=F("snoozed_until")),
                name="alert_snoozed_is_not_passed_on",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["pending", "sending"]), name="alert_to_send"
            ),
            models.Index(fields=["recipient", "-raised_for", "-id"], name="alert_inbox"),
            models.Index(fields=["answer_by"], condition=Q(answer_by__isnull=False), name="alert_to_pass_on"),
            models.Index(fields=["topic", "raised_at"], condition=~Q(topic=""), name="alert_by_topic"),
            models.Index(fields=["state"], condition=Q(state__in=["dead", "bounced"]), name="alert_failed"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="alert_by_message"),
        ]

    def __str__(self) -> str:
        return self.content.get("heading", self.kind)


class Attempt(models.Model):
    """One try to hand an alert over, kept for ever."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="attempt_log")
    number = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["alert", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"attempt {self.number} of alert {self.alert_id}: {self.outcome or 'under way'}"


class Heartbeat(models.Model):
    """The last beat of something that must not stop: what it is, when, and what it counted."""

    name = models.CharField(max_length=50, unique=True)
    at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"


class CalendarFeed(Personal):
    """A private address under which a person's calendar fetches dates. The token is kept as its SHA-256 only.

    `opaque`: titles say that something is due, not what. A feed is off until it is made, and over once revoked.
    """

    owner = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    opaque = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(revoked_at=None), name="calendar_feed_one_each")
        ]

    def __str__(self) -> str:
        return f"calendar feed of {self.owner}"


class Act(Kept):
    """What a person did with an alert, or what was done about one: with whom and why."""

    class Kind(models.TextChoices):
        ACKNOWLEDGED = "acknowledged"
        SNOOZED = "snoozed"
        PASSED_ON = "passed_on", "Passed on"
        SUPERSEDED = "superseded"
        SENT_AGAIN = "sent_again", "Sent again"
        SET_ASIDE = "set_aside", "Set aside"
        REPORTED = "reported", "Reported by the mail provider"

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    said = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["sent_again", "set_aside"]) | ~Q(said=""), name="act_on_a_dead_alert_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: alert {self.alert_id}"


class Preference(Personal):
    """How a person is told. Whoever has none is told at once of all that their desks are told of.

    Quiet hours and the daily digest hold back what can wait; what is urgent is never held back. While a person is
    away, their alerts go to the deputy.
    """

    owner = models.OneToOneField(User, models.PROTECT, related_name="preference")
    follows_desks = models.BooleanField("all of my desks", default=True)
    daily = models.BooleanField("once a day, together", default=False)
    daily_at = models.TimeField("at", default=time(8))
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    zone = models.CharField("my time zone", max_length=50, blank=True, validators=[validate_zone])
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True, help_text="The last day away.")
    deputy = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="deputy_of")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="preference_quiet_hours_are_whole",
                violation_error_message="Quiet hours have a beginning and an end.",
            ),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True)
                | Q(
                    away_from__isnull=False,
                    away_until__isnull=False,
                    away_until__gte=F("away_from"),
                    deputy__isnull=False,
                ),
                name="preference_absence_is_whole",
                violation_error_message="An absence has a first day, a last day not before it, and a deputy.",
            ),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("owner")),
                name="preference_deputy_is_somebody_else",
                violation_error_message="Nobody is their own deputy.",
            ),
        ]

    def __str__(self) -> str:
        return f"how {self.owner} is told"


class Subscription(Personal):
    """What a person wants to be told of, beside what their desks are told of."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="subscriptions")
    topic = models.CharField(max_length=120)
    kinds = models.JSONField(default=list, blank=True)
    lead_days = models.JSONField(default=list, blank=True, validators=[validate_leads])
    daily = models.BooleanField("once a day, together", default=False)

    class Meta:
        ordering = ["topic", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "topic"],
                name="subscription_once_each",
                violation_error_message="You are subscribed to this already; remove that first.",
            ),
            models.CheckConstraint(condition=Q(topic__regex=TOPIC_PATTERN), name="subscription_topic_is_known"),
        ]
        indexes = [models.Index(fields=["topic"], name="subscription_by_topic")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.topic}"
