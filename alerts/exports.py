"""The columns of alerts in a file, and the row of one."""

from __future__ import annotations

from alerts.models import Alert
from audit.exports import Row


def _name(who: object) -> str | None:
    return str(who) if who else None


INBOX_COLUMNS = (
    "alert", "urgent", "heading", "what", "reading", "why", "where it stands", "to do", "about", "contractual date",
    "raised for", "late", "in place of", "passed on to", "mail", "note", "put off until", "acknowledged",
    "acknowledged by",
)  # fmt: skip


def inbox_row(alert: Alert) -> Row:
    """An alert as its reader sees it, with what was done about it."""
    content = alert.content
    return (
        *(alert.pk, alert.urgent, content.get("heading"), content.get("what"), alert.reading),
        *("; ".join(content.get("why", ())), "; ".join(content.get("sources", ())), content.get("todo"), alert.about),
        *(alert.contractual_date, alert.raised_for, alert.late, _name(alert.in_place_of)),
        *(alert.get_level_display() if alert.level else None, alert.state, alert.note),
        *(alert.snoozed_until, alert.acknowledged_at, _name(alert.acknowledged_by)),
    )


DEAD_COLUMNS = (
    "alert", "urgent", "heading", "about", "to", "address", "raised for", "state", "why",
)  # fmt: skip


def dead_row(alert: Alert) -> Row:
    """An alert that reached nobody: whom it was meant for, and what the server said."""
    person = alert.recipient
    return (
        *(alert.pk, alert.urgent, alert.content.get("heading"), alert.about, _name(alert.webhook or person)),
        *(person.email if person else None, alert.raised_for, alert.state, alert.note or "the mail came back"),
    )
