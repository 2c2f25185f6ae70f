"""The tables of a pack: each a list as any other export is, with typed cells, as CSV and as a sheet of a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from alerts.models import Act, Alert, Attempt
from audit.exports import Listing, Row
from audit.trail import Trail
from waivers.chains import trigger_words
from waivers.exports import HISTORY_COLUMNS, history_rows
from waivers.packs.subject import Subject
from waivers.position.rules import ONE_DAY, Line, due_on, is_missed


def tables(subject: Subject) -> Iterator[Listing]:
    """All of them, in the order of the workbook."""
    for name, columns, rows in TABLES:
        yield Listing(name, columns, rows(subject))


def _waivers(subject: Subject) -> Iterator[Row]:
    standing = subject.reasons.standing
    for record in subject.waivers:
        row, now = record.row, standing.get(record.row.ref)
        yield (
            *(row.ref, record.instrument, row.kind, row.title, "; ".join(party.name for party in record.grantors)),
            *(row.dated_as_of, row.executed, row.effective_from, row.until_text, row.until_date, row.until_inclusive),
            *(record.last_day, str(now.status) if now else "recorded in error", now and now.end and now.end.ended_on),
            *(now and now.end and now.end.ref, record.extends, record.document and record.document.ref, row.text),
        )


def _scopes(subject: Subject) -> Iterator[Row]:
    for record in subject.waivers:
        for scope in record.scopes:
            for named in scope.instruments or scope.events:
                for due in (*sorted(scope.due),) or (None,):
                    yield (record.row.ref, scope.number, scope.form, named, scope.kinds_words, due, scope.paragraph)


def _triggers(subject: Subject) -> Iterator[Row]:
    for record in subject.waivers:
        for trigger in record.triggers:
            named = [*trigger.instruments, *trigger.waivers, *trigger.events]
            for words in trigger_words(trigger, subject.papers):
                yield (
                    *(record.row.ref, trigger.row.number, words, trigger.row.effect, "; ".join(named)),
                    trigger.row.paragraph,
                )


def _conditions(subject: Subject) -> Iterator[Row]:
    for record in subject.waivers:
        for condition in record.conditions:
            yield (record.row.ref, condition.number, condition.text, condition.satisfied)


def _signatories(subject: Subject) -> Iterator[Row]:
    for record in subject.waivers:
        for found, party in record.signatories:
            yield (record.row.ref, party.name, found.name, found.title, found.signed)


def _notices(subject: Subject) -> Iterator[Row]:
    for record in subject.waivers:
        for notice in record.notices:
            yield (notice.ref, record.row.ref, notice.given, notice.effective, notice.recorded_in_error)


def _payments(subject: Subject) -> Iterator[Row]:
    facts = {
        (payment.instrument, payment.ref): payment
        for group in subject.groups
        for payment in group.timeline.case.facts.payments
    }
    for debt in subject.instruments:
        for found in debt.payments:
            row, payment = found.row, facts.get((debt.row.ref, found.row.ref))
            yield (
                *(row.ref, debt.row.ref, row.kind, row.due, payment and due_on(payment, subject.pack.as_of)),
                *(row.amount, debt.row.currency, row.paid),
                *(payment is not None and is_missed(payment, subject.pack.as_of), row.recorded_in_error),
            )


def _deferrals(subject: Subject) -> Iterator[Row]:
    for debt in subject.instruments:
        for payment in debt.payments:
            for row in payment.deferrals:
                yield (
                    *(payment.row.ref, debt.row.ref, row.effective, row.to, row.instrument_title),
                    row.recorded_in_error,
                )


def _actions(subject: Subject) -> Iterator[Row]:
    for debt in subject.instruments:
        for row in debt.actions:
            yield (
                *(row.ref, debt.row.ref, row.kind, row.by, row.occurred, row.reported, row.annulled, row.withdrawn),
                row.status,
            )


def _events(subject: Subject) -> Iterator[Row]:
    for debt in subject.instruments:
        clauses = {clause.row.id: clause.row.ref for clause in debt.clauses}
        for row in debt.events:
            yield (
                *(row.ref, debt.row.ref, clauses.get(row.clause_id), row.event_kind, row.occurred, row.cured),
                row.status,
            )


def _papers(subject: Subject) -> Iterator[Row]:
    for debt in subject.instruments:
        for row in debt.papers:
            yield (
                *(row.ref, debt.row.ref, row.kind, row.title, row.dated_as_of, row.file_name, row.sha256),
                row.recorded_in_error,
            )


def _lines(subject: Subject) -> Iterator[Row]:
    """Each default line from when to when it stood in which state, up to the date."""
    for group in subject.groups:
        running: dict[Any, tuple[date, Line]] = {}
        found: list[tuple[date, date | None, Line]] = []
        for day in group.timeline.days:
            if day.on > subject.pack.as_of:
                break
            for key, (since, line) in list(running.items()):
                now = day.lines.get(key)
                if now is None or (now.state, now.waiver) != (line.state, line.waiver):
                    found.append((since, day.on - ONE_DAY, line))
                    del running[key]
            for key, line in day.lines.items():
                running.setdefault(key, (day.on, line))
        found += [(since, None, line) for since, line in running.values()]
        for since, until, line in sorted(found, key=lambda one: (one[2].instrument, one[2].clause, one[0])):
            if line.instrument in subject.own:
                yield (
                    *(since, until, line.instrument, line.clause, str(line.root.kind), line.root.ref),
                    *(line.root.instrument, " > ".join(line.via), str(line.state), line.waiver),
                    "; ".join(line.uncertain),
                )


# Alerts, with what became of each


def alerts_of(subject: Subject) -> Any:
    """The alerts about it, as they stand now: what was raised by the moment of knowledge."""
    rows = Alert.objects.filter(raised_at__lte=subject.pack.known_at)
    if subject.pack.waiver is not None:
        return rows.filter(about=f"waiver:{subject.pack.waiver.ref}")
    return rows.filter(topic__in=[f"instrument:{ref}" for ref in subject.own])


def _alerts(subject: Subject) -> Iterator[Row]:
    rows = alerts_of(subject).select_related("recipient", "webhook", "acknowledged_by").order_by("raised_at", "id")
    for alert in rows.iterator(500):
        to = alert.recipient or alert.webhook
        yield (
            *(alert.pk, alert.kind, alert.about, alert.content.get("heading"), alert.content.get("what")),
            *(alert.contractual_date, alert.reading, alert.raised_for, alert.raised_at, alert.late, str(to)),
            *(alert.recipient.email if alert.recipient else "", alert.state, alert.accepted_at, alert.message_id),
            *(alert.acknowledged_at, alert.acknowledged_by and str(alert.acknowledged_by), alert.note),
        )


def _attempts(subject: Subject) -> Iterator[Row]:
    rows = Attempt.objects.filter(alert__in=alerts_of(subject), begun_at__lte=subject.pack.known_at).order_by("id")
    columns = ("alert_id", "number", "begun_at", "ended_at", "outcome", "detail")
    yield from rows.values_list(*columns).iterator(2000)


def _acts(subject: Subject) -> Iterator[Row]:
    rows = Act.objects.filter(alert__in=alerts_of(subject), at__lte=subject.pack.known_at).order_by("id")
    yield from rows.values_list("alert_id", "kind", "at", "by__username", "said").iterator(2000)


def _history(subject: Subject) -> Iterator[Row]:
    yield from history_rows(Trail(subject.parts(), known_at=subject.pack.known_at))


TABLES: tuple[tuple[str, tuple[str, ...], Callable[[Subject], Iterable[Row]]], ...] = (
    (
        "waivers",
        (
            "waiver", "instrument", "kind", "title", "granted by", "dated as of", "executed", "effective from",
            "until (words)", "until (date)", "date included", "last day by its words", "status", "ended on",
            "ended by", "extends", "paper", "verbatim text",
        ),
        _waivers,
    ),
    ("scopes", ("waiver", "scope", "form", "names", "kinds", "due", "paragraph"), _scopes),
    ("triggers", ("waiver", "trigger", "what fires it", "effect", "names", "paragraph"), _triggers),
    ("conditions", ("waiver", "condition", "text", "satisfied"), _conditions),
    ("signatories", ("waiver", "party", "name", "title", "signed"), _signatories),
    ("notices", ("notice", "waiver", "given", "effective", "recorded in error"), _notices),
    (
        "payments",
        (
            "payment", "instrument", "kind", "first due", "due", "amount", "currency", "paid", "missed as of",
            "recorded in error",
        ),
        _payments,
    ),
    ("deferrals", ("payment", "instrument", "effective", "to", "paper", "recorded in error"), _deferrals),
    (
        "holder-actions",
        ("action", "instrument", "kind", "by", "occurred", "reported", "annulled", "withdrawn", "status"),
        _actions,
    ),
    ("default-events", ("event", "instrument", "clause", "kind", "occurred", "cured", "status"), _events),
    (
        "default-lines-by-date",
        (
            "from", "to", "instrument", "clause", "root cause", "root", "root instrument", "via", "state", "waiver",
            "uncertain",
        ),
        _lines,
    ),
    ("papers", ("paper", "instrument", "kind", "title", "dated as of", "file", "SHA-256", "in error"), _papers),
    (
        "alerts",
        (
            "alert", "kind", "about", "heading", "what", "contractual date", "reading", "raised for", "raised at",
            "late", "to", "address", "state", "accepted at", "message id", "acknowledged at", "acknowledged by", "note",
        ),
        _alerts,
    ),
    ("alert-attempts", ("alert", "attempt", "begun at", "ended at", "outcome", "what the server said"), _attempts),
    ("alert-acts", ("alert", "act", "at", "by", "said"), _acts),
    ("history", HISTORY_COLUMNS, _history),
)  # fmt: skip
