"""Every list leaves as a file that says what the page says, to those who may, and each time it is written down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import resolve

from agreements.models import Instrument
from alerts.models import Alert
from audit.exports import Listing, Plain, lines_of
from audit.models import Export, ExportEnd, Role
from audit.moments import Moment
from audit.paging import Order
from audit.permissions import GRANTED, WHY_NOT, Permission
from notes.models import Payment
from tests.factories import AlertFactory, HolderActionFactory, PaymentFactory
from tests.integration.screens.conftest import RECORDED, Register
from tests.integration.screens.lists import EACH, many, raw
from tests.integration.screens.test_who_sees_what import TABLE, ask
from waivers.registers import REGISTERS, WAIVERS, _cells, listing_of

See = Callable[..., str]
NOW = Moment(date(2000, 3, 1), None, date(2000, 3, 1))
WHAT_IF = "/borrowers/lpc/what-if/?kind=remedy&by=holder&instrument=jr14&on=2000-03-15"
LISTS = {  # each route that answers ?format=csv, and the counsel's files: an address, and what it is logged as
    "home": ("/?as_of=2000-04-20", "watch"),
    "borrowers": ("/borrowers/", "borrowers"),
    "agreements": ("/agreements/?as_of=2000-03-01", "agreements"),
    "notes": ("/notes/?q=notes", "notes"),
    "waivers": ("/waivers/?sort=-title", "waivers"),
    "inbox": ("/alerts/?show=all", "alerts"),
    "dead-alerts": ("/alerts/dead/", "alerts that reached nobody"),
    "calendar": ("/calendar/?month=2000-05", "calendar"),
    "agenda": ("/calendar/agenda/?as_of=2000-04-20&kind=waiver", "agenda"),
    "borrower": ("/borrowers/lpc/?as_of=2000-03-01", "position"),
    "coverage": ("/borrowers/lpc/coverage/?as_of=2000-03-01", "coverage"),
    "what-if": (WHAT_IF, "what if"),
    "instrument": ("/instruments/jr-conv/?as_of=2000-03-01", "schedule"),
    "borrower-history": ("/borrowers/lpc/history/?field=payment.due", "history"),
    "instrument-history": ("/instruments/jr14/history/", "history"),
    "waiver-history": ("/waivers/cit-2000-01-31/history/?actor=test", "history"),
    "search": ("/search/?q=agreement", "search"),
    "export": ("/exports/default-lines.csv?borrower=lpc", "default lines"),
    "exports": ("/exports/", "exports"),
}
each_list = pytest.mark.parametrize(("path", "what"), LISTS.values(), ids=LISTS)


def as_file(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}format=csv"


def fetch(client: Client, path: str) -> bytes:
    response = client.get(as_file(path))
    assert response.status_code == 200, path
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response)


def read(client: Client, path: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The head, and the rows by column."""
    lines = list(csv.reader(io.StringIO(fetch(client, path).decode(), newline="")))
    head = dict(lines[: lines.index([])])
    columns = lines[len(head) + 1]
    return head, [dict(zip(columns, row, strict=True)) for row in lines[len(head) + 2 :]]


# Every export is logged


@each_list
def test_each_list_is_logged_with_who_filter_moment_rows_and_the_hash_of_what_came(
    register: Register, officer: Client, path: str, what: str
) -> None:
    AlertFactory(recipient=register.people["officer"], topic="", state="dead", note="550")
    data = fetch(officer, path)
    made, end = Export.objects.get(), ExportEnd.objects.get()
    assert (made.what, made.by, made.actor_name, made.actor_role) == (
        what,
        register.people["officer"],
        "officer",
        "officer",
    )
    assert made.path == as_file(path)
    assert (end.export, end.complete, end.size, end.sha256) == (made, True, len(data), sha256(data).hexdigest())
    lines = list(csv.reader(io.StringIO(data.decode(), newline="")))
    top = lines.index([])
    head = dict(lines[:top])
    assert (lines[top + 1], len(lines) - top - 2) == (made.columns, end.rows)
    assert (head["export"], head["as of"], head["known at"]) == (what, made.as_of.isoformat(), "now")
    assert datetime.fromisoformat(head["made at"]) == made.at <= end.at
    assert head.get("filter", made.filter or "none") == (made.filter or "none")
    assert end.rows > 0


