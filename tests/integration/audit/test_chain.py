"""Each kept row has its link, made by the database from what the row really has, in the order of the commits."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, models, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.models import Party
from audit import guards
from audit.chain import chained, head
from audit.models import Fact, Kept, Link
from audit.row_text import row_text
from audit.signing import sign_for_the_system, signed
from audit.verify import verify
from tests.factories import FACTORIES, REASON, SIGNATURE, PartyFactory, factory_of
from tests.guards import lifted

KEPT = [model for model in FACTORIES if issubclass(model, Fact | Kept)]
every_kept = pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)


def committed(write: Callable[[], Any]) -> None:
    """Write, and then what PostgreSQL does when a transaction commits."""
    with transaction.atomic():
        write()
        connection.check_constraints()


def as_at_commit() -> None:
    committed(lambda: None)


def kind_of(model: type[models.Model]) -> str:
    return model._meta.label_lower


def written(value: Any, field: models.Field) -> Any:
    """A value as a row's text has it."""
    if isinstance(field, models.DecimalField):
        return float(f"{value:.{field.decimal_places}f}")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    return value.isoformat() if isinstance(value, date) else getattr(value, "name", value)


def expected(row: models.Model, kind: str) -> dict[str, Any]:
    """What the text of a row says, worked out from the row as Django reads it."""
    said: dict[str, Any] = {"kind": kind, "row": row.pk}
    for field in sorted(row._meta.concrete_fields, key=lambda field: field.column):
        value = getattr(row, field.attname)
        nothing = value is None or value == "" or (value is False and not field.null)
        if not field.primary_key and not (nothing or getattr(value, "name", value) in (None, "")):
            said[field.column] = written(value, field)
    return said


def text_of(row: models.Model, kind: str) -> str:
    table, key = row._meta.db_table, row._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {row_text(type(row), kind, connection.vendor, "t")} FROM "{table}" t WHERE t."{key}" = {row.pk}'
        )
        return cursor.fetchone()[0]


@every_kept
@pytest.mark.django_db
def test_a_row_is_linked_by_the_text_of_what_it_really_has(model: type[models.Model]) -> None:
    made = factory_of(model)()
    as_at_commit()
    row = made.history.first() if isinstance(made, Fact) else model.objects.get(pk=made.pk)
    text = text_of(row, kind_of(model))
    assert list(json.loads(text).items()) == list(expected(row, kind_of(model)).items())
    link = Link.objects.get(kind=kind_of(model), row=row.pk)
    assert link.digest == sha256(f"{link.salt} {text}".encode()).hexdigest()
    assert len(link.salt) >= 32
    before = Link.objects.filter(number=link.number - 1).first()
    assert link.hash == chained(before.hash if before else "", link.at, link.digest)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text_is_written_as_json_does(name: str) -> None:
    row = PartyFactory(name=name).history.first()
    assert json.loads(text_of(row, "agreements.party"))["name"] == name
    assert json.dumps(name, ensure_ascii=False) in text_of(row, "agreements.party")


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0.00", "0.10", "1000.00", "123456789.05"])
def test_an_amount_is_written_with_all_its_places(amount: str) -> None:
    row = factory_of(FACTORIES_BY_NAME["Payment"])(amount=Decimal(amount) or Decimal("0.01")).history.first()
    assert f'"amount":{amount if Decimal(amount) else "0.01"}' in text_of(row, "notes.payment")


FACTORIES_BY_NAME = {model.__name__: model for model in FACTORIES}


@pytest.mark.django_db
def test_what_is_nothing_is_not_written_so_that_a_column_can_be_added_later() -> None:
    row = PartyFactory(entity_type="", desk=None).history.first()
    said = json.loads(text_of(row, "agreements.party"))
    assert not {"entity_type", "desk_id", "recorded_in_error"} & set(said)
    series = factory_of(FACTORIES_BY_NAME["NoteSeries"])(convertible=False).history.first()
    assert json.loads(text_of(series, "notes.noteseries"))["convertible"] is False, "not the same as not known"


def test_a_column_for_which_no_text_is_laid_down_is_refused() -> None:
    class Odd(models.Model):
        length = models.FloatField()

        class Meta:
            app_label = "audit"
            managed = False

    with pytest.raises(TypeError, match=r"Odd\.length"):
        row_text(Odd, "audit.odd", connection.vendor, "NEW")


