"""Querysets of tracked models: what would pass the history by is refused; reading as known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NoReturn

from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef

from audit.signing import Change, current_change

IDS_AT_ONCE = 900


class BypassesHistoryError(RuntimeError):
    """A write that would leave no history row, or a false one."""


class FactQuerySet(models.QuerySet):
    """The queryset of every tracked model."""

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise BypassesHistoryError(
            f"{self.model.__name__}.objects.{what} would pass the history by; use {instead} inside signed(...)."
        )

    def update(self, **kwargs: Any) -> int:
        self._refuse("update()", "save() on each record")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        self._refuse("bulk_update()", "save() on each record")

    def bulk_create(self, *args: Any, **kwargs: Any) -> list:
        self._refuse("bulk_create()", "record_all()")

    def update_or_create(self, *args: Any, **kwargs: Any) -> tuple:
        self._refuse("update_or_create()", "save()")

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse("delete()", "recorded_in_error = True")

    def _raw_delete(self, using: str | None) -> int:
        self._refuse("_raw_delete()", "recorded_in_error = True")

    async def abulk_create(self, *args: Any, **kwargs: Any) -> list:
        self._refuse("abulk_create()", "record_all()")

    async def aupdate(self, **kwargs: Any) -> int:
        self._refuse("aupdate()", "save() on each record")

    def record_all(self, records: Iterable[Any], *, batch_size: int = 2000, mark: bool = True) -> list:
        """Insert many records and their history rows in one transaction; they come back with their ids.

        `mark=False` leaves it to the caller to mark what they bear on, once for all that it records.
        """
        change = current_change()
        with transaction.atomic(using=self.db):
            made = super().bulk_create(list(records), batch_size=batch_size)
            for start in range(0, len(made), IDS_AT_ONCE):
                ids = [record.pk for record in made[start : start + IDS_AT_ONCE]]
                copy_to_history(self.model, self.model.history.model, ids, change, using=self.db)  # type: ignore[attr-defined]
                if mark:
                    self.mark_changed(ids)
        return made

    def mark_changed(self, ids: Sequence[int]) -> None:
        """Note, in the transaction of a change of these records, that what they bear on must be looked at again."""
        path = self.model.bears_on  # type: ignore[attr-defined]
        target: Any = self.model
        for step in path.split("__"):
            target = target._meta.get_field(step).related_model or target
        those = self.model._base_manager.using(self.db).filter(pk__in=ids).order_by()
        target.objects.using(self.db).look_again(those.values(path))

    def standing(self) -> models.QuerySet:
        """Without what was recorded in error."""
        return self.filter(recorded_in_error=False)

    def known_at(self, moment: datetime | None) -> models.QuerySet:
        """The rows as they were known at a moment: the live ones, or the last history row of each up to then.

        Both have the same columns, so what reads `values()` need not know which it got.
        """
        return self if moment is None else known_history(self.model, moment)


def copy_to_history(
    model: type[models.Model],
    history: type[models.Model],
    ids: Sequence[int],
    change: Change,
    *,
    using: str,
    kind: str = "+",
) -> None:
    """Write the history rows of records just written, from the rows themselves, in one statement.

    `kind`: "+" for what is new, "~" for what was changed. The models may be those of a migration's state.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    said = {**history_columns(change), "history_type": kind}
    fields: list[Any] = [history._meta.get_field(name) for name in said]
    tracked: list[Any] = [
        field for field in history._meta.local_fields if field not in fields and not field.primary_key
    ]
    own = [quote(field.column) for field in tracked]
    values = [field.get_db_prep_save(value, connection) for field, value in zip(fields, said.values(), strict=True)]
    columns = ", ".join([*own, *(quote(field.column) for field in fields)])
    marks = ", ".join([*own, *["%s"] * len(values)])
    those = ", ".join(["%s"] * len(ids))
    table, live = quote(history._meta.db_table), quote(model._meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) SELECT {marks} FROM {live} WHERE id IN ({those}) ORDER BY id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *ids])


class KeptQuerySet(models.QuerySet):
    """The queryset of what is written once: rows are added to it, and that is all."""

    def _refuse(self) -> NoReturn:
        raise BypassesHistoryError(f"{self.model.__name__} is written once: it is not changed, and not deleted.")

    def update(self, **kwargs: Any) -> int:
        self._refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        self._refuse()

    def update_or_create(self, *args: Any, **kwargs: Any) -> tuple:
        self._refuse()

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse()

    def _raw_delete(self, using: str | None) -> int:
        self._refuse()


class ExportQuerySet(KeptQuerySet):
    """The queryset of what was exported."""

    def visible_to(self, user: Any) -> models.QuerySet:
        """Each person's own; all of them for whoever keeps or audits the register."""
        return self if keeps(user) else self.filter(by=user)


def keeps(user: Any) -> bool:
    """Whether a person keeps or audits the register, and so sees what all people did with it."""
    return user.is_active and (user.is_superuser or user.role in ("administrator", "auditor"))


_last_link: ContextVar[int | None] = ContextVar("standstill_last_link", default=None)


@contextmanager
def up_to_link(number: int) -> Iterator[None]:
    """Inside the block, what was known at a moment is read as far as a link of the chain.

    A row is dated when its request began, and linked when it was committed. So what was committed after the link under
    an earlier date, by a long import say, is left out, now and whenever the same is read again.
    """
    token = _last_link.set(number)
    try:
        yield
    finally:
        _last_link.reset(token)


def so_far(model: type[models.Model], rows: models.QuerySet) -> models.QuerySet:
    """Those of a fact's history rows that `up_to_link` lets be read; outside it all of them."""
    last = _last_link.get()
    if last is None:
        return rows
    links = apps.get_model("audit", "Link")._base_manager.filter(kind=model._meta.label_lower, number__lte=last)
    return rows.filter(Exists(links.filter(row=OuterRef("history_id"))))


def known_history(model: type[models.Model], moment: datetime) -> models.QuerySet:
    """The last history row of each record up to a moment, as far as `up_to_link` lets it be read.

    The last is the one written last: two people's moments may lie the other way round than their writes.
    """
    rows = so_far(model, model.history.model.objects.filter(history_date__lte=moment))  # type: ignore[attr-defined]
    return rows.filter(~Exists(rows.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))))


def history_columns(change: Change) -> dict[str, Any]:
    """What every history row says of its change beside the values."""
    return {
        "history_date": change.by.at,
        "history_change_reason": change.reason,
        "history_user_id": change.by.user_id,
        "actor_name": change.by.name,
        "actor_role": change.by.role,
        "request_id": change.by.request_id,
    }


FactManager = models.Manager.from_queryset(FactQuerySet)
KeptManager = models.Manager.from_queryset(KeptQuerySet)
ExportManager = models.Manager.from_queryset(ExportQuerySet)
