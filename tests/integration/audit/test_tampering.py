"""Whoever owns the database can change anything in it, and is found out: a thousand ways, at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.utils import timezone

from agreements.models import Party
from audit import guards
from audit.chain import chained, head
from audit.models import Fact, Link
from audit.row_text import row_text
from audit.seals import SealError, SealFile, make_seal, new_key, read_seal
from audit.signing import sign_for_the_system, signed
from audit.verify import SHA, verify
from tests.factories import FACTORIES, factory_of
from tests.guards import lifted

TIMES = 1000 if connection.vendor == "sqlite" else 220  # each is a look at the whole register
FACTS = [model for model in FACTORIES if issubclass(model, Fact)]


@pytest.fixture
def sealed(db: None, settings: Any) -> SealFile:
    """A register with each kind of fact, corrected once, and its seal, which lies elsewhere."""
    settings.SEAL_KEY = new_key()
    with signed(sign_for_the_system("clock", timezone.now()), "As the paper says"):
        made = [factory_of(model)() for model in FACTS]
        for fact in made:
            fact.save()
    with transaction.atomic():
        connection.check_constraints()
    assert verify(connection, [make_seal(timezone.now())]).faults == []
    return make_seal(timezone.now())


class Tamperer:
    """Somebody who owns the database, knows how the chain is made, and has neither the seal nor its key."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.kinds = guards.kept()

    def sql(self, text: str) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []

    def link(self) -> Link:
        return self.chance.choice(list(Link.objects.all()))

    def row(self) -> tuple[Link, type[models.Model], str]:
        link = self.link()
        model = self.kinds[link.kind]
        return link, model, f'"{model._meta.db_table}"'

    def edit_a_row(self) -> None:
        link, model, table = self.row()
        fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.is_relation]
        field = self.chance.choice(fields)
        before = self.sql(f'SELECT "{field.column}" FROM {table} WHERE {model._meta.pk.column} = {link.row}')
        value = self.another(field)
        self.sql(f'UPDATE {table} SET "{field.column}" = {value} WHERE {model._meta.pk.column} = {link.row}')
        after = self.sql(f'SELECT "{field.column}" FROM {table} WHERE {model._meta.pk.column} = {link.row}')
        if before == after:
            self.edit_a_row()

    def another(self, field: models.Field) -> str:
        number = self.chance.randrange(1, 10_000)
        if isinstance(field, models.BooleanField):
            return self.chance.choice(["TRUE", "FALSE"])
        if isinstance(field, models.DecimalField):
            return f"{number % 90}.25"
        if isinstance(field, models.IntegerField):
            return str(number)
        if isinstance(field, models.DateTimeField):
            return f"'2019-{number % 12 + 1:02}-11 10:00:00'"
        if isinstance(field, models.DateField):
            return f"'2019-{number % 12 + 1:02}-11'"
        if isinstance(field, models.JSONField):
            return f"'[{number}]'"
        return f"'{str(number)[: field.max_length]}'"

    def delete_a_row(self) -> None:
        link, model, table = self.row()
        self.sql(f"DELETE FROM {table} WHERE {model._meta.pk.column} = {link.row}")

    def delete_a_row_with_its_link(self) -> None:
        link, model, table = self.row()
        self.sql(f"DELETE FROM {table} WHERE {model._meta.pk.column} = {link.row}")
        self.sql(f"DELETE FROM audit_link WHERE number = {link.number}")

    def insert_a_row(self) -> None:
        link, model, table = self.row()
        key = model._meta.pk.column
        columns = [f'"{field.column}"' for field in model._meta.concrete_fields if not field.primary_key]
        values = ["'forged'" if column == '"actor_name"' else column for column in columns]
        next_key = f"(SELECT max({key}) + 1 FROM {table})"
        self.sql(
            f"INSERT INTO {table} ({key}, {', '.join(columns)})"
            f" SELECT {next_key}, {', '.join(values)} FROM {table} WHERE {key} = {link.row}"
        )

    def swap_rows(self) -> None:
        """Two versions of a record change places."""
        model = self.chance.choice([model for kind, model in self.kinds.items() if hasattr(model, "history_id")])
        rows = [row for (row,) in self.sql(f'SELECT history_id FROM "{model._meta.db_table}"')]
        if len(rows) < 2:
            return self.swap_rows()
        one, other = self.chance.sample(rows, 2)
        for before, after in ((one, -1), (other, one), (-1, other)):
            self.sql(f'UPDATE "{model._meta.db_table}" SET history_id = {after} WHERE history_id = {before}')
        return None

    def swap_links(self) -> None:
        one, other = self.chance.sample(list(Link.objects.values_list("number", flat=True)), 2)
        for before, after in ((one, -1), (other, one), (-1, other)):
            self.sql(f"UPDATE audit_link SET number = {after} WHERE number = {before}")

    def edit_a_link(self) -> None:
        link = self.link()
        column = self.chance.choice(["digest", "hash", "at", "row", "kind", "number"])
        value = {"row": "900000", "number": "900000", "kind": "'waivers.nothing'"}.get(column, "'2019'")
        self.sql(f'UPDATE audit_link SET "{column}" = {value} WHERE number = {link.number}')

    def truncate(self) -> None:
        """The last rows are cut off with their links, and the facts put back to what is left or taken away."""
        keep = self.chance.randrange(head().number)
        for link in Link.objects.filter(number__gt=keep):
            model = self.kinds[link.kind]
            self.sql(f'DELETE FROM "{model._meta.db_table}" WHERE {model._meta.pk.column} = {link.row}')
        self.sql(f"DELETE FROM audit_link WHERE number > {keep}")

    def chain_anew(self) -> None:
        """A row is changed, and every digest and hash from there on is worked out anew, as it should be."""
        self.edit_a_row()
        self.chain_all()

    def chain_all(self) -> None:
        before = ""
        for link in Link.objects.order_by("number"):
            model = self.kinds[link.kind]
            text = f"'{link.salt} ' || {row_text(model, link.kind, connection.vendor, 't')}"
            [(digest,)] = self.sql(
                f'SELECT {SHA[connection.vendor].format(text)} FROM "{model._meta.db_table}" t'
                f" WHERE t.{model._meta.pk.column} = {link.row}"
            )
            before = chained(before, link.at, digest)
            self.sql(f"UPDATE audit_link SET digest = '{digest}', hash = '{before}' WHERE number = {link.number}")

    def edit_a_fact(self) -> None:
        fact = self.chance.choice([model for model in FACTS if issubclass(model, Fact) and model.recorded_in_error])
        self.sql(f'UPDATE "{fact._meta.db_table}" SET recorded_in_error = NOT recorded_in_error')

    def delete_a_fact(self) -> None:
        fact = self.chance.choice(FACTS)
        if connection.vendor == "sqlite":
            self.sql("PRAGMA defer_foreign_keys = ON")
        self.sql(f'DELETE FROM "{fact._meta.db_table}"')