@pytest.mark.slow
def test_whatever_route_answers_with_csv_is_one_of_the_lists_and_has_logged_it(register: Register) -> None:
    """Each address of the table of routes, asked for as a file: none streams without a row of the log and its end."""
    client, answered = register.client("administrator"), set()
    for route in (route for route in TABLE if route.startswith("GET") and "nowhere" not in route):
        before = Export.objects.count(), ExportEnd.objects.count()
        response = ask(client, as_file(route))
        is_file = response.headers.get("Content-Type", "").startswith("text/csv")
        if response.streaming:
            b"".join(response)
        is_logged = is_file or ("attachment" in response.get("Content-Disposition", "") and "certificates" in route)
        logged = Export.objects.count() - before[0], ExportEnd.objects.count() - before[1]
        assert logged == (is_logged, is_logged), route
        if is_file:
            answered.add(resolve(route.split()[1].partition("?")[0]).url_name)
    assert answered == set(LISTS)


@each_list
def test_whoever_may_not_export_is_told_so_sees_no_link_and_leaves_no_trace(
    register: Register, path: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GRANTED, Role.COUNSEL, frozenset({Permission.PUBLIC, Permission.READ}))
    client = register.client("counsel")
    response = client.get(as_file(path))
    assert (response.status_code, WHY_NOT[Permission.EXPORT] in response.content.decode()) == (403, True)
    if ".csv" not in path:
        assert not re.search(r'href="[^"]*csv', client.get(path).content.decode())
    assert not Export.objects.exists()


@each_list
def test_the_page_has_a_link_to_its_file_for_whoever_may(
    register: Register, officer: Client, path: str, what: str
) -> None:
    if ".csv" in path:
        return
    AlertFactory(recipient=register.people["officer"], topic="", state="dead", note="550")
    fetch(officer, "/borrowers/")  # so that there is something in the list of exports
    assert "format=csv" in officer.get(path).content.decode()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/?as_of=2000-02-30", "As of must be a date"),
        ("/alerts/?show=none", "Alerts are shown as"),
        ("/calendar/?month=2000-13", "A month is written"),
        ("/calendar/?month=1776-07", "A month is written"),
        ("/calendar/agenda/?kind=x", "no such kind"),
        ("/calendar/agenda/?known_at=x", "Known at must be"),
        ("/search/?q=a", "at least two"),
        ("/borrowers/lpc/?as_of=x", "As of must be a date"),
        ("/borrowers/lpc/what-if/", "Suppose something"),
        ("/borrowers/lpc/what-if/?kind=remedy&on=x", "YYYY-MM-DD"),
        ("/instruments/jr14/?known_at=x", "Known at must be"),
        ("/exports/?since=x", "From: A date is written"),
        ("/exports/?what=nothing", "List: Select a valid choice"),
        ("/waivers/?desk=%00", "Desk"),
    ],
)
def test_what_cannot_be_read_is_told_in_sentences_and_is_no_export(officer: Client, path: str, said: str) -> None:
    response = officer.get(as_file(path))
    assert (response.status_code, said in response.content.decode()) == (400, True)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert not Export.objects.exists()


def test_a_post_is_no_export(officer: Client) -> None:
    for path in ("/", "/alerts/dead/", "/alerts/"):
        assert officer.post(as_file(path)).headers.get("Content-Type", "") != "text/csv; charset=utf-8"
    assert officer.head("/exports/waivers.csv").status_code == 405
    assert not Export.objects.exists()


def test_what_is_hidden_from_a_person_is_hidden_from_their_files(register: Register) -> None:
    stranger = register.client("stranger")
    for path, _ in LISTS.values():
        response = stranger.get(as_file(path))
        data = b"".join(response) if response.streaming else b""
        assert response.status_code in (200, 404)
        assert b"lexington" not in data.lower()
        assert b"cit-" not in data


# As shown


def test_the_watch_has_all_its_sections_and_what_nobody_acknowledged(register: Register, officer: Client) -> None:
    AlertFactory(topic="instrument:cit-lsa", topics=["instrument:cit-lsa"], level=Alert.Level.EVERYONE)
    page = officer.get("/?as_of=2000-04-20").context
    shown = [need for _, _, needs in page["sections"] for need in needs]
    _, rows = read(officer, "/?as_of=2000-04-20")
    assert len(page["passed_on"]) == 1
    assert [row["needs"] for row in rows[:1]] == ["Nobody has acknowledged these"]
    assert [(row["what"], row["why"], row["ref"]) for row in rows[1:]] == [
        (need.title, need.sentence, need.ref) for need in shown
    ]
    head, rows = read(officer, "/?as_of=2000-04-20&desk=nowhere")
    assert head["filter"] == "Desk: nowhere"
    assert [row["instrument"] for row in rows] == ["cit-lsa"]  # what nobody acknowledged is not narrowed


