"""Counsel's CSV: streamed, formula-safe, headed by as-of, known-at and the moment it was made."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agreements.models import Instrument
from notes.models import HolderAction, Payment
from waivers.models import Waiver
from waivers.position.rules import due_on, is_missed
from waivers.positions import CHUNK, Group, groups_at

BYTE_ORDER_MARK = "\ufeff"
NEUTRALISED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")

Row = tuple[Any, ...]


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula, and from which the text can be had back.

    Text that begins with `= + - @`, TAB, CR, LF or an apostrophe gets an apostrophe before it; numbers stay numbers,
    dates are YYYY-MM-DD, nothing is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(NEUTRALISED) else text


class _Line:
    """A file that hands back what is written to it, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Request:
    """What is exported: the instruments that the reader may see, as of, known at, made at, and the day it is."""

    instruments: frozenset[str]
    groups: tuple[int, ...]
    as_of: date
    known_at: datetime | None
    made_at: datetime
    today: date

    def each_group(self) -> Iterator[Group]:
        return groups_at(self.groups, today=self.today, known_at=self.known_at)


def stream(name: str, request: Request, *, mark: bool = False) -> Iterator[str]:
    """The lines of one export; with `mark`, a byte order mark comes first. Raises `KeyError` for an unknown name."""
    columns, rows = EXPORTS[name]
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK if mark else ""
    head: list[Row] = [
        ("export", name.replace("-", " ")),
        ("as of", request.as_of),
        ("known at", request.known_at or "now"),
        ("made at", request.made_at),
        (),
        columns,
    ]
    for row in head:
        yield writer.writerow([safe_cell(cell) for cell in row])
    for row in rows(request):
        yield writer.writerow([safe_cell(cell) for cell in row])


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


def holder_action_rows(request: Request) -> Iterator[Row]:
    """One row a holder action that occurred on or before the date."""
    rows = HolderAction.objects.known_at(request.known_at).filter(
        instrument__group__in=request.groups, occurred__lte=request.as_of
    )
    columns = ("ref", "instrument__ref", "kind", "by", "occurred", "reported", "annulled", "withdrawn", "status")
    for row in rows.order_by("occurred", "ref").values_list(*columns).iterator(chunk_size=5000):
        if row[1] in request.instruments:
            yield row


EXPORTS: dict[str, tuple[Row, Callable[[Request], Iterable[Row]]]] = {
    "waivers": (WAIVER_COLUMNS, waiver_rows),
    "default-lines": (LINE_COLUMNS, default_line_rows),
    "payments": (PAYMENT_COLUMNS, payment_rows),
    "holder-actions": (ACTION_COLUMNS, holder_action_rows),
}
