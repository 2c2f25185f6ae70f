"""How the register's values are said on a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from alerts.letters import spoken

register = template.Library()

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
def entry(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key, or nothing."""
    return mapping.get(key)


@register.filter
def section(names: Any, line: Any) -> str:
    """The section of a line's clause, as the paper numbers it."""
    return names.sections.get((line.instrument, line.clause), "")


@register.filter
def money(amount: Decimal) -> str:
    """12,345.00"""
    return f"{amount:,.2f}"


@register.simple_tag
def state(value: Any) -> SafeString:
    """A state or a status: a sign, words and a colour, so that none of them stands alone."""
    sign = format_html('<span class="sign" aria-hidden="true">{}</span>', SIGNS.get(str(value), "·"))
    return format_html('<span class="state state-{}">{} {}</span>', str(value), sign, words(value).capitalize())
