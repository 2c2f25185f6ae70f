"""`manage.py position` on the founding agreement: waived through 30 April 2000, until the trustee's move is learnt."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agreements.models import Desk, Instrument, Party
from audit.signing import sign_for_the_system, signed
from notes.models import HolderAction
from tests import personas
from tests.factories import SIGNATURE
from tests.integration.intake.documents import bring_in, lexington
from waivers.operations import record

pytestmark = pytest.mark.django_db

LEARNT = datetime(2000, 3, 20, 21, tzinfo=UTC)
STATES = {"clear", "waived", "default", "forborne", "event_of_default"}


@pytest.fixture
def register() -> None:
    """Lexington, imported on 31 January 2000 at 10 in New York."""
    bring_in(lexington())


@pytest.fixture
def trustee(register: None) -> HolderAction:
    """On 20 March the desk learnt that the trustee had sought to accelerate on the 15th."""
    desk = Desk.objects.filter(pk=personas.officer().desk_memberships.get().desk_id).get()
    party = Party.objects.get(ref="lpc")
    party.desk = desk
    with signed(SIGNATURE, "The borrower's desk"):
        party.save()
    action = HolderAction(
        ref="trustee-2000-03-15",
        instrument=Instrument.objects.get(ref="sr-sub"),
        kind="acceleration_sought",
        by="trustee",
        occurred=date(2000, 3, 15),
        reported=date(2000, 3, 20),
    )
    by = sign_for_the_system("the desk", LEARNT)
    assert record(fact=action, by=by, reason="By telephone", today=date(2000, 3, 20)) > 0
    return action


@pytest.fixture
def position(capsys: pytest.CaptureFixture[str]) -> Any:
    """Asks as on the command line; gives what is printed, which is all on standard output."""

    def ask(*arguments: str) -> str:
        call_command("position", *arguments)
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return ask


@pytest.fixture
def answer(position: Any) -> Any:
    return lambda *arguments: json.loads(position("--format", "json", *arguments))


def loan(found: dict[str, Any]) -> dict[str, Any]:
    return next(item for item in found["instruments"] if item["ref"] == "cit-lsa")


def waiver(found: dict[str, Any]) -> dict[str, Any]:
    return next(item for item in found["waivers"] if item["ref"] == "cit-2000-01-31")


def line(root: str, via: str) -> dict[str, Any]:
    return {
        "clause": "cit-xpd",
        "root": {"kind": "missed_payment", "ref": root},
        "via": [via],
        "state": "waived",
        "since": "2000-02-01",
        "event_of_default_on": "2000-02-01",
        "waiver": "cit-2000-01-31",
        "uncertain": [],
    }


def test_the_answer_is_as_the_format_gives_it(register: None, answer: Any) -> None:
    found = answer("--as-of", "2000-03-01", "--borrower", "lpc")
    assert list(found) == ["as_of", "known_at", "instruments", "waivers", "warnings"]
    assert (found["as_of"], found["known_at"]) == ("2000-03-01", None)
    assert loan(found) == {
        "ref": "cit-lsa",
        "state": "waived",
        "waived_through": "2000-04-30",
        "lines": [
            line("jr14-2000-02-01-interest", "jr14"),
            line("sr-sub-2000-02-01-interest", "sr-sub"),
            line("sr-sub-2000-02-01-principal", "sr-sub"),
        ],
    }
    assert waiver(found) == {
        "ref": "cit-2000-01-31",
        "status": "in_force",
        "first_day": "2000-01-31",
        "last_day": "2000-04-30",
        "ended_on": None,
        "ended_by": None,
    }
    assert [item["ref"] for item in found["instruments"]] == ["cit-lsa", "jr-conv", "jr14", "sr-sub", "sr-unsec"]
    for name in ("instruments", "waivers"):
        assert found[name] == sorted(found[name], key=lambda item: item["ref"])
    assert {item["state"] for item in found["instruments"]} <= STATES
    assert all(set(warning) == {"rule", "about", "text"} for warning in found["warnings"])


def test_the_table_says_the_same_to_people(register: None, position: Any) -> None:
    told = position("--as-of", "2000-03-01").splitlines()
    assert told[0] == "Position as of 1 March 2000, Wed"
    assert f"{'cit-lsa':<30} waived through 30 April 2000" in told
    assert "    cit-xpd: jr14-2000-02-01-interest via jr14, since 1 February 2000, waived by cit-2000-01-31" in told
    assert f"{'cit-2000-01-31':<30} in force, last day 30 April 2000" in told


def test_the_trustees_move_rescinds_the_waiver_from_its_own_day(trustee: HolderAction, answer: Any) -> None:
    before, after = answer("--as-of", "2000-03-14"), answer("--as-of", "2000-03-15")
    assert (loan(before)["state"], waiver(before)["status"]) == ("waived", "in_force")
    assert (loan(after)["state"], loan(after)["waived_through"]) == ("event_of_default", None)
    assert {found["waiver"] for found in loan(after)["lines"]} == {None}
    assert waiver(after)["status"] == "rescinded"
    assert waiver(after)["ended_on"] == "2000-03-15"
    ended_by = waiver(after)["ended_by"]
    assert (ended_by["on"], ended_by["kind"], ended_by["ref"]) == ("acceleration", "holder_action", trustee.ref)


def test_the_table_says_what_ended_the_waiver(trustee: HolderAction, position: Any) -> None:
    assert "rescinded, last day" in (told := position("--as-of", "2000-03-15"))
    assert "ended on 15 March 2000 by trustee-2000-03-15" in told


@pytest.mark.parametrize(
    ("known_at", "state"),
    [
        ("2000-03-19", "waived"),
        ("2000-03-20T15:59:59", "waived"),  # New York
        ("2000-03-20T20:59:59+00:00", "waived"),
        ("2000-03-20T21:00:00+00:00", "event_of_default"),
        ("2000-03-20", "event_of_default"),
        ("2000-03-21", "event_of_default"),
    ],
)
def test_what_was_known_at_a_moment_is_answered_as_it_was(
    trustee: HolderAction, answer: Any, known_at: str, state: str
) -> None:
    found = answer("--as-of", "2000-03-15", "--known-at", known_at)
    assert loan(found)["state"] == state
    assert found["known_at"].startswith("2000-03-")


def test_before_the_register_knew_anything_it_answers_nothing(register: None, answer: Any) -> None:
    found = answer("--as-of", "2000-03-01", "--known-at", "2000-01-30")
    assert (found["instruments"], found["waivers"], found["warnings"]) == ([], [], [])


def test_one_borrower_is_answered_as_within_the_whole(register: None, answer: Any) -> None:
    assert answer("--as-of", "2000-03-01", "--borrower", "lpc") == answer("--as-of", "2000-03-01")
    assert answer("--as-of", "2000-03-01", "--borrower", "cit")["instruments"] == []


def test_an_empty_register_is_answered_too(answer: Any, position: Any) -> None:
    assert answer("--as-of", "2000-03-01")["instruments"] == []
    assert position("--as-of", "2000-03-01").strip() == "Position as of 1 March 2000, Wed"


WRONG = {
    "a borrower that is not there": (["--borrower", "nobody"], "There is no party 'nobody' in the register."),
    "an impossible date": (["--as-of", "2000-02-30"], "'2000-02-30' is not a date"),
    "no date at all": (["--as-of", "soon"], "'soon' is not a date"),
    "an impossible moment": (["--known-at", "2000-02-30T12:00"], "'2000-02-30T12:00' is not a moment"),
    "a format that is not there": (["--format", "xml"], "xml"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_question_that_makes_no_sense_gets_a_sentence_and_no_answer(
    register: None, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    arguments, sentence = WRONG[what]
    with pytest.raises(CommandError) as refusal:
        call_command("position", *arguments)
    assert sentence in str(refusal.value)
    assert capsys.readouterr().out == ""
