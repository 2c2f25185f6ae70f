"""What is imported is what the register answers from, and what it exports; nothing is taken in twice."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agreements.models import Clause, Instrument, LoanDocument, Party
from agreements.operations import join_groups
from audit.signing import sign_for_the_system, signed
from intake.portfolio.dump import dump_register
from intake.portfolio.faults import FaultyPortfolioError
from intake.portfolio.schema import LISTS
from notes.models import HolderAction, Payment
from tests.factories import AT, REASON, SIGNATURE, DeskFactory, InstrumentFactory
from tests.integration.intake.documents import (
    EMPTY,
    SCENARIOS,
    at_path,
    bare,
    bring_in,
    fields_of_the_format,
    groups_of_a,
    lexington,
    register_size,
    stored_groups,
    whole,
    with_value,
)
from waivers.positions import all_groups, answer, facts_of, groups_at

pytestmark = pytest.mark.django_db


def exported() -> str:
    return json.dumps(dump_register(), ensure_ascii=False, indent=1)


def by_ref(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["ref"]: item for item in items}


def check_answers(expect: list[dict[str, Any]]) -> None:
    """The register's answers, in every field that the scenario states."""
    groups = list(groups_at(all_groups()))
    for expected in expect:
        found = answer(groups, date.fromisoformat(expected["as_of"])).as_json()
        for name in ("instruments", "waivers"):
            there = by_ref(found[name])
            stated = [{field: there[item["ref"]][field] for field in item} for item in expected[name]]
            for item, wanted in zip(stated, expected[name], strict=True):
                if "lines" in item:
                    item["lines"] = [
                        {field: line[field] for field in (wanted["lines"] or [{}])[0]} for line in item["lines"]
                    ]
                if item.get("ended_by"):
                    item["ended_by"] = {field: item["ended_by"][field] for field in wanted["ended_by"]}
            assert (expected["as_of"], stated) == (expected["as_of"], expected[name])


def check_round_trip(document: dict[str, Any]) -> None:
    """Twice is once; what comes out is what went in; and what comes out goes in again and comes out the same."""
    size = register_size()
    assert not +bring_in(copy.deepcopy(document))
    assert register_size() == size
    out = dump_register()
    for name in LISTS:
        assert by_ref(bare(out[name], name)) == by_ref(bare(document.get(name) or [], name))


@pytest.mark.slow
@pytest.mark.skipif(not SCENARIOS, reason="the shared scenarios are not beside this checkout")
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shared_scenario_is_imported_answered_and_exported(path: Path) -> None:
    case = json.loads(path.read_text())
    with transaction.atomic():
        bring_in(case["portfolio"])
        assert stored_groups() == groups_of_a(case["portfolio"])
        check_answers(case["expect"])
        check_round_trip(case["portfolio"])
        out = exported()
        transaction.set_rollback(True)
    assert register_size() == EMPTY
    bring_in(json.loads(out))
    assert exported() == out


def test_the_whole_document_has_every_field_of_the_format() -> None:
    def fields(value: Any, here: str) -> set[str]:
        if isinstance(value, list):
            return set().union(*(fields(item, here) for item in value))
        if isinstance(value, dict):
            return set().union(*({f"{here}.{key}", *fields(item, f"{here}.{key}")} for key, item in value.items()))
        return set()

    wanted = {field for name, schema in LISTS.items() for field in fields_of_the_format(schema, f".{name}")}
    assert wanted - fields(whole(), "") == set()


@pytest.mark.parametrize("document", [whole, lexington], ids=lambda made: made.__name__)
def test_every_field_survives_a_round_trip(document: Callable[[], dict[str, Any]]) -> None:
    with transaction.atomic():
        bring_in(document())
        assert stored_groups() == groups_of_a(document())
        check_round_trip(document())
        out = exported()
        transaction.set_rollback(True)
    bring_in(json.loads(out))
    assert exported() == out


def test_odd_characters_survive_a_round_trip() -> None:
    odd = "Ünïted 株式会社 \u202e \t\r\n \x01\x1f\x7f 'quoted' \"twice\" <b>&amp; =1+1 \\ 🏦"
    bring_in(with_value(whole(), ("parties", 0, "name"), odd))
    assert dump_register()["parties"][0]["name"] == odd


