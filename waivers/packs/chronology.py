"""What happened, day by day, each with the record that says so; and when the register learnt of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localtime

from alerts.letters import spoken
from audit.trail import Trail
from waivers.packs.subject import Subject
from waivers.packs.tables import alerts_of
from waivers.position.rules import worst

WIDTH = 96


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Something on a day: `rank` puts what people did before what followed from it. `source`: the record."""

    on: date
    rank: int
    words: str
    source: str


def entries(subject: Subject) -> list[Entry]:
    """Up to the date of the pack, earliest first."""
    found = [*_papers(subject), *_payments(subject), *_acts(subject), *_waivers(subject), *_positions(subject)]
    found += [*_learnt(subject), *_alerts(subject)]
    return sorted(entry for entry in set(found) if entry.on <= subject.pack.as_of)


def text(subject: Subject) -> str:
    """The chronology as a page to read: a day, and under it what happened on it."""
    pack = subject.pack
    lines = [
        f"Chronology: {subject_name(subject)}",
        f"As of {spoken(pack.as_of)}, as the register knew it at {moment(pack.known_at)}.",
        "In brackets stands the record that says so; its versions are in tables/history.csv.",
        "",
    ]
    last = None
    for entry in entries(subject):
        if entry.on != last:
            lines += ["", spoken(entry.on)]
            last = entry.on
        lines += textwrap.wrap(
            f"{entry.words} [{entry.source}]",
            WIDTH,
            initial_indent="  - ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines) + "\n"


def subject_name(subject: Subject) -> str:
    """What the pack is about, in words."""
    pack = subject.pack
    return f"{pack.waiver.title} ({pack.waiver.ref})" if pack.waiver else f"{pack.party.name} ({pack.party.ref})"


def _papers(subject: Subject) -> Iterator[Entry]:
    for debt in subject.instruments:
        if debt.agreement and not debt.row.recorded_in_error:
            yield Entry(debt.agreement.dated_as_of, 0, f"{debt.title} is dated as of this day.", debt.row.ref)
        for row in debt.papers:
            if row.dated_as_of and not row.recorded_in_error:
                kind = row.kind.replace("_", " ")
                yield Entry(row.dated_as_of, 0, f"{row.title} ({kind}) under {debt.title} is dated.", row.ref)


def _payments(subject: Subject) -> Iterator[Entry]:
    for debt in subject.instruments:
        for found in debt.payments:
            row = found.row
            if row.recorded_in_error:
                continue
            amount = f" of {debt.row.currency} {row.amount:,.2f}" if row.amount is not None else ""
            source = f"{debt.row.ref}/{row.ref}"
            yield Entry(row.due, 1, f"{row.kind.capitalize()}{amount} under {debt.title} first falls due.", source)
            for deferral in found.deferrals:
                if not deferral.recorded_in_error:
                    by = f", by {deferral.instrument_title}" if deferral.instrument_title else ""
                    words = f"{row.kind.capitalize()} under {debt.title} is deferred to {spoken(deferral.to)}{by}."
                    yield Entry(deferral.effective, 1, words, source)
            if row.paid:
                yield Entry(row.paid, 1, f"{row.kind.capitalize()} under {debt.title} is paid.", source)


def _acts(subject: Subject) -> Iterator[Entry]:
    for debt in subject.instruments:
        for row in debt.actions:
            words = f"{row.get_kind_display()} by the {row.by} of {debt.title} ({row.get_status_display().lower()})."
            yield Entry(row.occurred, 2, words, row.ref)
            for on, what in ((row.annulled, "annulled"), (row.withdrawn, "withdrawn")):
                if on:
                    yield Entry(on, 2, f"That of {spoken(row.occurred)} under {debt.title} is {what}.", row.ref)
        for row in debt.events:
            kind = row.event_kind.replace("_", " ")
            words = f"Default event under {debt.title}: {kind} ({row.get_status_display().lower()})."
            yield Entry(row.occurred, 2, words, row.ref)
            if row.cured:
                yield Entry(row.cured, 2, f"The default event {kind} under {debt.title} is cured.", row.ref)


def _waivers(subject: Subject) -> Iterator[Entry]:
    reasons = subject.reasons
    for record in subject.waivers:
        row = record.row
        if row.recorded_in_error:
            continue
        debt = subject.papers.title(record.instrument)
        if row.executed:
            yield Entry(row.executed, 0, f"{row.title} under {debt} is executed.", row.ref)
        yield Entry(row.effective_from, 0, f"{row.title} under {debt} is effective from this day.", row.ref)
        if record.last_day:
            yield Entry(record.last_day, 3, f"Last day of {row.title} by its words: {record.reading}", row.ref)
        end = reasons.ends.get(row.ref)
        if end is not None:
            yield Entry(end.ended_on, 3, f"{row.title} under {debt}: {reasons.ending(end)}.", row.ref)
        for condition in record.conditions:
            if condition.satisfied:
                words = f"A condition of {row.title} is satisfied or waived: {condition.text}"
                yield Entry(condition.satisfied, 0, words, row.ref)
        for notice in record.notices:
            if not notice.recorded_in_error:
                words = f"Notice that ends {row.title}, effective {spoken(notice.effective)}, is given."
                yield Entry(notice.given, 2, words, notice.ref)


def _positions(subject: Subject) -> Iterator[Entry]:
    """Each turn of a debt's state."""
    for group in subject.groups:
        before: dict[str, str] = {}
        for day in group.timeline.days:
            for ref in sorted(subject.own & group.timeline.case.instruments.keys()):
                lines = [line for line in day.lines.values() if line.instrument == ref]
                state = str(worst(lines))
                if state != before.get(ref, "clear"):
                    causes = ", ".join(sorted({f"{line.root.instrument}/{line.root.ref}" for line in lines}))
                    said = f" by reason of {causes}" if causes else ""
                    was = before.get(ref, "clear").replace("_", " ")
                    title = subject.papers.title(ref)
                    words = f"{title} turns from {was} to {state.replace('_', ' ')}{said}."
                    yield Entry(day.on, 4, words, f"position of {ref}")
                before[ref] = state


def _learnt(subject: Subject) -> Iterator[Entry]:
    """When the register learnt of what, and from whom."""
    for change in Trail(subject.parts(), known_at=subject.pack.known_at).each():
        at = localtime(change.at)
        named = dict.fromkeys(f"{step.what} {step.name}".strip() for step in change.steps)
        listed = list(named)
        shown = ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")
        why = f": “{change.reason}”" if change.reason else ""
        yield Entry(
            at.date(), 5, f"Recorded at {at:%H:%M} by {change.actor}{why}: {shown}.", f"request {change.request}"
        )


def _alerts(subject: Subject) -> Iterator[Entry]:
    rows = alerts_of(subject).select_related("recipient", "webhook", "acknowledged_by").order_by("raised_at", "id")
    for alert in rows.iterator(500):
        to, heading = alert.recipient or alert.webhook, alert.content.get("heading", alert.kind)
        at = localtime(alert.raised_at)
        yield Entry(at.date(), 6, f"Alert to {to}, raised at {at:%H:%M}: {heading}.", f"alert {alert.pk}")
        if alert.accepted_at:
            at = localtime(alert.accepted_at)
            words = f"The mail server took alert {alert.pk} to {to} at {at:%H:%M}."
            yield Entry(at.date(), 7, words, alert.message_id or f"alert {alert.pk}")
        if alert.acknowledged_at:
            at = localtime(alert.acknowledged_at)
            words = f"Alert {alert.pk} is acknowledged at {at:%H:%M} by {alert.acknowledged_by}."
            yield Entry(at.date(), 7, words, f"alert {alert.pk}")


def moment(at: datetime) -> str:
    """A moment in the register's zone, to the second."""
    here = localtime(at)
    return f"{spoken(here.date())} {here:%H:%M:%S %Z}"
