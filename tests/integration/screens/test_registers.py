"""The lists: paging, every order, every filter, whose they are, and what was known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.models import Instrument, Party
from agreements.querysets import FEW
from audit.paging import Order, Page, count_of, page_of, walk
from audit.signing import signed
from notes.models import NoteSeries
from tests import personas
from tests.factories import (
    DeskFactory,
    InstrumentFactory,
    InstrumentPartyFactory,
    PartyFactory,
    WaiverFactory,
)
from tests.integration.screens.conftest import BY, LEXINGTON, Register, load, tenfold
from tests.integration.screens.lists import EACH, LATER, LEX, many, raw, refs, text
from waivers.filters import TERMS, WaiverFilters
from waivers.models import Waiver
from waivers.registers import REGISTERS, last_day_of
from waivers.views.registers import PER_PAGE

pytestmark = pytest.mark.django_db

# Paging


def expected(found: list[Any], order: Order) -> list[int]:
    """The ids in their order: nulls last whichever way it goes."""

    def key(row: Any) -> tuple[Any, ...]:
        return (*(getattr(row, column) for column in order.columns), row.id)

    known = sorted((row for row in found if key(row)[0] is not None), key=key, reverse=order.descending)
    tail = [row for row in found if key(row)[0] is None]
    return [row.id for row in (*known, *sorted(tail, key=lambda row: key(row)[1:], reverse=order.descending))]


def forward(found: Any, order: Order, size: int) -> list[Page]:
    pages = [page_of(found, order, size=size)]
    while pages[-1].after:
        pages.append(page_of(found, order, size=size, after=pages[-1].after))
    return pages


def back(found: Any, order: Order, size: int, last: Page) -> list[Page]:
    pages = [last]
    while pages[0].before:
        pages.insert(0, page_of(found, order, size=size, before=pages[0].before))
    return pages


def ids(pages: list[Page]) -> list[int]:
    return [row.id for page in pages for row in page.rows]


DAYS = st.dates(date(2000, 1, 1), date(2000, 1, 4))
WAIVERS = st.tuples(st.sampled_from(["a", "b", "bb", "c"]), DAYS, st.none() | DAYS, st.none() | DAYS, st.booleans())
AMOUNTS = st.none() | st.decimals("0.00", "3.00", places=2)


def write(made: list[tuple[Any, ...]]) -> None:
    """Waivers of one instrument, as `WAIVERS` draws them."""
    under = InstrumentFactory()
    for number, (title, begins, executed, ends, inclusive) in enumerate(made):
        ends = max(ends, begins) if ends else None
        own = {"until_date": ends, "until_inclusive": bool(ends and inclusive), "dated_as_of": begins}
        raw([Waiver(ref=f"w{number}", instrument=under, title=title, effective_from=begins, executed=executed, **own)])


@pytest.mark.slow
@pytest.mark.parametrize("columns", [("title",), ("effective_from",), ("executed",), ("until_date", "until_inclusive")])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(made=st.lists(WAIVERS, max_size=12), descending=st.booleans(), size=st.integers(1, 5))
def test_all_pages_forward_and_back_give_each_waiver_once_in_order(
    db: None, columns: tuple[str, ...], made: list[tuple[Any, ...]], descending: bool, size: int
) -> None:
    order = Order(columns, descending=descending)
    with transaction.atomic():
        write(made)
        found = Waiver.objects.all()
        assert_walked(found, order, size)
        transaction.set_rollback(True)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(amounts=st.lists(AMOUNTS, max_size=12), descending=st.booleans(), size=st.integers(1, 5))
def test_all_pages_forward_and_back_give_each_amount_once_in_order(
    db: None, amounts: list[Any], descending: bool, size: int
) -> None:
    with transaction.atomic():
        for number, amount in enumerate(amounts):
            made = Instrument(ref=f"i{number}", kind="note_series", title="N", monitored_from=date(2000, 1, 1))
            made.principal_outstanding = amount
            raw([made])
        assert_walked(Instrument.objects.all(), Order(("principal_outstanding",), descending=descending), size)
        transaction.set_rollback(True)


def assert_walked(found: Any, order: Order, size: int) -> None:
    wanted = expected(list(found), order)
    pages = forward(found, order, size)
    assert ids(pages) == wanted
    assert all(len(page.rows) == size for page in pages[:-1])
    assert ids(back(found, order, size, pages[-1])) == wanted
    assert [row.id for some in walk(found, order, size=size) for row in some] == wanted
    assert not any(page.fault for page in pages)


def test_rows_that_are_added_meanwhile_move_no_page(db: None) -> None:
    under = InstrumentFactory()
    for ref in ("b", "d", "f", "h"):
        WaiverFactory(ref=ref, instrument=under)
    order, found = Order(("ref",)), Waiver.objects.all()
    first = page_of(found, order, size=2)
    for ref in ("a", "c", "e", "g"):
        WaiverFactory(ref=ref, instrument=under)
    second = page_of(found, order, size=4, after=first.after)
    assert [row.ref for row in second.rows] == ["e", "f", "g", "h"]
    assert [row.ref for row in page_of(found, order, size=4, before=second.before).rows] == ["a", "b", "c", "d"]


def test_a_place_beyond_which_nothing_is_left_is_the_beginning_with_a_sentence(db: None) -> None:
    under = InstrumentFactory()
    kept, *_ = (WaiverFactory(ref=ref, instrument=under, title=ref) for ref in "abc")
    order = Order(("title",))
    first = page_of(Waiver.objects.all(), order, size=1)
    page = page_of(Waiver.objects.filter(pk=kept.pk), order, size=1, after=first.after)
    assert ([row.ref for row in page.rows], "Nothing lies beyond" in page.fault) == (["a"], True)
    assert (page.before, page.after) == ("", "")
    assert page_of(Waiver.objects.none(), order, size=1).rows == []


def test_the_count_stops_at_a_thousand(register: Register) -> None:
    assert str(count_of(Waiver.objects.all())) == "4"
    many(register.desk, 500)
    assert str(count_of(Waiver.objects.exclude(instrument__title="x").filter(ref__startswith="large"))) == "1,000"
    assert str(count_of(Waiver.objects.all())) == "1,000+"


# What is listed, in which order


def test_each_list_has_what_it_is_named_for(officer: Client) -> None:
    assert refs(officer, "/borrowers/") == ["lpc"]  # and none of the creditors
    assert refs(officer, "/agreements/") == ["cit-lsa"]
    assert refs(officer, "/notes/") == ["sr-unsec", "sr-sub", "jr14", "jr-conv"]
    assert refs(officer, "/waivers/") == sorted(waiver["ref"] for waiver in LEXINGTON["waivers"])


@pytest.mark.slow
@EACH
def test_every_order_is_that_of_its_column_and_says_so(register: Register, officer: Client, name: str) -> None:
    load(tenfold(LEXINGTON), register.desk)
    many(register.desk, 20)
    of = REGISTERS[name]
    for column in of.columns:
        for sign, said in (("", "ascending"), ("-", "descending")) if column.order else ():
            order = Order(column.order, descending=bool(sign))
            found = of.rows_for(register.people["officer"], officer.get("/waivers/").wsgi_request.moment)
            wanted = [row.ref for some in walk(found, order, size=1000) for row in some]
            shown: list[str] = []
            address = f"?sort={sign}{column.name}"
            while address:
                response = officer.get(f"/{name}/{address}")
                shown += [cell.links[0].ref for cell, *_ in response.context["rows"]]
                page = response.content.decode()
                assert page.count("aria-sort=") == 1
                assert f'aria-sort="{said}"' in page
                address = response.context["later"]
            assert shown == wanted
            assert len(set(shown)) == found.count()


def test_a_heading_turns_the_order_round_and_begins_again(officer: Client) -> None:
    headings = {h.column.name: h for h in officer.get("/waivers/?sort=title&q=a").context["headings"]}
    assert headings["title"].address == "?q=a&sort=-title"
    assert headings["last-day"].address == "?q=a&sort=last-day"
    assert headings["state"].address == ""


@pytest.mark.parametrize("path", ["/waivers/?sort=status", "/notes/?sort=-x", "/borrowers/?sort=%00"])
def test_an_order_that_there_is_not_is_told_in_a_sentence(officer: Client, path: str) -> None:
    assert "no such order" in text(officer, path)


@pytest.mark.parametrize("name", REGISTERS)
@pytest.mark.parametrize("place", ["after=x", "before=x", "after=%00", "before=x:y", "after=W1tdXQ:x"])
def test_a_bad_place_is_the_first_page_with_a_sentence(officer: Client, name: str, place: str) -> None:
    page = text(officer, f"/{name}/?{place}")
    assert "could not be read" in page
    assert refs(officer, f"/{name}/?{place}") == refs(officer, f"/{name}/")


@pytest.mark.slow
def test_a_place_of_another_order_is_a_bad_one(register: Register, officer: Client) -> None:
    many(register.desk, PER_PAGE)
    later = officer.get("/waivers/?sort=title").context["later"]
    assert "could not be read" not in text(officer, f"/waivers/{later}")
    assert "could not be read" in text(officer, f"/waivers/{later.replace('sort=title', 'sort=from')}")


@pytest.mark.slow
def test_the_pages_lead_on_and_back_with_filter_and_moment_kept(register: Register, officer: Client) -> None:
    many(register.desk, PER_PAGE)
    first = officer.get("/waivers/?q=large&as_of=2001-01-01")
    second = officer.get(f"/waivers/{first.context['later']}")
    assert "q=large" in first.context["later"]
    assert "as_of=2001-01-01" in first.context["later"]
    assert (first.context["earlier"], second.context["later"]) == ("", "")
    again = officer.get(f"/waivers/{second.context['earlier']}")
    assert [row[0].value for row in again.context["rows"]] == [row[0].value for row in first.context["rows"]]
    assert "50 waivers" in " ".join(first.content.decode().split())


# Filters


DRAFT = {"executed": None, "title": "A draft"}
OVER = {"until_date": date(2000, 2, 1), "until_inclusive": False, "title": "Over"}
TO_COME = {"effective_from": date(2000, 6, 1), "until_date": date(2000, 7, 1), "kind": "forbearance"}


@pytest.fixture
def varied(register: Register) -> Register:
    """Lexington, and on another desk of the same officer a borrower with an officer, an agreement and more waivers."""
    other = DeskFactory(ref="east")
    officer = register.people["officer"]
    with signed(BY, "test"):
        officer.desk_memberships.model(desk=other, user=officer).save()
    party = PartyFactory(ref="acme", name="Acme (fictional)", desk=other, officer=officer)
    debt = InstrumentFactory(
        ref="acme-ca", kind="credit_agreement", title="Acme Loan", stated_maturity=date(2003, 1, 1)
    )
    InstrumentPartyFactory(instrument=debt, party=party)
    for ref, own in {"draft": DRAFT, "over": OVER, "to-come": TO_COME}.items():
        WaiverFactory(ref=ref, instrument=debt, **own)
    return register


WITH_END, WITHOUT = ["cit-2000-01-31", "tri-links-2000-01-31"], ["jr-conv-2000-01-31-cross", "jr-conv-2000-01-31-own"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("borrowers/?q=ACME", ["acme"]),
        ("borrowers/?q=lp", ["lpc"]),
        ("borrowers/?desk=east", ["acme"]),
        ("borrowers/?officer=officer", ["acme"]),
        ("agreements/?q=security", ["cit-lsa"]),
        ("agreements/?desk=east", ["acme-ca"]),
        ("agreements/?officer=officer", ["acme-ca"]),
        ("agreements/?maturity_from=2003-01-01", ["acme-ca"]),
        ("agreements/?maturity_from=2003-01-02", []),
        ("agreements/?maturity_to=2003-01-01", ["acme-ca"]),
        ("agreements/?maturity_to=2002-12-31", []),
        ("notes/?q=sr-", ["sr-unsec", "sr-sub"]),
        ("notes/?desk=east", []),
        ("notes/?ranking=junior_subordinated", ["jr14", "jr-conv"]),
        ("notes/?ranking=junior_subordinated&q=conv", ["jr-conv"]),
        ("notes/?maturity_to=2000-02-01", ["sr-sub"]),
        ("waivers/?q=4-13", WITHOUT),
        ("waivers/?desk=east", ["draft", "over", "to-come"]),
        ("waivers/?officer=officer", ["draft", "over", "to-come"]),
        ("waivers/?kind=forbearance", ["to-come"]),
        ("waivers/?last_day_from=2000-04-30", ["cit-2000-01-31", "draft", "to-come", "tri-links-2000-01-31"]),
        ("waivers/?last_day_from=2000-05-01", ["to-come"]),
        ("waivers/?last_day_to=2000-04-30", ["cit-2000-01-31", "draft", "over", "tri-links-2000-01-31"]),
        ("waivers/?last_day_to=2000-04-29", ["over"]),
        ("waivers/?last_day_from=2000-04-30&last_day_to=2000-04-30&kind=waiver&q=cit", ["cit-2000-01-31"]),
        ("waivers/?term=draft&as_of=2000-03-01", ["draft"]),
        ("waivers/?term=to_come&as_of=2000-03-01", ["to-come"]),
        ("waivers/?term=running&as_of=2000-04-30", WITH_END),
        ("waivers/?term=running&as_of=2000-05-01", []),
        ("waivers/?term=over&as_of=2000-01-31", []),
        ("waivers/?term=over&as_of=2000-02-01", ["over"]),
        ("waivers/?term=over&as_of=2000-05-01", ["cit-2000-01-31", "over", "tri-links-2000-01-31"]),
        ("waivers/?term=no_end&as_of=2000-03-01", WITHOUT),
        ("waivers/?term=no_end&as_of=2000-01-01", []),
    ],
)
def test_each_filter_keeps_what_it_says(varied: Register, path: str, found: list[str]) -> None:
    client = varied.client("officer")
    assert refs(client, f"/{path}") == found
    if not found:
        page = text(client, f"/{path}")
        assert "matches." in page
        assert "Clear the filter" in page


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(made=st.lists(WAIVERS, max_size=8), on=DAYS, to=DAYS)
def test_on_any_date_each_waiver_is_in_one_term_and_the_last_days_are_those_of_the_words(
    db: None, made: list[tuple[Any, ...]], on: date, to: date
) -> None:
    with transaction.atomic():
        write(made)
        found = list(Waiver.objects.all())
        terms = {name: {row.ref for row in Waiver.objects.filter(of(on))} for name, (_, of) in TERMS.items()}
        assert sorted(ref for refs_of in terms.values() for ref in refs_of) == sorted(row.ref for row in found)
        for row in found:
            last = last_day_of(row)
            if row.executed and row.effective_from <= on and isinstance(last, date):
                assert row.ref in terms["running" if on <= last else "over"]
        asked = RequestFactory().get("/waivers/")
        asked.user = personas.auditor()
        for name, keeps in (("last_day_from", lambda day: day >= to), ("last_day_to", lambda day: day <= to)):
            filters = WaiverFilters({name: str(to)}, Waiver.objects.all(), request=asked)
            kept = {row.ref for row in filters.qs}
            assert kept == {r.ref for r in found if isinstance(last_day_of(r), date) and keeps(last_day_of(r))}
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("waivers/?last_day_from=2000-02-30", "Last day from: A date is written YYYY-MM-DD"),
        ("waivers/?last_day_to=9999-12-31", "Last day to: A date is written YYYY-MM-DD"),
        ("waivers/?desk=nobodys", "Desk: "),
        ("waivers/?term=x", "Term by its words: "),
        ("notes/?ranking=%00", "Ranking: "),
        ("agreements/?q=%00", "Words: "),
        ("borrowers/?officer=x", "Officer in charge: "),
        ("agreements/?maturity_from=x", "Matures from: "),
    ],
)
def test_a_filter_that_cannot_be_read_is_told_and_left_out(officer: Client, path: str, said: str) -> None:
    assert said in text(officer, f"/{path}")
    assert refs(officer, f"/{path}") == refs(officer, f"/{path.partition('?')[0]}")


def test_an_empty_register_says_so(register: Register) -> None:
    for name in REGISTERS:
        page = text(register.client("stranger"), f"/{name}/")
        assert f"There is no {REGISTERS[name].noun} here yet." in page
        assert "Clear" not in page


@pytest.mark.slow
def test_too_many_are_counted_no_further_than_a_thousand(register: Register, officer: Client) -> None:
    many(register.desk, 510)
    assert "1,000+ waivers · too many to go through" in text(officer, "/waivers/")
    assert "514 note series" in text(officer, "/notes/")
    assert "1 waiver ·" in text(officer, "/waivers/?q=tri-links")


# Who sees what


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, FEW])
def test_each_person_sees_the_same_as_by_visible_to_in_a_small_register_and_a_large_one(
    register: Register, count: int
) -> None:
    many(register.desk, count)
    many_of_others = DeskFactory()
    hidden = InstrumentFactory(ref="hidden")
    InstrumentPartyFactory(instrument=hidden, party=PartyFactory(ref="theirs", desk=many_of_others))
    WaiverFactory(ref="hidden", instrument=hidden)
    for name in ("officer", "colleague", "counsel", "auditor", "administrator", "stranger"):
        person = register.people[name]
        for model in (Instrument, Waiver, Party):
            seen = set(model.objects.limit_to_visible(model.objects.all(), person).values_list("ref", flat=True))
            assert seen == set(model.objects.visible_to(person).values_list("ref", flat=True)), (name, model)
            assert ("hidden" in seen or "theirs" in seen) == (name in ("counsel", "auditor", "administrator"))


def test_another_desks_records_are_in_no_list_no_choice_and_no_file(varied: Register) -> None:
    other = personas.UserFactory(username="other")
    with signed(BY, "test"):
        DeskMember = other.desk_memberships.model  # noqa: N806
        DeskMember(desk=DeskFactory(ref="west"), user=other).save()
    client = Client()
    client.force_login(other)
    for name in REGISTERS:
        page = text(client, f"/{name}/")
        page += b"".join(client.get(f"/{name}/?format=csv")).decode()
        for hidden in ("lpc", "Lexington", "acme", "east", "cit-", "officer<"):
            assert hidden not in page, name
        assert "Select a valid choice" in text(client, f"/{name}/?desk=east")


def test_who_has_left_sees_nothing(register: Register) -> None:
    gone = register.people["officer"]
    gone.is_active = False
    for model in (Instrument, Waiver, Party):
        assert not model.objects.limit_to_visible(model.objects.all(), gone).exists()


# As known at


@pytest.mark.slow
def test_a_list_as_known_at_a_moment_has_the_rows_of_then(register: Register, officer: Client) -> None:
    with signed(LATER, "the paper came in"):
        waiver = Waiver.objects.get(ref="cit-2000-01-31")
        waiver.title, waiver.executed = "Corrected", None
        waiver.save()
        party = Party.objects.get(ref="lpc")
        party.name = "Renamed (fictional)"
        party.save()
        series = NoteSeries.objects.get(instrument__ref="jr14")
        series.ranking = "senior"
        series.save()
        voided = Waiver.objects.get(ref="tri-links-2000-01-31")
        voided.recorded_in_error = True
        voided.save()
    then = "known_at=2000-02-15T12:00"
    assert "Corrected" in text(officer, "/waivers/")
    assert "Corrected" not in text(officer, f"/waivers/?{then}")
    assert refs(officer, f"/waivers/?{then}") == LEX
    assert "tri-links-2000-01-31" not in refs(officer, "/waivers/")
    assert refs(officer, "/waivers/?term=draft&as_of=2000-03-01") == ["cit-2000-01-31"]
    assert refs(officer, f"/waivers/?term=draft&as_of=2000-03-01&{then}") == []
    assert "Renamed" in text(officer, "/borrowers/") + text(officer, "/agreements/")
    for name in REGISTERS:
        assert "Renamed" not in text(officer, f"/{name}/?{then}")
        assert "known_at" in officer.get(f"/{name}/?{then}").context["file"]
    assert refs(officer, f"/notes/?ranking=senior&{then}") == ["sr-unsec"]
    assert "In force" in text(officer, f"/waivers/?{then}&as_of=2000-02-15&derived=1&q=cit")
    assert "Draft" in text(officer, "/waivers/?as_of=2000-02-15&derived=1&q=cit")


@EACH
def test_before_anything_was_known_a_list_says_so(officer: Client, name: str) -> None:
    assert f"The register knew of no {REGISTERS[name].noun} then." in text(
        officer, f"/{name}/?known_at=1999-12-31T12:00"
    )


@pytest.mark.slow
@EACH
def test_past_knowledge_is_paged_and_sorted_like_the_present(register: Register, officer: Client, name: str) -> None:
    for column in REGISTERS[name].columns:
        for sign in ("", "-") if column.order else ():
            asked = f"?sort={sign}{column.name}"
            assert refs(officer, f"/{name}/{asked}&known_at=2000-02-15T12:00") == refs(officer, f"/{name}/{asked}")