def test_every_row_of_an_import_bears_its_signature_and_reason() -> None:
    bring_in(whole(), sign_for_the_system("night import", AT + timedelta(hours=1)))
    for model in (Party, Instrument, Clause, LoanDocument, Payment, HolderAction):
        rows = set(model.history.values_list("actor_name", "history_change_reason", "history_date", "history_type"))
        assert rows == {("night import", "A test", AT + timedelta(hours=1), "+")}
        assert model.history.count() == model.objects.count() > 0


def test_an_import_gives_new_instruments_their_watch_and_new_borrowers_their_desk() -> None:
    desk = DeskFactory()
    bring_in(whole(), monitored_from=date(2000, 2, 2), desk=desk)
    assert set(Instrument.objects.values_list("monitored_from", flat=True)) == {date(2000, 2, 2)}
    assert [party.ref for party in desk.borrowers.all()] == ["acme"]


@pytest.mark.skipif(not SCENARIOS, reason="the shared scenarios are not beside this checkout")
def test_the_second_scenario_adds_just_its_action_to_the_first() -> None:
    first, second = (json.loads(path.read_text())["portfolio"] for path in SCENARIOS[:2])
    bring_in(first)
    facts, rows = register_size()
    assert +bring_in(second) == {"holder_actions": 1}
    assert register_size() == (facts + 1, rows + 1)


GAINS: dict[str, tuple[tuple[str | int, ...], dict[str, Any], Any]] = {
    "payment of an agreement": (
        ("agreements", 0, "payments"),
        {"ref": "new", "kind": "fee", "due": "2001-01-15"},
        Payment,
    ),
    "payment of a series": (
        ("note_series", 0, "payments"),
        {
            "ref": "new",
            "kind": "interest",
            "due": "2000-09-01",
            "deferrals": [{"effective": "2000-08-01", "to": "2000-10-01"}],
        },
        Payment,
    ),
    "clause": (
        ("note_series", 0, "events_of_default"),
        {"ref": "new", "kind": "cross_default", "reaches": ["loan"], "threshold": {"amount": 5, "operator": ">"}},
        Clause,
    ),
    "paper": (
        ("agreements", 0, "documents"),
        {"ref": "new", "kind": "rider", "title": "B", "parent": "rider"},
        LoanDocument,
    ),
}


@pytest.mark.parametrize("gain", GAINS)
def test_a_known_instrument_gains_what_is_new(gain: str) -> None:
    where, item, model = GAINS[gain]
    bring_in(whole())
    before, history = model.objects.count(), model.history.count()
    grown = with_value(whole(), where, [*at_path(whole(), where), item])
    assert +bring_in(grown) == {where[0]: 1}
    assert (model.objects.count(), model.history.count()) == (before + 1, history + 1)
    check_round_trip(grown)


DIFFERENCES: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "name of a party": (("parties", 0, "name"), "Another (fictional)"),
    "identifier of a party": (("parties", 0, "identifiers"), {"cik": "0000000002"}),
    "title of an agreement": (("agreements", 0, "title"), "Another"),
    "currency": (("agreements", 0, "currency"), "USD"),
    "lenders": (("agreements", 0, "lenders"), ["bank", "trust"]),
    "principal": (("note_series", 0, "principal_outstanding"), "500000.01"),
    "rate": (("note_series", 0, "rate"), {"kind": "floating"}),
    "a payment's date": (("note_series", 0, "payments", 0), {"ref": "coupon", "kind": "interest", "due": "2000-03-02"}),
    "a clause's grace": (("agreements", 0, "events_of_default", 0), {"ref": "pay", "kind": "payment", "grace_days": 4}),
    "a paper's title": (
        ("agreements", 0, "documents", 0),
        {"ref": "amendment-1", "kind": "amendment", "title": "No. 2"},
    ),
    "end of a waiver": (("waivers", 0, "until"), {"date": "2000-07-31"}),
    "status of an action": (("holder_actions", 0, "status"), "disputed"),
    "cure of an event": (("default_events", 0, "cured"), "2000-04-30"),
    "effect of a notice": (("termination_notices", 0, "effective"), "2000-05-07"),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_value_that_differs_from_the_register_is_a_fault_and_nothing_is_written(difference: str) -> None:
    where, value = DIFFERENCES[difference]
    bring_in(whole())
    size = register_size()
    differing = with_value(whole(), where, value)
    differing["parties"].append({"ref": "newcomer", "name": "Newcomer (fictional)"})
    with pytest.raises(FaultyPortfolioError) as refusal:
        bring_in(differing)
    (fault,) = refusal.value.faults
    assert fault.pointer == "".join(f"/{step}" for step in where)
    assert "what the register already says" in fault.expected
    assert register_size() == size


