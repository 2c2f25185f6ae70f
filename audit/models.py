"""Tracked models: every fact keeps its whole history, and nothing is ever deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import pre_save
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from audit.querysets import BypassesHistoryError, ExportManager, FactManager, KeptManager, history_columns
from audit.signing import current_change

REF_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z"
REF_WORDS = "letters, digits, dots, hyphens, underscores and colons, at most 100, beginning with a letter or digit"


SHA256_PATTERN = r"^[0-9a-f]{64}\Z"

NEVER_DELETED = "A user is never deleted; clear `is_active` instead."


class Role(models.TextChoices):
    OFFICER = "officer", "Credit officer"
    COUNSEL = "counsel", "Counsel"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class UserQuerySet(models.QuerySet):
    """Users are not deleted in bulk either."""

    def delete(self) -> tuple[int, dict[str, int]]:
        raise BypassesHistoryError(NEVER_DELETED)

    def _raw_delete(self, using: str | None) -> int:
        raise BypassesHistoryError(NEVER_DELETED)


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users as Django does, and deletes none."""

    use_in_migrations = False


class User(AbstractUser):
    """A person who signs in. Disabled when they leave, never deleted: the history names them."""

    role = models.CharField(max_length=20, choices=Role, default=Role.OFFICER)

    objects: ClassVar[Any] = PeopleManager()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise BypassesHistoryError(NEVER_DELETED)


class Attributed(models.Model):
    """Who did it (copied, since names and roles change), as what, in which request."""

    actor_name = models.CharField(max_length=150)
    actor_role = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64)

    class Meta:
        abstract = True


def track(**options: Any) -> HistoricalRecords:
    """The history of a tracked model, with our columns and no foreign key to a user."""
    return HistoricalRecords(
        bases=[Attributed],
        history_user_id_field=models.IntegerField(null=True),
        history_user_getter=lambda historical: None,
        history_user_setter=lambda historical, user: None,
        **options,
    )


def _attribute(sender: type, history_instance: models.Model, **kwargs: Any) -> None:
    for column, value in history_columns(current_change()).items():
        setattr(history_instance, column, value)


pre_create_historical_record.connect(_attribute, dispatch_uid="standstill-attribute-history")


class Fact(models.Model):
    """A recorded fact: changed only under a signature, voided instead of deleted."""

    recorded_in_error: Any = models.BooleanField(
        default=False, help_text="It never was so. The record stays, with who voided it and why."
    )

    # The path from a record to what must be looked at again when it changes, as `values()` takes it.
    bears_on: ClassVar[str]

    objects: ClassVar[Any] = FactManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            type(self).objects.mark_changed([self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise BypassesHistoryError(f"{type(self).__name__} is never deleted; set `recorded_in_error` instead.")


class Kept(models.Model):
    """What was said or done: written once, sealed like the history of a fact, and never changed or deleted."""

    objects: ClassVar[Any] = KeptManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise BypassesHistoryError(f"{type(self).__name__} is written once, and not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise BypassesHistoryError(f"{type(self).__name__} is kept for ever.")


class Link(models.Model):
    """One link of the chain: a kept row, in the order in which rows were committed. The database makes it.

    `digest` is the SHA-256 of the salt and the row's text (audit/row_text.py), and `hash` that of the hash before, `at`
    and it, with a space between (audit/chain.py). The salt keeps whoever has the digest from guessing the text.
    `kind` names the row's table, by the fact whose history it is.
    """

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=60)
    row = models.BigIntegerField()
    at = models.CharField(max_length=27, help_text="By the database's clock, in UTC: 2000-01-31T15:00:00.000000Z.")
    salt = models.CharField(max_length=45, help_text="Random. It begins with `adopted` for what was there before.")
    digest = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "row"], name="link_once")]

    def __str__(self) -> str:
        return f"link {self.number}"


class Seal(models.Model):
    """The head of the chain at a moment, signed, and sent to where nobody of the register can change it."""

    at = models.DateTimeField()
    links = models.BigIntegerField(help_text="How many links it covers.")
    head = models.CharField(max_length=64, help_text="The hash of the last of them.")
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"seal of {self.links} links"


class Export(Attributed, Kept):
    """That somebody exported a list: which, narrowed how, of which moment. Committed before the first byte leaves.

    `what`: the name of the list or file; `filter`: as it was shown, in words; `path`: the address that was asked for.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="exports")
    what = models.CharField(max_length=100)
    filter = models.TextField(blank=True)
    columns = models.JSONField()
    as_of = models.DateField()
    known_at = models.DateTimeField(null=True, blank=True)
    path = models.TextField()

    objects: ClassVar[Any] = ExportManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["at", "id"], name="export_by_time"),
            models.Index(fields=["by", "at", "id"], name="export_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.what}, exported by {self.actor_name}"


class ExportEnd(Kept):
    """How an export ended: what left, and whether that was all of it. Without one it is under way, or was killed."""

    export = models.OneToOneField(Export, models.PROTECT, related_name="end")
    at = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField(help_text="Bytes that left.")
    sha256 = models.CharField("SHA-256", max_length=64, help_text="Of exactly the bytes that left.")
    complete = models.BooleanField(help_text="Whether that was all of it; otherwise it broke off.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=SHA256_PATTERN),
                name="export_end_has_a_hash",
                violation_error_message="A SHA-256 is 64 digits from 0 to f.",
            )
        ]

    def __str__(self) -> str:
        return f"{'whole' if self.complete else 'broken off'}: {self.export}"


class Personal(models.Model):
    """What a person arranges for themselves. No fact: it keeps no history."""

    class Meta:
        abstract = True


def _guard(
    sender: type[models.Model], instance: models.Model, raw: bool, update_fields: Any = None, **kwargs: Any
) -> None:
    # A signal, since Django's deserializers save past every method of the model.
    if not issubclass(sender, Fact):
        return
    if raw or update_fields is not None or hasattr(instance, "skip_history_when_saving"):
        raise BypassesHistoryError(
            f"{sender.__name__}: raw and partial saves, and saves without history, are refused; use save()."
        )
    current_change()


pre_save.connect(_guard, dispatch_uid="standstill-guard-facts")

validate_ref = RegexValidator(REF_PATTERN, message=f"A ref is made of {REF_WORDS}.")


def ref_field(**options: Any) -> models.CharField:
    """The public, human-readable key of a record."""
    return models.CharField(max_length=100, validators=[validate_ref], **{"unique": True, **options})


def ref_check(name: str) -> models.CheckConstraint:
    """The database's own check that a ref holds no path, space or markup."""
    return models.CheckConstraint(
        condition=Q(ref__regex=REF_PATTERN), name=name, violation_error_message=f"A ref is made of {REF_WORDS}."
    )
