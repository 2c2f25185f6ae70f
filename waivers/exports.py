"""Counsel's files: their columns, and their rows as of a date and as known at a moment. `audit.exports` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from agreements.models import Instrument
from audit.exports import Listing, Plain, Row
from audit.trail import Trail
from notes.models import HolderAction, Payment
from waivers.models import Waiver
from waivers.position.rules import due_on, is_missed
from waivers.positions import CHUNK, Group, groups_at, groups_of


@dataclass(frozen=True)
class Request:
    """What is exported: the instruments that the reader may see, as of, known at, and the day it is."""

    visible: QuerySet
    as_of: date
    known_at: datetime | None
    today: date

    @cached_property
    def instruments(self) -> frozenset[str]:
        return frozenset(self.visible.values_list("ref", flat=True))

    @cached_property
    def groups(self) -> tuple[int, ...]:
        return tuple(groups_of(self.visible))

    def each_group(self) -> Iterator[Group]:
        return groups_at(self.groups, today=self.today, known_at=self.known_at)


def file_named(name: str, request: Request, said: tuple[str, ...] = ()) -> Listing:
    """One of counsel's files. `said`: how it was narrowed, in words. Raises `KeyError` for an unknown name."""
    columns, rows = EXPORTS[name]
    return Listing(name, columns, rows(request), said, tells_filter=False)


WAIVER_COLUMNS = (
    "waiver", "instrument", "kind", "title", "granted by", "dated as of", "executed", "effective from",
    "until (words)", "until (date)", "date included", "last day by its words",
    "status", "ended on", "ended by", "extends",
)  # fmt: skip


def waiver_rows(request: Request) -> Iterator[Row]:
    """One row a waiver."""
    for start in range(0, len(request.groups), CHUNK):
        chunk = request.groups[start : start + CHUNK]
        groups = list(groups_at(chunk, today=request.today, known_at=request.known_at))
        rows = Waiver.objects.known_at(request.known_at).filter(instrument__group__in=chunk)
        words = {ref: rest for ref, *rest in rows.values_list("ref", "title", "dated_as_of", "until_text")}
        for group in groups:
            yield from _waivers_of(group, words, request)


def _waivers_of(group: Group, words: dict[str, list[Any]], request: Request) -> Iterator[Row]:
    known = {waiver.ref: waiver for waiver in group.timeline.case.facts.waivers}
    for found in group.timeline.position(request.as_of).waivers:
        waiver = known[found.ref]
        if waiver.instrument not in request.instruments:
            continue
        title, dated, text = words[found.ref]
        end = found.end
        yield (
            *(found.ref, waiver.instrument, waiver.kind, title, "; ".join(sorted(waiver.granted_by)), dated),
            *(waiver.executed, waiver.effective_from, text, waiver.until, waiver.inclusive, found.last_day),
            *(found.status, end and end.ended_on, end and end.ref, waiver.extends),
        )


LINE_COLUMNS = (
    "instrument", "instrument state", "waived through", "clause", "root cause", "root", "root instrument", "via",
    "state", "since", "event of default on", "waiver", "uncertain",
)  # fmt: skip


def default_line_rows(request: Request) -> Iterator[Row]:
    """One row a default line as of the date."""
    for group in request.each_group():
        for item in group.timeline.position(request.as_of).instruments:
            for line in item.lines if item.ref in request.instruments else ():
                yield (
                    *(item.ref, item.state, item.waived_through, line.clause, line.root.kind, line.root.ref),
                    *(line.root.instrument, " > ".join(line.via), line.state, line.since, line.event_of_default_on),
                    *(line.waiver, "; ".join(line.uncertain)),
                )


PAYMENT_COLUMNS = (
    "payment", "instrument", "kind", "first due", "due", "amount", "currency", "paid", "missed as of",
)  # fmt: skip


def payment_rows(request: Request) -> Iterator[Row]:
    """One row a payment, with the due date in effect on the date and whether it is missed."""
    currency = dict(Instrument.objects.filter(ref__in=request.instruments).values_list("ref", "currency"))
    for start in range(0, len(request.groups), CHUNK):
        chunk = request.groups[start : start + CHUNK]
        rows = Payment.objects.known_at(request.known_at).filter(instrument__group__in=chunk, amount__isnull=False)
        amounts = {
            (instrument, ref): amount
            for instrument, ref, amount in rows.values_list("instrument__ref", "ref", "amount")
        }
        for group in groups_at(chunk, today=request.today, known_at=request.known_at):
            for payment in sorted(group.timeline.case.facts.payments, key=lambda found: (found.instrument, found.ref)):
                if payment.instrument in request.instruments:
                    yield (
                        *(payment.ref, payment.instrument, payment.kind, payment.due, due_on(payment, request.as_of)),
                        *(amounts.get((payment.instrument, payment.ref)), currency[payment.instrument], payment.paid),
                        is_missed(payment, request.as_of),
                    )


ACTION_COLUMNS = (
    "action", "instrument", "kind", "by", "occurred", "reported", "annulled", "withdrawn", "status",
)  # fmt: skip


def holder_action_rows(request: Request) -> Plain:
    """One row a holder action that occurred on or before the date."""
    rows = HolderAction.objects.known_at(request.known_at).filter(
        instrument__in=request.visible.values("pk"), occurred__lte=request.as_of
    )
    paths = ("ref", "instrument__ref", "kind", "by", "occurred", "reported", "annulled", "withdrawn", "status")
    return Plain(rows.order_by("occurred", "ref"), paths)


HISTORY_COLUMNS = ("at", "by", "as", "reason", "request", "kind", "ref", "new", "field", "before", "after")


def history_rows(trail: Trail) -> Iterator[Row]:
    """One row a field that was changed or set; latest first."""
    for change in trail.each():
        for step in change.steps:
            for field in step.fields:
                yield (
                    *(change.at, change.actor, change.role, change.reason, change.request, step.what, step.name),
                    *(step.first, field.name, field.before, field.after),
                )


EXPORTS: dict[str, tuple[tuple[str, ...], Callable[[Request], Iterable[Row]]]] = {
    "waivers": (WAIVER_COLUMNS, waiver_rows),
    "default-lines": (LINE_COLUMNS, default_line_rows),
    "payments": (PAYMENT_COLUMNS, payment_rows),
    "holder-actions": (ACTION_COLUMNS, holder_action_rows),
}
