"""What is written down of an export: that it was asked for, before a byte leaves, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from audit.models import Export, ExportEnd
from audit.signing import Signature


def begin_export(
    *,
    by: Signature,
    what: str,
    said: Iterable[str],
    columns: Iterable[str],
    as_of: date,
    known_at: datetime | None,
    path: str,
) -> Export:
    """Log that somebody exports a list: `what` it is, its filter and columns in words, and the address asked for."""
    return Export.objects.create(
        at=by.at,
        by_id=by.user_id,
        actor_name=by.name,
        actor_role=by.role,
        request_id=by.request_id,
        what=what,
        filter="; ".join(said).replace("\x00", ""),
        columns=list(columns),
        as_of=as_of,
        known_at=known_at,
        path=path,
    )


def end_export(*, export: Export, at: datetime, rows: int, size: int, sha256: str, complete: bool) -> ExportEnd:
    """Log what left: how many rows, and the size and the SHA-256 of exactly the bytes; all of it if `complete`."""
    return ExportEnd.objects.create(export=export, at=at, rows=rows, size=size, sha256=sha256, complete=complete)