def test_the_watch_goes_through_all_its_pages(register: Register, officer: Client) -> None:
    many(register.desk, 30)
    raw([
        Payment(ref="p", instrument=found, kind="interest", due=datetime(2002, 1, 1 + found.pk % 20).date())  # noqa: DTZ001
        for found in Instrument.objects.filter(ref__startswith="large-n")
    ])  # fmt: skip
    for number, pk in enumerate(Instrument.objects.filter(ref__startswith="large-n").values_list("pk", flat=True)):
        Instrument.objects.filter(pk=pk).regroup(1000 + number)
    shown, address = [], "/?as_of=2002-03-01"
    for page in range(1, 4):
        context = officer.get(f"{address}&page={page}").context
        shown += [need.ref for _, _, needs in context["sections"] for need in needs]
        if not context["more"]:
            break
    assert page > 1
    assert [row["ref"] for row in read(officer, address)[1]] == shown


@pytest.mark.parametrize("show", ["open", "snoozed", "all"])
def test_the_inbox_has_all_its_pages_in_their_order(register: Register, officer: Client, show: str) -> None:
    me = register.people["officer"]
    for number in range(70):
        AlertFactory(
            recipient=me,
            urgent=number % 2 == 0,
            content={"heading": f"=Heading {number}", "what": "It ends.", "why": ["a", "b"], "path": "/"},
            snoozed_until=datetime.fromisoformat("2199-01-01T00:00Z") if number % 7 == 0 else None,
        )
    shown: list[Alert] = []
    for page in range(1, 9):
        found = officer.get(f"/alerts/?show={show}&page={page}").context["page"]
        shown += list(found)
        if not found.has_next():
            break
    head, rows = read(officer, f"/alerts/?show={show}&page=2")
    assert [int(row["alert"]) for row in rows] == [alert.pk for alert in shown]
    assert head["filter"] == {"open": "open", "snoozed": "put off", "all": "all"}[show]
    assert {row["why"] for row in rows if row["heading"].startswith("'=Heading")} == {"a; b"}


def test_dead_alerts_are_those_that_the_reader_may_open(register: Register) -> None:
    for person in ("officer", "stranger"):
        AlertFactory(recipient=register.people[person], topic="", state="dead", note=f"550 {person}")
    for person, seen in (("officer", ["550 officer"]), ("auditor", ["550 officer", "550 stranger"])):
        _, rows = read(register.client(person), "/alerts/dead/")
        assert [row["why"] for row in rows] == seen


@pytest.mark.parametrize("path", ["/calendar/?month=2000-05", "/calendar/?month=2000-05&kind=payment"])
def test_the_calendar_has_the_days_of_its_month(officer: Client, path: str) -> None:
    weeks = officer.get(path).context["weeks"]
    head, rows = read(officer, path)
    for day in (day for week in weeks for day in week):
        on = [row["what"] for row in rows if row["date"] == day["on"].isoformat()]
        shown = [turn.words for turn in day["turns"]]
        assert (on[: len(shown)], len(on)) == (shown, len(shown) + day["more"])
    assert "From: 2000-05-01; To: 2000-06-04; Dates: " in head["filter"]


def test_the_agenda_has_more_than_its_page_can_hold(officer: Client) -> None:
    debt = Instrument.objects.get(ref="jr14")
    raw([Payment(ref=f"p{n}", instrument=debt, kind="fee", due=f"2000-06-{1 + n % 28:02}") for n in range(500)])
    path = "/calendar/agenda/?as_of=2000-06-01&kind=payment"
    page = officer.get(path).context
    _, rows = read(officer, path)
    assert page["more"] > 0
    assert len(rows) == sum(len(turns) for _, turns in page["days"]) + page["more"]


def test_the_position_has_each_instrument_and_what_holds_it_back(officer: Client) -> None:
    head, rows = read(officer, "/borrowers/lpc/?as_of=2000-03-01")
    [cit] = [row for row in rows if row["instrument"] == "cit-lsa"]
    assert (cit["state"], cit["waived through"]) == ("waived", "2000-04-30")
    assert "waived through 2000-04-30 by cit-2000-01-31" in cit.values()
    assert head["filter"] == "Borrower: lpc"
    assert len(rows) == len(officer.get("/borrowers/lpc/?as_of=2000-03-01").context["matrix"].rows)
    # A root cause is a column each, also beyond those that the page has room for.
    many_roots = [PaymentFactory(instrument=Instrument.objects.get(ref="jr14"), due="2000-02-01") for _ in range(12)]
    _, rows = read(officer, "/borrowers/lpc/?as_of=2000-03-01")
    assert len(rows[0]) >= 6 + len(many_roots)


