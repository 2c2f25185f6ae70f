"""How a migration's data step changes facts: with their history, like everybody else.

A migration's models are not those of the application: they have no history of themselves and refuse nothing. On
PostgreSQL a data step that changes a fact without this is refused at its commit; on SQLite `verify_audit` finds it.

    def put_right(apps, schema_editor):
        parties = apps.get_model("agreements", "Party")
        ids = list(parties.objects.filter(jurisdiction="NY").values_list("pk", flat=True))
        parties.objects.filter(pk__in=ids).update(jurisdiction="New York")
        keep_history(apps, schema_editor, "agreements.Party", ids, name="0042_states", reason="In full", at=now())
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from audit.querysets import IDS_AT_ONCE, copy_to_history
from audit.signing import Change, sign_for_the_system


def keep_history(
    apps: Any,
    schema_editor: Any,
    label: str,
    ids: Sequence[int],
    *,
    name: str,
    reason: str,
    at: datetime,
    new: bool = False,
) -> None:
    """Write the history rows of facts that a data step has just changed, or made (`new`).

    `label` names the model, `ids` its records, `name` the migration that answers for it, `reason` why in words.
    """
    room, model = label.split(".")
    change = Change(sign_for_the_system(f"migration {name}", at), reason)
    live, history = apps.get_model(room, model), apps.get_model(room, f"Historical{model}")
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        using = schema_editor.connection.alias
        copy_to_history(live, history, some, change, using=using, kind="+" if new else "~")
