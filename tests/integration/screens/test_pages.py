"""What the officer reads on each page, as of a date and as known at a moment, whatever is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Desk, Party
from alerts.models import Alert
from audit.models import User
from intake import example
from intake.models import Incoming
from intake.review.sheet import sheet_of
from notes.models import HolderAction
from tests.factories import IncomingFactory, PackFactory, VerdictFactory
from tests.integration.screens.conftest import LEXINGTON, Register, load, tenfold
from tests.integration.screens.test_who_sees_what import ACTION
from waivers.models import Pack

See = Callable[..., str]
PAGES = ("/borrowers/lpc/", "/waivers/cit-2000-01-31/")


def test_the_borrowers_page_says_what_is_waived_through_when_and_by_what(see: See) -> None:
    page = see("/borrowers/lpc/?as_of=2000-03-01")
    assert "You are not looking at today. As of <strong>1 March 2000, Wed</strong>" in page
    for said in (
        "through 30 April 2000, Sun",
        "It is waived by Agreement (Exhibit 10-106) (cit-2000-01-31), in force through 30 April 2000, Sun.",
        "Interest of 14% Junior Subordinated Notes due May 1, 2000 fell due on 1 February 2000, Tue and is not paid.",
        "Loan and Security Agreement dated as of 19 March 1997, Wed, cit-xpd: not stated in the waiver",
        ">Agreement (Exhibit 10-106)</a>, paragraph 1</cite>",
        "paragraph 2: automatically, on acceleration sought or declared by a holder or the trustee",
    ):
        assert said in page
    after = see("/borrowers/lpc/?as_of=2000-05-01")
    assert "Nothing holds it back on this day." in after
    assert "Expired" in after


@pytest.mark.parametrize("path", PAGES)
def test_a_default_line_says_the_section_of_its_clause(see: See, path: str) -> None:
    assert "cit-xpd: not stated in the waiver" in see(f"{path}?as_of=2000-03-01")


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
    assert "Lexington Precision Corporation" in see("/borrowers/?q=lexing")
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


@pytest.mark.parametrize(
    "path",
    [
        "/search/?q=%00",
        "/search/?q=%27%22%3Cscript%3E",
        "/?page=x",
        "/?desk=%00&officer=%27",
        "/?page=99999",
        "/alerts/?page=-1&show=%00",
    ],
)
def test_nothing_typed_into_an_address_breaks_a_page(see: See, path: str) -> None:
    assert "<script>" not in see(path)


@pytest.mark.parametrize(
    "path",
    [
        "/borrowers/%00/",
        "/waivers/%00/",
        "/exports/waivers.csv?borrower=%00",
        "/waivers/../x/",
        "/record/payment/?instrument=%00x",
    ],
)
def test_an_impossible_ref_is_a_page_that_is_not_there(see: See, path: str) -> None:
    assert "There is no such page" in see(path, status=404)


def test_before_anything_was_known_the_pages_say_so(see: See) -> None:
    assert "The register knew of no instrument" in see("/borrowers/lpc/?known_at=1999-12-31T12:00")
    assert "The register did not know of this waiver then" in see(f"{PAGES[1]}?known_at=1999-12-31T12:00")
    assert "The register did not know of this instrument then" in see("/instruments/cit-lsa/?known_at=1999-12-31T12:00")
    assert "Nothing needs you on this day" in see("/?as_of=2000-03-01&known_at=1999-12-31T12:00")
    assert "Nothing to cover" in see("/borrowers/lpc/coverage/?known_at=1999-12-31T12:00")


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
    assert (
        client.post("/record/holder-action/", ACTION | {"instrument": "sr-sub", "step": "preview"}).status_code == 403
    )
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
    "home, known at": ("/?as_of=2000-04-20&known_at=2000-03-01T12:00", "/?as_of=2000-04-20&known_at=2000-03-01T12:00"),
    "inbox": ("/alerts/", "/alerts/?show=all"),
    "alert": ("/alerts/{alert}/", "/alerts/{alert}/"),
    "alerts that reached nobody": ("/alerts/dead/", "/alerts/dead/"),
    "how one is told": ("/alerts/how/", "/alerts/how/"),
    "borrowers": ("/borrowers/", "/borrowers/"),
    "borrowers, states": ("/borrowers/?derived=1", "/borrowers/?derived=1"),
    "agreements": ("/agreements/", "/agreements/"),
    "notes": ("/notes/", "/notes/"),
    "waivers": ("/waivers/", "/waivers/"),
    "borrower": ("/borrowers/lpc/?as_of=2000-03-01", "/borrowers/big/?as_of=2000-03-01"),
    "borrower, known at": ("/borrowers/lpc/?known_at=2000-03-01T12:00", "/borrowers/big/?known_at=2000-03-01T12:00"),
    "packs": ("/packs/", "/packs/"),
    "ask for a pack": ("/packs/new/?borrower=lpc", "/packs/new/?borrower=big"),
    "pack": ("/packs/{pack}/", "/packs/{pack}/"),
    "certificates": ("/borrowers/lpc/certificates/", "/borrowers/lpc/certificates/"),
    "issue a certificate": (
        "/borrowers/lpc/certificates/issue/?as_of=2000-03-01",
        "/borrowers/big/certificates/issue/?as_of=2000-03-01",
    ),
    "certificate": ("/certificates/1/", "/certificates/1/"),
    "certificate, checked": ("/certificates/1/?check=1", "/certificates/1/?check=1"),
    "certificate, PDF": ("/certificates/1.pdf", "/certificates/1.pdf"),
    "draft of a reservation": ("/instruments/jr-conv/reservation/", "/instruments/big3-jr-conv/reservation/"),
    "draft of a notice": ("/waivers/cit-2000-01-31/notice/", "/waivers/big3-cit-2000-01-31/notice/"),
    "coverage": ("/borrowers/lpc/coverage/?as_of=2000-03-01", "/borrowers/big/coverage/?as_of=2000-03-01"),
    "what if": (
        "/borrowers/lpc/what-if/?kind=remedy&by=holder&instrument=jr14&on=2000-03-15",
        "/borrowers/big/what-if/?kind=remedy&by=holder&instrument=big3-jr14&on=2000-03-15",
    ),
    "instrument": ("/instruments/jr-conv/", "/instruments/big3-jr-conv/"),
    "waiver": ("/waivers/cit-2000-01-31/", "/waivers/big3-cit-2000-01-31/"),
    "history of a borrower": ("/borrowers/lpc/history/", "/borrowers/big/history/"),
    "history of a borrower, positions": ("/borrowers/lpc/history/?positions=1", "/borrowers/big/history/?positions=1"),
    "history of an instrument": ("/instruments/jr-conv/history/", "/instruments/big3-jr-conv/history/"),
    "history of a waiver": ("/waivers/cit-2000-01-31/history/", "/waivers/big3-cit-2000-01-31/history/"),
    "two moments of knowledge": (
        "/borrowers/lpc/knowledge/?as_of=2000-03-01&then=1999-03-01T12:00",
        "/borrowers/big/knowledge/?as_of=2000-03-01&then=1999-03-01T12:00",
    ),
    "search": ("/search/?q=agreement", "/search/?q=agreement"),
    "search, known at": ("/search/?q=agreement&known_at=2000-03-01T12:00",) * 2,
    "calendar": ("/calendar/?as_of=2000-04-20", "/calendar/?as_of=2000-04-20"),
    "agenda": ("/calendar/agenda/?as_of=2000-01-01", "/calendar/agenda/?as_of=2000-01-01"),
    "feed settings": ("/calendar/feed/", "/calendar/feed/"),
    "intake": ("/intake/", "/intake/"),
    "document under review": ("/intake/{short}/", "/intake/{long}/"),
    "what a document would become": ("/intake/{confirmed}/record/", "/intake/{confirmed}/record/"),
    "record": ("/record/", "/record/?q=notes"),
    "record a holder action": (
        "/record/holder-action/?instrument=jr14",
        "/record/holder-action/?instrument=big3-jr14",
    ),
    "record a waiver": ("/record/waiver/?instrument=cit-lsa", "/record/waiver/?instrument=big3-cit-lsa"),
    "record something in error": ("/record/void/?instrument=jr-conv", "/record/void/?instrument=big3-jr-conv"),
    "export waivers": ("/exports/waivers.csv?borrower=lpc", "/exports/waivers.csv?borrower=big"),
    "export default lines": ("/exports/default-lines.csv?borrower=lpc", "/exports/default-lines.csv?borrower=big"),
    "export payments": ("/exports/payments.csv?borrower=lpc", "/exports/payments.csv?borrower=big"),
    "exports": ("/exports/", "/exports/"),
    "watch as a file": ("/?as_of=2000-04-20&format=csv", "/?as_of=2000-04-20&format=csv"),
    "inbox as a file": ("/alerts/?format=csv", "/alerts/?show=all&format=csv"),
    "waivers as a file": ("/waivers/?format=csv", "/waivers/?format=csv"),
    "waivers as a file, plain": (
        "/waivers/?columns=title&columns=instrument&format=csv",
        "/waivers/?columns=title&columns=instrument&format=csv",
    ),
    "position as a file": ("/borrowers/lpc/?format=csv", "/borrowers/big/?format=csv"),
    "coverage as a file": ("/borrowers/lpc/coverage/?format=csv", "/borrowers/big/coverage/?format=csv"),
    "schedule as a file": ("/instruments/jr-conv/?format=csv", "/instruments/big3-jr-conv/?format=csv"),
    "search as a file": ("/search/?q=agreement&format=csv", "/search/?q=agreement&format=csv"),
    "agenda as a file": (
        "/calendar/agenda/?as_of=2000-01-01&format=csv",
        "/calendar/agenda/?as_of=2000-01-01&format=csv",
    ),
    "export holder actions": ("/exports/holder-actions.csv?borrower=lpc", "/exports/holder-actions.csv?borrower=big"),
}


def queries(client: Client, path: str) -> int:
    told = Alert.objects.filter(recipient__username="officer").order_by("pk").values_list("pk", flat=True)[0]
    owner = User.objects.get(username="officer")
    pack = Pack.objects.filter(owner=owner).first() or PackFactory(
        owner=owner, party=Party.objects.get(ref="lpc"), instruments=["cit-lsa"]
    )
    documents = came_in(owner)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path.format(alert=told, pack=pack.pk, **documents))
        b"".join(response) if response.streaming else response.content
    assert response.status_code == 200
    return len(captured)


def came_in(owner: User) -> dict[str, int]:
    """A document with a few terms, one with the founding document's, and the same with a verdict on each."""
    found = {row.name: row.pk for row in Incoming.objects.all()}
    if found:
        return found
    exhibit = (Path(example.__file__).parent / "exhibit-10-106.txt").read_text()
    options = {"desk": Desk.objects.get(), "by": owner}
    IncomingFactory(name="short", text="AGREEMENT\n\ndated as of May 1, 2000 (fictional)\n", **options)
    IncomingFactory(name="long", text=exhibit, **options)
    confirmed = IncomingFactory(name="confirmed", text=exhibit, **options)
    for item in sheet_of(confirmed, []).items:
        value = item.proposed
        VerdictFactory(incoming=confirmed, term=item.key, proposed=value, value=value, by=owner)
    return came_in(owner)


@pytest.mark.slow
def test_ten_times_as_much_takes_as_many_queries_and_none_takes_more_than_its_committed_number(
    register: Register, officer: Client
) -> None:
    small = {name: queries(officer, path) for name, (path, _) in COUNTED.items()}
    load(tenfold(LEXINGTON), register.desk)
    large = {name: queries(officer, path) for name, (_, path) in COUNTED.items()}
    assert large == small
    assert small == json.loads(BUDGET.read_text())