VOIDED = {
    "payment": lambda: Payment.objects.get(ref="coupon"),
    "clause": lambda: Clause.objects.get(ref="cross"),
    "paper": lambda: LoanDocument.objects.get(ref="rider"),
    "party": lambda: Party.objects.get(ref="trust"),
    "instrument": lambda: Instrument.objects.get(ref="notes"),
}


@pytest.mark.parametrize("what", VOIDED)
def test_what_was_recorded_in_error_does_not_come_back_by_import(what: str) -> None:
    bring_in(whole())
    fact = VOIDED[what]()
    fact.recorded_in_error = True
    with signed(SIGNATURE, REASON):
        fact.save()
    size = register_size()
    with pytest.raises(FaultyPortfolioError, match="recorded in error"), transaction.atomic():
        bring_in(whole())
    assert register_size() == size


def test_an_export_names_nothing_that_was_recorded_in_error() -> None:
    bring_in(whole())
    fact = Party.objects.get(ref="trust")
    fact.recorded_in_error = True
    with transaction.atomic(), signed(SIGNATURE, REASON):
        fact.save()
        out = exported()
        transaction.set_rollback(True)
    assert '"trust"' not in out


# groups


def test_joining_two_groups_takes_all_that_is_in_either() -> None:
    one, two, three, four, alone = (InstrumentFactory() for _ in range(5))
    join_groups([one.pk, two.pk])
    join_groups([four.pk, three.pk])
    assert join_groups([two.pk, four.pk]) == one.pk
    assert stored_groups() == {frozenset({one.ref, two.ref, three.ref, four.ref}), frozenset({alone.ref})}
    assert join_groups([three.pk]) == one.pk


def test_a_later_import_that_ties_two_groups_joins_them() -> None:
    document = copies(2)
    bring_in(document)
    assert len(stored_groups()) == 2
    tie = {"ref": "tie", "kind": "cross_default", "reaches": ["notes-1"]}
    document["agreements"][0]["events_of_default"].append(tie)
    bring_in(document)
    assert stored_groups() == groups_of_a(document)
    assert len(stored_groups()) == 1


# how many queries


def copies(number: int) -> dict[str, Any]:
    """The whole document for so many borrowers, who have nothing to do with each other."""
    document: dict[str, Any] = {"format": whole()["format"]}
    own = {item["ref"] for name in LISTS for item in whole()[name]} | {"amendment-1", "rider"}

    def renamed(value: Any, end: str) -> Any:
        if isinstance(value, dict):
            return {key: renamed(inner, end) for key, inner in value.items()}
        if isinstance(value, list):
            return [renamed(inner, end) for inner in value]
        return f"{value}-{end}" if value in own else value

    for name in LISTS:
        document[name] = [renamed(item, str(n)) for n in range(number) for item in whole()[name]]
    return document


def queries(do: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as found:
        do()
    return len(found)


@pytest.mark.slow
def test_neither_importing_nor_gathering_nor_exporting_needs_more_queries_for_more_borrowers() -> None:
    spent = []
    for number in (1, 6):
        with transaction.atomic():
            document = copies(number)
            spent.append(
                {
                    "import": queries(lambda document=document: bring_in(document)),
                    "again": queries(lambda document=document: bring_in(document)),
                    "gather": queries(lambda: facts_of(all_groups())),
                    "gather as known": queries(lambda: facts_of(all_groups(), AT)),
                    "answer": queries(lambda: list(groups_at(all_groups()))),
                    "export": queries(dump_register),
                }
            )
            assert len(all_groups()) == number
            transaction.set_rollback(True)
    assert spent[0] == spent[1]
    assert spent[0]["gather"] <= 20


def test_an_export_to_standard_output_is_the_register_and_nothing_else(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bring_in(whole())
    call_command("export_portfolio")
    assert json.loads(capsys.readouterr().out) == dump_register()
    call_command("export_portfolio", output=tmp_path / "register.json")
    assert json.loads((tmp_path / "register.json").read_text()) == dump_register()
    assert capsys.readouterr().out == ""
