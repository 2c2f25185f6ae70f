"""Who is told what: the outbox, its attempts, and the pulse of those who fill and empty it. Knows no waiver."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.states import State
from audit.models import Personal, User


class Alert(models.Model):
    """One thing that one person is told once (rule 2 of docs/reliability.md).

    `about` names the record by its ref, `kind` what of it, `version` the date (and lead time) that it speaks of.
    `content` is what the mail and the inbox show: see `alerts.letters.Letter`.
    """

    about = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=200)
    recipient = models.ForeignKey(User, models.PROTECT, related_name="alerts")
    urgent = models.BooleanField(default=False)

    contractual_date = models.DateField()
    zone = models.CharField(max_length=50)
    reading = models.CharField(max_length=500, blank=True)
    content = models.JSONField()

    raised_for = models.DateField(help_text="The day for which it was raised.")
    raised_at = models.DateTimeField()
    late = models.BooleanField(default=False)

    state = models.CharField(max_length=20, choices=[(state, state.label) for state in State], default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    possible_repeat = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="Why it is dead or superseded.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-raised_for", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["about", "kind", "version", "recipient"], name="alert_once"),
            models.CheckConstraint(condition=Q(state__in=[str(state) for state in State]), name="alert_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="sending") | (~Q(lease="") & Q(lease_expires_at__isnull=False)),
                name="alert_sending_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["pending", "sending"]), name="alert_to_send"
            ),
            models.Index(fields=["recipient", "-raised_for", "-id"], name="alert_inbox"),
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
