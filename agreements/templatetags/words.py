"""How the register's values are said on a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from alerts.letters import spoken
from audit.permissions import Permission
from audit.permissions import may as _may

register = template.Library()

UNSEEN = {"Cf", "Cc", "Co", "Cs"}  # categories of Unicode
SIGNS = {
    "clear": "○",
    "waived": "◐",
    "default": "△",
    "forborne": "◑",
    "event_of_default": "▲",
    "draft": "○",
    "pending": "◌",
    "in_force": "●",
    "expired": "□",
    "rescinded": "✕",
    "terminated": "✕",
}


@register.filter
def words(value: Any) -> str:
    """`event_of_default` as `event of default`."""
    return str(value).replace("_", " ")


@register.filter
def day(on: date | None) -> str:
    """1 May 2000, Mon; an em dash for nothing."""
    return spoken(on) if on else "—"


@register.filter
def day_before(on: date) -> date:
    """The day before a date."""
    return on - timedelta(days=1)


@register.filter
def percent(rate: Decimal) -> str:
    """A rate as a note prints it: 12.75, 14."""
    return f"{rate.normalize():f}"


@register.filter
def moment(at: datetime | None) -> str:
    """20 March 2000, Mon 17:00, in the register's zone."""
    if at is None:
        return "—"
    here = localtime(at)
    return f"{spoken(here.date())} {here:%H:%M}"


@register.filter
def iso(on: date) -> str:
    """2000-05-01"""
    return on.isoformat()


@register.filter
def from_iso(text: str | None) -> date | datetime | None:
    """The date, or the moment, that a JSON document gives."""
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == len("2000-05-01") else datetime.fromisoformat(text)


@register.filter
def visible(text: Any) -> str:
    """A text with what cannot be seen made visible, such as marks that turn the direction of reading."""
    return "".join(
        f"⟦U+{ord(letter):04X}⟧" if unicodedata.category(letter) in UNSEEN and letter not in "\n\t\r\f" else letter
        for letter in str(text)
    )


@register.filter
def entry(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key, or nothing."""
    return mapping.get(key)


@register.filter
def at(items: list[Any], place: int) -> Any:
    """The item at a place."""
    return items[place]


@register.filter
def days_from(on: date, today: date) -> str:
    """How far a date lies from another, in words: today, tomorrow, in 12 days, 3 days ago."""
    days = (on - today).days
    if abs(days) <= 1:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"


@register.filter
def money(amount: Decimal | str) -> str:
    """12,345.00"""
    return f"{Decimal(amount):,.2f}"


@register.filter
def may(user: Any, permission: str) -> bool:
    """Whether the user's role has a permission, by its word."""
    return user.is_authenticated and _may(user, Permission(permission))


@register.simple_tag
def state(value: Any) -> SafeString:
    """A state or a status: a sign, words and a colour, so that none of them stands alone."""
    sign = format_html('<span class="sign" aria-hidden="true">{}</span>', SIGNS.get(str(value), "·"))
    return format_html('<span class="state state-{}">{} {}</span>', str(value), sign, words(value).capitalize())


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, *args: Any, as_of: date | None = None) -> str:
    """The address of a page at the moment that is looked at, or of another date at the same knowledge."""
    query = context["request"].moment.query(as_of)
    return f"{reverse(name, args=args)}{'?' if query else ''}{query}"


@register.simple_tag(takes_context=True)
def kept(context: Context) -> list[tuple[str, str]]:
    """What an address carries beside the moment and the place in a list: a change of the date keeps it."""
    asked = context["request"].GET
    gone = ("as_of", "known_at", "after", "before", "page", "month")
    return [(name, value) for name, values in asked.lists() if name not in gone for value in values]