def record(ref: str) -> None:
    with signed(sign_for_the_system("writer", timezone.now()), REASON):
        Party(ref=ref, name=f"{ref} Corporation (fictional)").save()


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_leaves_no_link() -> None:
    before = head()
    with transaction.atomic():
        record("taken-back")
        transaction.set_rollback(True)
    with transaction.atomic():
        with transaction.atomic():
            record("taken-back")
            transaction.set_rollback(True)
        record("stays")
    assert head().number == before.number + 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_link_is_lost_among_many_writers() -> None:
    def write(number: int) -> None:
        try:
            for turn in range(12):
                record(f"writer-{number}-{turn}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert head().number == 96
    assert verify(connection).faults == []


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_links_are_in_the_order_of_the_commits_and_not_of_the_writes() -> None:
    wrote, committed = Event(), Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                record("written-first")
                wrote.set()
                assert committed.wait(20), "nobody who writes waits for one that has not committed"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(slowly)
        assert wrote.wait(20)
        record("committed-first")
        committed.set()
        later.result()
    refs = [
        Party.history.get(history_id=row).ref for row in Link.objects.order_by("number").values_list("row", flat=True)
    ]
    assert refs == ["committed-first", "written-first"]
    assert verify(connection).faults == []


@pytest.mark.django_db
def test_rows_that_were_there_before_the_chain_are_linked_when_it_begins() -> None:
    with lifted():
        for ref in ("old-1", "old-2"):
            PartyFactory(ref=ref)
        assert head().number == 0
        made = guards.adopt(connection, {"agreements.party": Party.history.model})
    assert made == 2
    assert verify(connection, late=None).faults == []


@pytest.mark.django_db
def test_the_triggers_are_there_and_one_that_is_not_is_missed() -> None:
    assert guards.missing(connection) == []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE waivers_waiver DISABLE TRIGGER standstill_again_waivers_waiver")
            assert guards.missing(connection) == ["standstill_again_waivers_waiver"]
        else:
            cursor.execute("DROP TRIGGER standstill_link_waivers_historicalwaiver")
            assert guards.missing(connection) == ["standstill_link_waivers_historicalwaiver"]
    assert "triggers are missing" in verify(connection).faults[0].said
    guards.install(connection)
    if connection.vendor == "sqlite":
        assert guards.missing(connection) == []


# What the database refuses, whoever asks

HISTORIES = [model for model in KEPT if issubclass(model, Fact)]


def refused(sql: str, said: str) -> None:
    with pytest.raises(IntegrityError, match=said), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@every_kept
@pytest.mark.django_db
def test_plain_sql_cannot_change_or_delete_what_is_kept(model: type[models.Model]) -> None:
    made = factory_of(model)()
    as_at_commit()
    kept = model.history.model if isinstance(made, Fact) else model
    table = kept._meta.db_table
    column = next(field.column for field in kept._meta.concrete_fields if not field.primary_key)
    said = "What is kept is not changed and not deleted"
    refused(f'UPDATE "{table}" SET "{column}" = "{column}"', said)
    refused(f'DELETE FROM "{table}"', said)
    if connection.vendor == "postgresql":
        refused(f'TRUNCATE "{table}" CASCADE', said)
    else:
        refused(f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"', said)
    with signed(SIGNATURE, REASON), pytest.raises(IntegrityError, match=said), transaction.atomic():
        models.QuerySet(kept).update(**{kept._meta.concrete_fields[1].attname: 1})


@pytest.mark.parametrize("model", HISTORIES, ids=lambda model: model.__name__)
@pytest.mark.django_db
def test_plain_sql_cannot_delete_a_fact(model: type[Fact]) -> None:
    factory_of(model)()
    as_at_commit()
    refused(f'DELETE FROM "{model._meta.db_table}"', "A fact is never deleted")
    if connection.vendor == "postgresql":
        refused(f'TRUNCATE "{model._meta.db_table}" CASCADE', "is never deleted|is not changed")


@pytest.mark.django_db
def test_plain_sql_cannot_delete_a_person_or_a_link() -> None:
    PartyFactory()
    as_at_commit()
    factory_of(FACTORIES_BY_NAME["User"])()
    refused("DELETE FROM audit_user", "A person is never deleted")
    refused("DELETE FROM audit_link", "What is kept")
    refused("UPDATE audit_link SET at = at", "What is kept")


@pytest.mark.parametrize("model", HISTORIES, ids=lambda model: model.__name__)
@pytest.mark.django_db
def test_a_fact_that_is_changed_past_its_history_is_refused_on_postgresql_and_found_on_sqlite(
    model: type[Fact],
) -> None:
    made = factory_of(model)()
    as_at_commit()
    change = past_the_history(made)
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="not changed past its history"):
            committed(lambda: models.QuerySet(model).filter(pk=made.pk).update(**change))
        return
    models.QuerySet(model).filter(pk=made.pk).update(**change)
    said = f"{kind_of(model)} {made.pk}: it is not what its last history row says."
    assert said in [fault.said for fault in verify(connection, late=None).faults]


def past_the_history(fact: Fact) -> dict[str, Any]:
    """A change of a column that its table allows."""
    if any(field.name == "recorded_in_error" for field in fact._meta.concrete_fields):
        return {"recorded_in_error": True}
    return {"status": "disputed"}


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_fact_that_is_put_in_without_a_history_is_refused() -> None:
    fact = Party(ref="past-the-history", name="Past the History (fictional)")
    with pytest.raises(IntegrityError, match="not changed past its history"):
        committed(lambda: models.QuerySet(Party).bulk_create([fact]))


@pytest.mark.django_db
def test_an_index_may_change_without_a_history_row() -> None:
    instrument = factory_of(FACTORIES_BY_NAME["Instrument"])()
    type(instrument).objects.look_again([instrument.pk])
    connection.check_constraints()
    assert verify(connection, late=None).faults == []
