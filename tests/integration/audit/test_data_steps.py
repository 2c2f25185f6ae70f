"""A migration's data step leaves its history, or it is refused (PostgreSQL) or found (SQLite)."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from agreements.models import Party
from audit.data_steps import keep_history
from audit.models import Link
from audit.verify import verify
from tests.factories import PartyFactory

pytestmark = pytest.mark.django_db

EDITOR = SimpleNamespace(connection=connection)
NOW = datetime.now(UTC)


@pytest.fixture
def models_of_a_migration() -> Any:
    """The models as a migration gets them: no code of ours, only tables."""
    loader = MigrationExecutor(connection).loader
    return loader.project_state(loader.graph.leaf_nodes()).apps


def step(apps: Any, party: Party, *, kept: bool) -> None:
    parties = apps.get_model("agreements", "Party")
    assert not hasattr(parties.objects, "record_all")
    parties.objects.filter(pk=party.pk).update(jurisdiction="New York")
    if kept:
        keep_history(apps, EDITOR, "agreements.Party", [party.pk], name="0042_states", reason="States in full", at=NOW)
    connection.check_constraints()


def test_a_data_step_with_its_history_is_attributed_and_linked(models_of_a_migration: Any) -> None:
    party = PartyFactory(jurisdiction="NY")
    step(models_of_a_migration, party, kept=True)
    row = party.history.first()
    assert (row.jurisdiction, row.history_type, row.history_date) == ("New York", "~", NOW)
    assert (row.actor_name, row.actor_role) == ("migration 0042_states", "system")
    assert row.history_change_reason == "States in full"
    assert Link.objects.filter(kind="agreements.party", row=row.pk).exists()
    assert verify(connection, late=None).faults == []


def test_a_data_step_that_makes_a_fact_keeps_it_as_new(models_of_a_migration: Any) -> None:
    parties = models_of_a_migration.get_model("agreements", "Party")
    made = parties.objects.create(ref="made-by-a-step", name="Made by a Step (fictional)")
    keep_history(
        models_of_a_migration, EDITOR, "agreements.Party", [made.pk], name="0042", reason="New", at=NOW, new=True
    )
    connection.check_constraints()
    assert Party.objects.get(pk=made.pk).history.get().history_type == "+"


def test_a_data_step_without_it_is_refused_or_found(models_of_a_migration: Any) -> None:
    party = PartyFactory(jurisdiction="NY")
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="not changed past its history"), transaction.atomic():
            step(models_of_a_migration, party, kept=False)
    else:
        step(models_of_a_migration, party, kept=False)
        [fault] = verify(connection, late=None).faults
        assert fault.said == f"agreements.party {party.pk}: it is not what its last history row says."
