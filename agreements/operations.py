"""Writes of parties, instruments and their papers."""

from __future__ import annotations

from collections.abc import Iterable

from agreements.models import Instrument


def join_groups(instrument_ids: Iterable[int]) -> int:
    """Put instruments that can reach each other into one group, with all that is in theirs; return its number.

    Groups only ever grow: a group that is wider than need be costs time, not truth (docs/decisions/0004-groups.md).
    """
    ids = set(instrument_ids)
    together = Instrument.objects.filter(id__in=ids)
    groups = set(together.values_list("group", flat=True)) - {None}
    number = min(groups | ids)
    Instrument.objects.filter(group__in=groups).regroup(number)
    together.regroup(number)
    return number