def test_the_coverage_has_a_row_for_each_payment_and_creditor(officer: Client) -> None:
    path = "/borrowers/lpc/coverage/?as_of=2000-03-01"
    page = officer.get(path).context
    _, rows = read(officer, path)
    shown = [
        (item["row"].payment.ref, creditor[0], cell.cover if cell else "", "; ".join(cell.waivers) if cell else "")
        for item in page["rows"]
        for creditor, (cell, _) in zip(page["creditors"], item["cells"], strict=True)
    ]
    assert [(row["payment"], row["creditors' instrument"], row["cover"], row["waivers"]) for row in rows] == shown
    assert {"covered", ""} <= {row["cover"] for row in rows}


def test_what_if_has_both_positions_and_says_what_was_supposed(officer: Client) -> None:
    head, rows = read(officer, WHAT_IF)
    assert head["filter"] == "Borrower: lpc; If the holder: remedy, jr14; On: 2000-03-15"
    [cit] = [row for row in rows if row["instrument"] == "cit-lsa"]
    assert (cit["as recorded"], cit["waived through"], cit["if so"]) == ("waived", "2000-04-30", "event_of_default")


def test_a_schedule_has_every_payment(register: Register, officer: Client) -> None:
    debt = Instrument.objects.get(ref="jr-conv")
    raw([Payment(ref=f"p{n}", instrument=debt, kind="interest", due=f"20{10 + n}-02-01") for n in range(80)])
    page = officer.get("/instruments/jr-conv/?as_of=2000-03-01").context
    _, rows = read(officer, "/instruments/jr-conv/?as_of=2000-03-01")
    assert len(page["payments"]) < page["payment_count"] == len(rows)
    [moved] = [row for row in rows if row["deferrals"]]
    assert (moved["first due"], moved["due"], moved["stands"]) == ("2000-02-01", "2000-05-01", "deferred")
    assert moved["deferrals"].startswith("to 2000-05-01 from 2000-0")


def test_a_search_gives_all_that_is_found_and_not_only_the_first_of_each(register: Register, officer: Client) -> None:
    many(register.desk, 30)
    page = officer.get("/search/?q=large").context["groups"]
    head, rows = read(officer, "/search/?q=large")
    assert head["filter"] == "Words: large"
    assert sum(len(group.found) for group in page) < len(rows) == 1 + 30 + 30 + 60
    for group in page:
        firsts = [row["ref"] for row in rows if row["group"] == group.name][: len(group.found)]
        assert firsts == [found.ref for found in group.found]


def test_an_excerpt_in_a_file_has_no_markup(officer: Client) -> None:
    _, rows = read(officer, "/search/?q=waiver")
    words = [row["words"] for row in rows if row["words"]]
    assert words
    assert not [text for text in words if "<" in text or "&" in text]


def test_counsels_acts_are_those_that_the_reader_may_see(register: Register) -> None:
    HolderActionFactory(instrument=Instrument.objects.get(ref="sr-sub"), ref="moved")
    HolderActionFactory(ref="hidden")
    for person, seen in (("officer", ["moved"]), ("auditor", ["hidden", "moved"]), ("stranger", [])):
        _, rows = read(register.client(person), "/exports/holder-actions.csv?as_of=2199-01-01")
        assert sorted(row["action"] for row in rows) == seen


# Registers whose columns are plain


@pytest.mark.slow
@EACH
def test_a_register_of_plain_columns_is_the_same_by_the_database_and_by_hand(register: Register, name: str) -> None:
    many(register.desk, 30)
    of = REGISTERS[name]
    columns = [column for column in of.columns if column.path]
    assert len(columns) >= 5
    for user in ("officer", "auditor"):
        for moment in (NOW, replace(NOW, known_at=RECORDED)):
            rows = of.rows_for(register.people[user], moment)
            some = columns if moment is NOW else [column for column in columns if "__" not in column.path]
            for column in (column for column in of.columns if column.order):
                for order in (Order(column.order), Order(column.order, descending=True)):
                    found = listing_of(of, rows, order, some, moment, ())
                    assert isinstance(found.rows, Plain)
                    by_hand = replace(found, rows=_cells(of, rows, order, some, moment))
                    assert data(found) == data(by_hand)


def data(listing: Listing) -> bytes:
    return b"".join(line for line, _ in lines_of(listing, []))


def test_a_register_with_an_answer_of_the_rules_or_of_a_past_key_is_read_by_hand(register: Register) -> None:
    rows = WAIVERS.rows_for(register.people["officer"], NOW)
    order = Order(("ref",))
    past = replace(NOW, known_at=RECORDED)
    for names, moment, plain in (
        (["ref", "title", "instrument"], NOW, True),
        (["ref", "title"], past, True),
        (["ref", "instrument"], past, False),
        (["ref", "state"], NOW, False),
        (["ref", "last-day"], NOW, False),
    ):
        found = listing_of(WAIVERS, rows, order, WAIVERS.chosen(names), moment, ())
        assert isinstance(found.rows, Plain) == plain, names
