"""A list's page: the states that come later, the file, views that are kept, and what it costs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Instrument, InstrumentParty, Party
from audit.exports import safe_cell
from audit.paging import cursor_of
from audit.signing import signed
from tests.factories import (
    SavedViewFactory,
    WaiverFactory,
)
from tests.integration.screens.conftest import BY, LEXINGTON, Register, load, tenfold
from tests.integration.screens.lists import EACH, LEX, many, raw, refs, rows, text
from waivers.models import SavedView, Waiver
from waivers.registers import REGISTERS
from waivers.views.registers import MOST_VIEWS, PER_PAGE

pytestmark = pytest.mark.django_db

# What the rules say


def test_a_page_comes_without_the_states_and_asks_for_them_once(officer: Client) -> None:
    page = text(officer, "/notes/?as_of=2000-03-01")
    assert page.count('class="pending-state"') == 2 * 4
    assert 'hx-get="?as_of=2000-03-01&amp;derived=1" hx-trigger="load" hx-swap="none"' in page
    assert '<noscript><p><a href="?as_of=2000-03-01&amp;derived=1">Show the states</a>' in page
    assert "Event of default" not in page


def test_the_states_come_as_a_fragment_for_the_same_cells(officer: Client) -> None:
    asked = "/notes/?as_of=2000-03-01"
    pending = [cell.id for row in rows(officer, asked) for cell in row if cell.column.derived]
    response = officer.get(f"{asked}&derived=1", headers={"HX-Request": "true"})
    fragment = response.content.decode()
    assert [cell.id for cell in response.context["cells"]] == pending
    assert fragment.count('hx-swap-oob="true"') == len(pending) == 8
    for said in ("Event of default", "Waived", "30 April 2000, Sun", "no end stated", 'id="states-said"'):
        assert said in fragment
    assert "<html" not in fragment


def test_without_javascript_the_whole_page_comes_with_them(officer: Client) -> None:
    page = text(officer, "/waivers/?as_of=2000-03-01&derived=1")
    assert "<html" in page
    assert page.count("In force") == 4
    assert "hx-trigger" not in page.partition("<main")[2]
    assert "Event of default" in text(officer, "/borrowers/?as_of=2000-03-01&derived=1")


def test_the_columns_are_those_chosen_and_no_state_is_asked_for_in_vain(officer: Client) -> None:
    response = officer.get("/waivers/?columns=granted&columns=title&columns=none")
    assert [h.column.name for h in response.context["headings"]] == ["ref", "title", "granted"]
    assert b"derived=1" not in response.content
    assert b"Tri-Links Investment Trust" in response.content


def test_an_extension_names_what_it_extends_and_a_borrower_its_desk(register: Register, officer: Client) -> None:
    first = Waiver.objects.get(ref="cit-2000-01-31")
    WaiverFactory(ref="again", instrument=first.instrument, extends=first)
    [row] = rows(officer, "/waivers/?q=again&columns=extends")
    assert row[1].links[0].ref == "cit-2000-01-31"
    [row] = rows(officer, "/borrowers/")
    assert {cell.column.name: cell.text for cell in row if not cell.pending}["desk"] == "Work-outs (fictional)"


# The file


def file_of(client: Client, path: str) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """The head, the columns and the rows of the file of a list."""
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    found = list(csv.reader(io.StringIO(b"".join(response).decode(), newline="")))
    assert [line[0] for line in found[:5]] == ["export", "as of", "known at", "made at", "filter"]
    assert found[5] == []
    return dict(found[:5]), found[6], found[7:]


def cell_text(value: Any) -> str:
    return safe_cell("; ".join(map(str, value)) if isinstance(value, list) else value)


@pytest.mark.slow
@EACH
def test_the_file_has_what_all_the_pages_show(register: Register, officer: Client, name: str) -> None:
    load(tenfold(LEXINGTON), register.desk)
    of = REGISTERS[name]
    every = "&".join(f"columns={column.name}" for column in of.columns)
    sortable = [column.name for column in of.columns if column.order]
    for asked in (f"?as_of=2000-03-01&sort=-{sortable[-1]}&{every}", "?as_of=2000-03-01&q=b"):
        shown: list[list[str]] = []
        address = f"{asked}&derived=1"
        while address:
            response = officer.get(f"/{name}/{address}")
            shown += [[cell_text(cell.value) for cell in row] for row in response.context["rows"]]
            headings = [heading.column.heading.lower() for heading in response.context["headings"]]
            address = response.context["later"]
        head, columns, lines = file_of(officer, f"/{name}/{asked}&format=csv")
        assert (columns, lines) == (headings, shown)
        assert (head["export"], head["as of"], head["known at"]) == (name, "2000-03-01", "now")
        assert head["filter"] == ("Words: b" if "q=b" in asked else "none")
        assert any("waived" in line or "in_force" in line or "event_of_default" in line for line in lines)


def test_the_link_to_the_file_keeps_filter_order_and_columns(officer: Client) -> None:
    link = officer.get("/waivers/?q=cit&sort=-title&columns=from&after=&known_at=2000-02-15").context["file"]
    _, columns, lines = file_of(officer, f"/waivers/{link}")
    assert columns == ["waiver", "title", "effective from"]  # what it is sorted by is always shown
    assert lines == [["cit-2000-01-31", "Agreement (Exhibit 10-106)", "2000-01-31"]]


def test_a_formula_in_a_title_is_none_in_the_file(register: Register, officer: Client) -> None:
    with signed(BY, "as the paper has it"):
        waiver = Waiver.objects.get(ref="cit-2000-01-31")
        waiver.title = "=1+1"
        waiver.save()
    assert ["cit-2000-01-31", "'=1+1"] in file_of(officer, "/waivers/?columns=title&format=csv")[2]


def test_a_file_of_a_filter_that_cannot_be_read_is_refused_with_a_sentence(officer: Client) -> None:
    for asked, said in (
        ("last_day_from=x", "Last day from"),
        ("as_of=x", "As of must be"),
        ("sort=x", "no such order"),
    ):
        response = officer.get(f"/waivers/?format=csv&{asked}")
        assert (response.status_code, said in response.content.decode()) == (400, True)


# Views that are kept


def save(client: Client, **given: str) -> str:
    """What the page says after saving."""
    response = client.post("/views/save/", {"page": "waivers", "query": "", "name": "", **given}, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_view_is_kept_under_a_name_and_replaced_under_the_same(register: Register, officer: Client) -> None:
    query = "q=cit&term=&sort=-from&columns=title&columns=kind&as_of=2000-01-01&after=x&format=csv&evil=1"
    assert "Saved as “CIT”." in save(officer, name="  CIT ", query=query)
    view = SavedView.objects.get()
    assert (view.owner, view.page, view.name) == (register.people["officer"], "waivers", "CIT")
    assert view.query == "q=cit&sort=-from&columns=title&columns=kind"
    assert '<a href="/waivers/?q=cit&amp;sort=-from' in text(officer, "/waivers/")
    assert "as_of=2000-03-01" in text(officer, "/waivers/?as_of=2000-03-01").partition(">CIT<")[0][-60:]
    assert "“CIT” was there; it is replaced" in save(officer, name="CIT", query="q=jr")
    assert SavedView.objects.get().query == "q=jr"
    assert ">CIT<" not in text(officer, "/notes/")
    assert ">CIT<" not in text(register.client("colleague"), "/waivers/")


def test_a_list_opens_as_its_owner_said_and_all_of_it_is_a_link_away(register: Register, officer: Client) -> None:
    assert "This list opens like this from now on." in save(officer, query="q=cit")
    response = officer.get("/waivers/?as_of=2000-03-01")
    assert response["Location"] == "/waivers/?q=cit&as_of=2000-03-01"
    page = officer.get("/waivers/", follow=True)
    assert [cell.links[0].ref for cell, *_ in page.context["rows"]] == ["cit-2000-01-31"]
    assert '<a href="/waivers/?all=1">all</a>' in page.content.decode()
    assert refs(officer, "/waivers/?all=1") == LEX
    assert refs(register.client("colleague"), "/waivers/") == LEX
    save(officer, query="")  # as everybody's again
    assert refs(officer, "/waivers/") == LEX


def test_a_view_is_deleted_by_its_owner_alone(register: Register, officer: Client) -> None:
    own = SavedViewFactory(owner=register.people["officer"], name="Mine", query="q=cit")
    theirs = SavedViewFactory(owner=register.people["colleague"], name="Theirs")
    assert officer.get(f"/views/{own.pk}/delete/").status_code == 405
    assert officer.post(f"/views/{theirs.pk}/delete/").status_code == 404
    assert officer.post(f"/views/{2**70}/delete/").status_code == 404
    assert "Deleted “Mine”." in officer.post(f"/views/{own.pk}/delete/", follow=True).content.decode()
    assert list(SavedView.objects.all()) == [theirs]


def test_what_cannot_be_kept_is_told_and_not_kept(register: Register, officer: Client) -> None:
    assert officer.get("/views/save/").status_code == 405
    assert officer.post("/views/save/", {"page": "exports", "name": "x"}).status_code == 404
    assert "at most 80 letters" in save(officer, name="x" * 81)
    assert "more in its address than can be kept" in save(officer, name="x", query=f"q={'y' * 1000}")
    assert not SavedView.objects.exists()
    for _ in range(MOST_VIEWS):
        SavedViewFactory(owner=register.people["officer"])
    assert f"has {MOST_VIEWS} views already" in save(officer, name="One more")
    assert SavedView.objects.count() == MOST_VIEWS


# What it costs


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "&derived=1", "&known_at=2000-02-15", "&sort=-maturity"])
def test_ten_times_the_rows_take_no_more_queries(register: Register, officer: Client, more: str) -> None:
    def queries() -> dict[str, int]:
        counted = {}
        for name in REGISTERS:
            with CaptureQueriesContext(connection) as found:
                assert officer.get(f"/{name}/?q={more}").context["rows"]
            counted[name] = len(found)
        return counted

    few = queries()
    load(tenfold(LEXINGTON), register.desk)
    for name, count in queries().items():
        assert count <= few[name], name  # one fewer where a full page need not look at those without a value
    assert max(few.values()) <= (40 if "derived" in more else 18), few


DEEP = [
    ("borrowers", "name", "agreements_party", "party_by_name"),
    ("agreements", "title", "agreements_instrument", "instrument_by_title"),
    ("notes", "-principal", "agreements_instrument", "instrument_by_principal"),
    ("notes", "maturity", "agreements_instrument", "instrument_by_maturity"),
    ("waivers", "ref", "waivers_waiver", ""),
    ("waivers", "-title", "waivers_waiver", "waiver_by_title"),
    ("waivers", "from", "waivers_waiver", "waiver_by_first_day"),
    ("waivers", "-last-day", "waivers_waiver", "waiver_by_"),  # or PostgreSQL takes `waiver_by_end`
    ("waivers", "executed", "waivers_waiver", "waiver_by_execution"),
]


@pytest.fixture
def large(register: Register) -> Register:
    """Some thousand rows of each list, which the database has counted."""
    many(register.desk, 2500)
    parties = raw([Party(ref=f"debtor-{n}", name=f"Debtor {n % 700}", desk=register.desk) for n in range(3000)])
    debt = Instrument.objects.get(ref="large-n-1")
    raw([InstrumentParty(instrument=debt, party=party, role="obligor") for party in parties])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return register


@pytest.mark.slow
@pytest.mark.parametrize("person", ["officer", "auditor"])
def test_a_page_deep_in_a_list_is_sought_in_an_index_and_nothing_is_scanned(large: Register, person: str) -> None:
    client = large.client(person)
    for name, sort, table, index in DEEP:
        order = REGISTERS[name].order_of(sort)[1]
        found = REGISTERS[name].rows(None)
        row = found.order_by(*(f"{'-' * order.descending}{column}" for column in (*order.columns, "id")))[1200]
        if getattr(row, order.columns[0]) is None:
            row = found.filter(**{f"{order.columns[0]}__isnull": False}).first()
        address = f"/{name}/?sort={sort}&after={cursor_of(row, order)}"
        with CaptureQueriesContext(connection) as asked:
            assert len(rows(client, address)) == PER_PAGE
        [sql] = [q["sql"] for q in asked if f'ORDER BY "{table}"' in q["sql"] and f"LIMIT {PER_PAGE + 1}" in q["sql"]]
        plan = explained(sql)
        assert (f"{index}" in plan) if index else ("ref" in plan), (name, sort, plan)
        assert not scanned(plan, table), f"{name} {sort}\n{plan}"


def explained(sql: str) -> str:
    with connection.cursor() as asked:
        asked.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return "\n".join(str(line[-1]) for line in asked.fetchall())


def scanned(plan: str, table: str) -> bool:
    """Whether the table is read from its end or its beginning, or sorted as a whole."""
    if connection.vendor == "sqlite":
        return f"SCAN {table}" in plan or "TEMP B-TREE FOR ORDER BY" in plan
    sorts = "->  Sort " in plan
    sought = any("Index Cond" in line and (">" in line or "<" in line) for line in plan.splitlines())
    return f"Seq Scan on {table}" in plan or sorts or not sought
