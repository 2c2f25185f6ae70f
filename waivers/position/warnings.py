"""What the register warns of by itself (rules 30-34), as of a date.

A warning is about a waiver (30-32, 34) or an instrument (33). It is told while somebody can still act on it: not once
the waiver that it is about has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from waivers.position.facts import Root, RootKind, Waiver
from waivers.position.rules import (
    FOR_EVER,
    ONE_DAY,
    Casefile,
    Source,
    State,
    Status,
    due_on,
    first_day,
    last_day,
    missed_spans,
    named_in_scope,
)
from waivers.position.timeline import Timeline

DAYS_AFTER_THE_LAST = 7
UNWAIVED_DAYS = 30
LIVE = (Status.IN_FORCE, Status.PENDING)


TITLES = {
    30: "a payment falls due as it ends, and nothing covers it",
    31: "there is a gap in its chain",
    32: "another creditor's waiver ends earlier",
    33: "an event of default stands unwaived, with no reservation of rights",
    34: "it does not bind yet",
}


@dataclass(frozen=True, slots=True, order=True)
class Warn:
    """`rule` 30 to 34; `about`: a waiver or an instrument; `subject`: what else it is about; `on`: the date to mind."""

    rule: int
    about: str
    subject: str
    on: date
    text: str

    @property
    def title(self) -> str:
        """What kind of warning it is, in a few words."""
        return TITLES[self.rule]


def warnings(line: Timeline, on: date, *, unwaived_days: int = UNWAIVED_DAYS) -> list[Warn]:
    """All warnings as of a date, sorted by rule and by what they are about. `unwaived_days`: the N of rule 33."""
    status = {waiver.ref: waiver.status for waiver in line.position(on).waivers}
    live = [waiver for waiver in line.case.facts.waivers if status[waiver.ref] in LIVE]
    not_ended = [waiver for waiver in line.case.facts.waivers if waiver.ref not in line.day(on).ends]
    found = [
        *(warning for waiver in live for warning in _payments_just_after(line.case, waiver, on)),
        *(warning for waiver in live for warning in _gap_before(line, waiver, on)),
        *(warning for waiver in live for warning in _parallel_ends_earlier(line.case, waiver, live)),
        *_unwaived_too_long(line, on, unwaived_days),
        *(warning for waiver in not_ended for warning in _not_yet_binding(waiver, on)),
    ]
    return sorted(found)


def _spoken(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _payments_just_after(case: Casefile, waiver: Waiver, on: date) -> Iterator[Warn]:
    """Rule 30: a payment of a covered instrument falls due just after the last day, and no waiver covers it."""
    last = last_day(waiver)
    if last is None:
        return
    for payment in case.facts.payments:
        due = due_on(payment, on)
        if payment.instrument not in named_in_scope(waiver) or not 0 <= (due - last).days <= DAYS_AFTER_THE_LAST:
            continue
        root = Root(RootKind.MISSED_PAYMENT, payment.ref, payment.instrument)
        paid = payment.paid is not None and payment.paid <= on
        if not paid and not any(case.covers(other, root) for other in case.waivers_of[waiver.instrument]):
            text = (
                f"{payment.kind.capitalize()} {payment.ref} of {payment.instrument} falls due on {_spoken(due)}, "
                f"{_days((due - last).days)} after the last day of {waiver.ref} ({_spoken(last)}), "
                "and is in no waiver's scope."
            )
            yield Warn(30, waiver.ref, payment.ref, due, text)


def _gap_before(line: Timeline, waiver: Waiver, on: date) -> Iterator[Warn]:
    """Rule 31: days between the end of the waiver extended and the first day of this one."""
    earlier = next((other for other in line.case.facts.waivers if other.ref == waiver.extends), None)
    first = first_day(waiver) or waiver.effective_from
    if earlier is None:
        return
    end = line.day(on).ends.get(earlier.ref)
    last = end.ended_on - ONE_DAY if end else last_day(earlier)
    if last is not None and last + ONE_DAY < first:
        text = (
            f"{waiver.ref} begins on {_spoken(first)}, but {earlier.ref}, which it extends, was last in force on "
            f"{_spoken(last)}: {_days((first - last).days - 1)} between them not covered."
        )
        yield Warn(31, waiver.ref, earlier.ref, last + ONE_DAY, text)


def _parallel_ends_earlier(case: Casefile, waiver: Waiver, live: list[Waiver]) -> Iterator[Warn]:
    """Rule 32: another creditor's waiver of the same root cause ends earlier."""
    last = last_day(waiver) or FOR_EVER
    for other in live:
        other_last = last_day(other)
        if other.instrument == waiver.instrument or other_last is None or other_last >= last:
            continue
        if other.granted_by == waiver.granted_by:
            continue
        shared = [
            source.root.ref
            for source in case.sources
            if _may_stand(case, source) and case.covers(waiver, source.root) and case.covers(other, source.root)
        ]
        if shared:
            text = (
                f"{other.ref} ({other.instrument}) covers {', '.join(sorted(shared))} too, but ends earlier: "
                f"its last day is {_spoken(other_last)}."
            )
            yield Warn(32, waiver.ref, other.ref, other_last, text)


def _may_stand(case: Casefile, source: Source) -> bool:
    """Whether the root cause stands on some day: a payment that falls due later may yet be missed (rule 32)."""
    if source.root.kind is RootKind.MISSED_PAYMENT:
        return bool(missed_spans(case.payments[source.root.instrument, source.root.ref]))
    return bool(source.spans)


def _unwaived_too_long(line: Timeline, on: date, unwaived_days: int) -> Iterator[Warn]:
    """Rule 33: an event of default stands unwaived for more than N days, and no reservation of rights is recorded."""
    for instrument in line.position(on).instruments:
        begun = line.standing_since(instrument.ref, State.EVENT_OF_DEFAULT, on)
        if begun is None or (on - begun).days <= unwaived_days:
            continue
        reserved = line.case.instruments[instrument.ref].reservations
        if not any(begun <= day <= on for day in reserved):
            text = (
                f"An event of default under {instrument.ref} has stood unwaived since {_spoken(begun)} "
                f"({(on - begun).days} days), and no reservation of rights is recorded."
            )
            yield Warn(33, instrument.ref, "", begun, text)


def _not_yet_binding(waiver: Waiver, on: date) -> Iterator[Warn]:
    """Rule 34: unexecuted, or a condition open, although the effective date has passed."""
    last = last_day(waiver)
    if waiver.effective_from > on or (last is not None and last < on):
        return
    unexecuted = waiver.executed is None or waiver.executed > on
    open_ = [met for met in waiver.conditions if met is None or met > on]
    if unexecuted:
        text = f"{waiver.ref} was to be effective from {_spoken(waiver.effective_from)}, but is not executed."
        yield Warn(34, waiver.ref, "unexecuted", waiver.effective_from, text)
    elif open_:
        text = (
            f"{waiver.ref} was to be effective from {_spoken(waiver.effective_from)}, but "
            f"{len(open_)} of its {len(waiver.conditions)} condition(s) precedent is open."
        )
        yield Warn(34, waiver.ref, "condition", waiver.effective_from, text)
