"""What the officer reads on each page, as of a date and as known at a moment, whatever is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import Alert
from audit.models import User
from notes.models import HolderAction
from tests.integration.screens.conftest import LEXINGTON, Register, load, tenfold
from tests.integration.screens.test_who_sees_what import ACTION

See = Callable[..., str]
RECORD = "/holder-actions/record/"
PAGES = ("/borrowers/lpc/", "/waivers/cit-2000-01-31/")


def test_the_borrowers_page_says_what_is_waived_through_when_and_by_what(see: See) -> None:
    page = see("/borrowers/lpc/?as_of=2000-03-01")
    assert "You are not looking at today. As of <strong>1 March 2000, Wed</strong>" in page
    for said in ("30 April 2000, Sun", "Held back by", "Waived", "cit-xpd"):
        assert said in page
    after = see("/borrowers/lpc/?as_of=2000-05-01")
    assert "Nothing holds it back." in after
    assert "Expired" in after


@pytest.mark.parametrize("path", PAGES)
def test_a_default_line_says_the_section_of_its_clause(see: See, path: str) -> None:
    assert "(section: not stated in the waiver)" in see(f"{path}?as_of=2000-03-01")


def test_each_other_page_has_its_facts(see: See) -> None:
    waiver = see("/waivers/cit-2000-01-31/?as_of=2000-03-01")
    for said in (
        "In force</span> through <strong>30 April 2000, Sun",
        "“until May 1, 2000”",
        "not included",
        "paragraph 2",
    ):
        assert said in waiver
    instrument = see("/instruments/jr-conv/")
    for said in ("deferred to 1 May 2000, Mon", "Agreement (Exhibit 4-13)", "Michael A. Lubin"):
        assert said in instrument
    assert "Lexington Precision Corporation" in see("/?q=lexing")
    assert "No borrower on your desks is called “zzz”." in see("/?q=zzz")
    inbox = see("/alerts/")
    for said in ("cit-2000-01-31 ends: tomorrow is its last day", "Why, and what to do", "Acknowledge"):
        assert said in inbox


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("as_of=2000-02-30", "As of must be a date of the calendar from 1900 to 2199"),
        ("as_of=yesterday", "As of must be a date of the calendar from 1900 to 2199"),
        ("known_at=noon", "Known at must be a moment from 1900 to 2199"),
        ("known_at=2000-04-02T02:30", "2000-04-02"),  # the hour that New York leaps over
        ("as_of=%00", "As of must be a date"),
        ("as_of=0001-01-01", ""),
        ("as_of=9999-12-31", ""),
        ("known_at=0001-01-01T00:00", ""),
        ("known_at=9999-12-31T23:59", ""),
    ],
)
def test_whatever_date_is_asked_for_is_answered_with_a_page(see: See, path: str, asked: str, said: str) -> None:
    assert said in see(f"{path}?{asked}")


@pytest.mark.parametrize("path", ["/?q=%00", "/?q=%27%22%3Cscript%3E", "/?page=x", "/alerts/?page=-1&show=%00"])
def test_nothing_typed_into_an_address_breaks_a_page(see: See, path: str) -> None:
    assert "<script>" not in see(path)


@pytest.mark.parametrize(
    "path", ["/borrowers/%00/", "/waivers/%00/", "/exports/waivers.csv?borrower=%00", "/waivers/../x/"]
)
def test_an_impossible_ref_is_a_page_that_is_not_there(see: See, path: str) -> None:
    assert "There is no such page" in see(path, status=404)


def test_before_anything_was_known_the_pages_say_so(see: See) -> None:
    assert "The register knew of no instrument" in see("/borrowers/lpc/?known_at=1999-12-31T12:00")
    assert "The register did not know of this waiver then." in see(f"{PAGES[1]}?known_at=1999-12-31T12:00")


# Recording


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


FILLED_IN = {name: value for name, value in ACTION.items() if name != "record"}


def test_a_preview_says_what_would_change_and_writes_nothing(officer: Client) -> None:
    before = counts()
    page = officer.post(RECORD, FILLED_IN | {"preview": "1"}).content.decode()
    assert counts() == before
    assert "cit-2000-01-31" in page
    assert "Rescinded" in page
    assert 'name="record"' in page


def test_recording_rescinds_and_leads_to_the_instrument(officer: Client, see: See) -> None:
    response = officer.post(RECORD, ACTION, follow=True)
    assert response.redirect_chain == [("/instruments/sr-sub/", 302)]
    ref = "sr-sub-2000-03-15-acceleration-sought"
    assert f"Recorded as {ref}." in response.content.decode()
    waiver = see("/waivers/cit-2000-01-31/")
    assert "It was rescinded on <strong>15 March 2000, Wed</strong>" in waiver
    assert "alleged and not verified" in waiver
    row = HolderAction.history.get()
    assert (row.actor_name, row.actor_role, row.history_change_reason) == ("officer", "officer", ACTION["reason"])
    assert Alert.objects.filter(kind="waiver_rescinded", about="waiver:cit-2000-01-31").count() == 2
    assert "was rescinded on 15 March 2000" in see("/alerts/")


def test_a_second_submission_says_that_the_ref_is_there_and_writes_nothing(officer: Client) -> None:
    officer.post(RECORD, ACTION)
    before = counts()
    again = officer.post(RECORD, ACTION)
    assert again.status_code == 422
    assert "already exists" in again.content.decode()
    assert counts() == before


TOMORROW = str(timezone.localdate() + timedelta(days=2))


@pytest.mark.parametrize("step", ["record", "preview"])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (dict.fromkeys(FILLED_IN, ""), "Choose the instrument"),
        ({"occurred": ""}, "Give the day on which it happened."),
        ({"occurred": "2000-02-30"}, "This is not a date of the calendar"),
        ({"reported": "soon"}, "This is not a date of the calendar"),
        ({"instrument": "no-such"}, "There is no such instrument on your desks."),
        ({"occurred": TOMORROW}, "An action cannot have occurred after today"),
        ({"reported": TOMORROW}, "An action cannot have been reported after today"),
        ({"kind": "bribery"}, "bribery is not one of the available choices"),
        ({"status": "recorded_in_error"}, "is not one of the available choices"),
        ({"reason": "   "}, "Say how the desk knows of it"),
        ({"ref": "../../etc"}, "A ref is made of letters"),
        ({"ref": "<script>alert(1)</script>"}, "A ref is made of letters"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_and_nothing_is_written(
    officer: Client, fields: dict[str, str], said: str, step: str
) -> None:
    before = counts()
    response = officer.post(RECORD, FILLED_IN | fields | {step: "1"})
    page = response.content.decode()
    assert said in page
    assert response.status_code == 422
    assert "<script>alert" not in page
    assert counts() == before


# Acknowledging


def test_an_alert_is_acknowledged_by_its_own_reader_once(register: Register, officer: Client, see: See) -> None:
    alert = Alert.objects.filter(recipient=register.people["officer"]).first()
    assert register.client("colleague").post(f"/alerts/{alert.pk}/acknowledge/").status_code == 404
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert officer.post(f"/alerts/{alert.pk}/acknowledge/", {"back": "home"})["Location"] == "/"
    assert officer.post(f"/alerts/{alert.pk}/acknowledge/", {"back": "//evil.example"})["Location"] == "/alerts/"
    first = Alert.objects.get(pk=alert.pk).acknowledged_at
    assert first is not None
    assert f"Acknowledge alert {alert.pk}" not in see("/alerts/?show=all")
    assert Alert.objects.get(pk=alert.pk).acknowledged_at == first


def test_a_post_without_its_token_is_refused(register: Register) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(register.people["officer"])
    assert client.post(RECORD, ACTION).status_code == 403
    assert not HolderAction.objects.exists()


def test_a_wrong_password_is_told_in_one_sentence_whoever_it_is(register: Register, client: Client) -> None:
    pages = [
        client.post("/sign-in/", {"username": name, "password": "wrong"}).content.decode()
        for name in ("officer", "nobody")
    ]
    assert all("The user name and the password do not go together." in page for page in pages)
    User.objects.filter(username="officer").update(is_active=False)
    assert register.client("officer").get("/").status_code == 302


# Queries

BUDGET = Path(__file__).with_name("query_counts.json")
COUNTED = {
    "home": ("/", "/"),
    "inbox": ("/alerts/", "/alerts/?show=all"),
    "borrower": ("/borrowers/lpc/?as_of=2000-03-01", "/borrowers/big/?as_of=2000-03-01"),
    "borrower, known at": ("/borrowers/lpc/?known_at=2000-03-01T12:00", "/borrowers/big/?known_at=2000-03-01T12:00"),
    "instrument": ("/instruments/jr-conv/", "/instruments/big3-jr-conv/"),
    "waiver": ("/waivers/cit-2000-01-31/", "/waivers/big3-cit-2000-01-31/"),
    "record": (RECORD, RECORD),
    "export waivers": ("/exports/waivers.csv?borrower=lpc", "/exports/waivers.csv?borrower=big"),
    "export default lines": ("/exports/default-lines.csv?borrower=lpc", "/exports/default-lines.csv?borrower=big"),
    "export payments": ("/exports/payments.csv?borrower=lpc", "/exports/payments.csv?borrower=big"),
    "export holder actions": ("/exports/holder-actions.csv?borrower=lpc", "/exports/holder-actions.csv?borrower=big"),
}


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        b"".join(response) if response.streaming else response.content
    assert response.status_code == 200
    return len(captured)


@pytest.mark.slow
def test_ten_times_as_much_takes_as_many_queries_and_none_takes_more_than_its_committed_number(
    register: Register, officer: Client
) -> None:
    small = {name: queries(officer, path) for name, (path, _) in COUNTED.items()}
    load(tenfold(LEXINGTON), register.desk)
    large = {name: queries(officer, path) for name, (_, path) in COUNTED.items()}
    assert large == small
    budget = json.loads(BUDGET.read_text())
    assert {name: count for name, count in small.items() if count > budget[name]} == {}