WAYS: list[Callable[[Tamperer], None]] = [
    Tamperer.edit_a_row,
    Tamperer.delete_a_row,
    Tamperer.delete_a_row_with_its_link,
    Tamperer.insert_a_row,
    Tamperer.swap_rows,
    Tamperer.swap_links,
    Tamperer.edit_a_link,
    Tamperer.truncate,
    Tamperer.chain_anew,
    Tamperer.edit_a_fact,
    Tamperer.delete_a_fact,
]


def tampered(times: int) -> Iterator[tuple[int, str, Callable[[Tamperer], None]]]:
    for seed in range(times):
        way = WAYS[seed % len(WAYS)]
        yield seed, way.__name__, way


@pytest.mark.slow
def test_a_thousand_tamperings_are_all_found(sealed: SealFile) -> None:
    unfound = []
    with lifted():
        for seed, name, way in tampered(TIMES):
            with transaction.atomic():
                way(Tamperer(seed))
                found = [fault for fault in verify(connection, [sealed]).faults if "triggers" not in fault.said]
                if not found:
                    unfound.append((seed, name))
                transaction.set_rollback(True)
        assert unfound == []


def test_only_a_seal_that_lies_elsewhere_shows_that_all_was_chained_anew(sealed: SealFile) -> None:
    link = Link.objects.filter(kind="agreements.party").order_by("number").first()
    assert link is not None, "not the last version of the party, so that the party itself still agrees"
    with lifted(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE agreements_historicalparty SET actor_name = 'forged' WHERE history_id = {link.row}")
        Tamperer(0).chain_all()
    assert verify(connection).faults == []
    assert "is not the one that was sealed" in verify(connection, [sealed]).faults[0].said


def test_the_first_row_that_does_not_fit_is_named(sealed: SealFile) -> None:
    links = list(Link.objects.order_by("number")[4:30:8])
    with lifted(), connection.cursor() as cursor:
        for link in links:
            table = guards.kept()[link.kind]._meta.db_table
            cursor.execute(f"UPDATE \"{table}\" SET actor_name = 'forged' WHERE history_id = {link.row}")
    first = verify(connection, [sealed]).faults[0]
    assert (first.link, first.said) == (
        links[0].number,
        f"{links[0].kind}, row {links[0].row}: it is not what was linked; it was changed.",
    )


def test_an_end_that_was_cut_off_is_shown_by_the_seal_alone(sealed: SealFile) -> None:
    with lifted(), transaction.atomic():
        last = Link.objects.order_by("-number").first()
        model = guards.kept()[last.kind]
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE history_id = {last.row}')
            cursor.execute(f"DELETE FROM audit_link WHERE number = {last.number}")
    assert verify(connection).faults == [], "the record itself looks whole: its last change said nothing new"
    assert "the end of the record was cut off" in verify(connection, [sealed]).faults[0].said


def test_a_beginning_that_was_cut_off_is_missed_even_if_the_rest_is_chained_anew(sealed: SealFile) -> None:
    with lifted(), transaction.atomic():
        first = Link.objects.order_by("number").first()
        table = guards.kept()[first.kind]._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}" WHERE history_id = {first.row}')
            cursor.execute(f"DELETE FROM audit_link WHERE number = {first.number}")
        Tamperer(0).chain_all()
    assert [fault.said for fault in verify(connection).faults] == ["link 1 is missing; link 2 comes next."]


