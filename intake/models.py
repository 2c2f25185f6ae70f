"""What comes in to be read, and what people said of each term that was read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from agreements.models import Desk, LoanDocument
from audit.models import SHA256_PATTERN, Attributed, Kept, User
from intake.querysets import IncomingManager
from waivers.models import Waiver


class Incoming(models.Model):  # type: ignore[django-manager-missing]  # the plug-in cannot see its manager
    """A file that came in: an agreement, or a zip of them (`kind` zip, whose documents have it as `parent`).

    No fact: what it says enters the register only by a person's verdicts. `text` is what a reader made of the file,
    `draft` what the rules read in that text (`intake.extract.terms.Draft` as JSON), `places` where in the file the
    text stands. `words_sha256` is that of its words alone: the same paper in another form has the same.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        READING = "reading"
        READ = "read", "to review"
        REFUSED = "refused", "not readable"
        DUPLICATE = "duplicate", "here already"
        RECORDED = "recorded"
        SET_ASIDE = "set_aside", "set aside"

    desk = models.ForeignKey(Desk, models.PROTECT, related_name="incoming")
    by = models.ForeignKey(User, models.PROTECT, related_name="incoming")
    received_at = models.DateTimeField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="documents")
    name = models.CharField(max_length=300, help_text="As the file was called.")
    exhibit = models.CharField(max_length=40, blank=True, help_text="Which of a submission's exhibits to read.")
    file = models.FileField(upload_to="incoming/")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)

    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    lease = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=2000, blank=True)
    same_as = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="repeats")

    kind = models.CharField(max_length=20, blank=True)
    notes = models.JSONField(default=list, blank=True)
    text = models.TextField(blank=True)
    places = models.JSONField(default=list, blank=True)
    words_sha256 = models.CharField(max_length=64, blank=True)
    draft = models.JSONField(null=True, blank=True)

    waiver = models.ForeignKey(Waiver, models.PROTECT, null=True, blank=True, related_name="incoming")
    paper = models.ForeignKey(LoanDocument, models.PROTECT, null=True, blank=True, related_name="incoming")
    recorded_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = IncomingManager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "incoming documents"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["waiting", "reading", "read", "refused", "duplicate", "recorded", "set_aside"],
                ),
                name="incoming_state_is_known",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=SHA256_PATTERN), name="incoming_has_its_hash"),
            models.UniqueConstraint(
                fields=["desk", "sha256", "exhibit"],
                condition=~Q(state__in=["duplicate", "refused"]),
                name="incoming_content_once_on_a_desk",
            ),
            models.CheckConstraint(
                condition=~Q(state="duplicate") | Q(same_as__isnull=False), name="incoming_repeat_names_the_first"
            ),
            models.CheckConstraint(
                condition=~Q(state="recorded") | Q(waiver__isnull=False, recorded_at__isnull=False),
                name="incoming_recorded_has_its_waiver",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | ~Q(same_as=F("id")), name="incoming_repeats_another"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "reading"]), name="incoming_to_read"),
            models.Index(fields=["desk", "-id"], name="incoming_of_a_desk"),
            models.Index(fields=["sha256"], name="incoming_by_content"),
            models.Index(fields=["words_sha256"], name="incoming_by_words"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.READING)


class Verdict(Attributed, Kept):
    """What a person said of one term of a draft: who confirmed what, from which words. The last one counts.

    `term` is its place in the draft (`dated`, `parties.0`), `proposed` what was read there (null for a term that a
    person added), `value` what is to be taken for it (null where it was rejected), `words` the document's, which
    stand at `spans` of its text. In `value`, `register` is the record that it is and `offered` the one that was
    likeliest. With an empty `term` it is about the whole document, which was set aside or taken back.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"
        CORRECTED = "corrected"
        REJECTED = "rejected"
        ADDED = "added"
        SET_ASIDE = "set_aside", "set aside"
        TAKEN_BACK = "taken_back", "taken back"

    incoming = models.ForeignKey(Incoming, models.PROTECT, related_name="verdicts")
    term = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome)
    proposed = models.JSONField(null=True, blank=True)
    value = models.JSONField(null=True, blank=True)
    words = models.TextField(blank=True)
    spans = models.JSONField(default=list, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="verdicts")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(term="", outcome__in=["set_aside", "taken_back"])
                | (~Q(term="") & Q(outcome__in=["accepted", "corrected", "rejected", "added"])),
                name="verdict_is_known",
            ),
        ]
        indexes = [models.Index(fields=["incoming", "term", "id"], name="verdict_of_a_term")]

    def __str__(self) -> str:
        return f"{self.term} {self.outcome}"