def test_a_fact_that_was_deleted_is_found_by_its_history(sealed: SealFile) -> None:
    with lifted(), transaction.atomic():
        Tamperer(0).delete_a_fact()
        assert any("it was deleted; its history is there." in fault.said for fault in verify(connection).faults)
        transaction.set_rollback(True)


def test_a_row_with_a_false_date_is_found_although_it_is_linked(sealed: SealFile) -> None:
    years_ago = timezone.now() - timedelta(days=4000)
    with signed(sign_for_the_system("forger", years_ago), "As if it had been known"):
        factory_of(Party)()
    with transaction.atomic():
        connection.check_constraints()
    assert "it bears the moment" in verify(connection, [sealed]).faults[0].said


def test_a_seal_of_another_key_and_a_seal_that_was_changed_are_found(sealed: SealFile, settings: Any) -> None:
    settings.SEAL_KEY = new_key()
    assert "a key that is not one of ours" in verify(connection, [sealed]).faults[0].said
    settings.SEAL_PUBLIC_KEYS = [sealed.public_key]
    assert verify(connection, [sealed]).faults == []
    forged = SealFile(sealed.at, sealed.links, "0" * 64, sealed.public_key, sealed.signature, "forged")
    assert "its signature is not of what it says" in " ".join(
        fault.said for fault in verify(connection, [forged]).faults
    )


# What a review found


def test_a_version_that_is_slipped_in_below_a_later_one_is_found(sealed: SealFile) -> None:
    row = Party.history.order_by("-history_id").first()
    with connection.cursor() as cursor:
        columns = ", ".join(f'"{field.column}"' for field in row._meta.concrete_fields if not field.primary_key)
        cursor.execute(
            f"INSERT INTO agreements_historicalparty (history_id, {columns})"
            f" SELECT -5, {columns} FROM agreements_historicalparty WHERE history_id = {row.history_id}"
        )
    with transaction.atomic():
        connection.check_constraints()
    assert "lies above one that was written after it" in verify(connection, [sealed]).faults[0].said


def test_a_trigger_that_is_there_by_name_only_is_missed(sealed: SealFile) -> None:
    table = "waivers_historicalwaiver"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} ENABLE REPLICA TRIGGER standstill_keep_{table}")
            assert guards.missing(connection) == [f"standstill_keep_{table}"]
            cursor.execute(
                "CREATE OR REPLACE FUNCTION standstill_refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RETURN NEW; END $$"
            )
            assert "standstill_refuse" in guards.missing(connection)
        else:
            cursor.execute(f"DROP TRIGGER standstill_keep_{table}")
            cursor.execute(f"CREATE TRIGGER standstill_keep_{table} BEFORE DELETE ON {table} BEGIN SELECT 1; END")
            assert guards.missing(connection) == [f"standstill_keep_{table}"]


def test_what_was_put_in_past_the_chain_is_not_given_a_link_by_the_next_migration(sealed: SealFile) -> None:
    party = Party.objects.first()
    with lifted(), signed(sign_for_the_system("forger", timezone.now()), "Nothing happened"):
        party.save()
    if connection.vendor == "sqlite":
        guards.lift(connection)  # as before a migration, and after it
    guards.install(connection)
    assert any("it has no link" in fault.said for fault in verify(connection, [sealed]).faults)


def test_what_was_there_before_the_chain_bears_its_own_moments_without_reproach(db: None) -> None:
    with lifted():
        factory_of(Party)()
        guards.adopt(connection, {"agreements.party": Party.history.model})
    assert verify(connection).faults == []


@pytest.mark.parametrize("links", [10**30, -1])
def test_a_seal_of_a_number_that_cannot_be_is_told(links: int) -> None:
    text = SealFile("2000-01-31T15:00:00Z", links, "0" * 64, "0" * 64, "0" * 128).text()
    with pytest.raises(SealError, match="a number of links that cannot be"):
        read_seal(text, "odd.json")
