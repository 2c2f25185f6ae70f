"""A borrower's pages: the matrix and its reasons, the timeline, the web, coverage, and what if."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.test import Client

from agreements.models import Instrument, InstrumentParty, Party
from agreements.operations import join_groups
from audit.signing import sign_for_the_system, signed
from tests.factories import (
    ClauseFactory,
    DeskFactory,
    HolderActionFactory,
    InstrumentFactory,
    InstrumentPartyFactory,
    PartyFactory,
    ScopeLineFactory,
    WaiverFactory,
)
from tests.integration.screens.conftest import BY, LEXINGTON, Register, load
from tests.integration.screens.recording import record
from tests.integration.screens.test_who_sees_what import ACTION
from waivers.models import Waiver

See = Callable[..., str]
MARCH = "/borrowers/lpc/?as_of=2000-03-01"
POPOVER = re.compile(r'popovertarget="(why-[^"]+)"')


def test_each_cell_opens_the_reasons_of_its_line_and_each_reason_is_there_once(see: See) -> None:
    page = see(MARCH)
    opened = POPOVER.findall(page)
    there = re.findall(r'popover id="(why-[^"]+)"', page)
    assert len(there) == len(set(there)) == 12
    assert set(opened) == set(there)


def test_the_matrix_has_a_row_for_each_instrument_and_says_what_stands_behind_it(see: See) -> None:
    page = see(MARCH)
    row = re.search(r'<tr id="debt-sr-unsec">(.*?)</tr>', page).group(1)
    assert "USD 7,500,000.00" in row
    assert row.count("Waived</span>") == 4  # its own state, and three root causes
    assert "not touched" in re.search(r'<tr id="debt-jr14">(.*?)</tr>', page).group(1)


def test_more_root_causes_than_fit_are_one_click_away(register: Register, see: See) -> None:
    document = copy.deepcopy(LEXINGTON)
    series = next(item for item in document["note_series"] if item["ref"] == "jr14")
    document = {**{name: document[name] for name in ("format", "title")}, "parties": [], "note_series": [series]}
    series |= {"ref": "many", "payments": [], "events_of_default": [{"ref": "p", "kind": "payment"}]}
    series["payments"] = [
        {"ref": f"q{month:02}", "kind": "interest", "due": f"1999-{month:02}-01"} for month in range(1, 13)
    ]
    load(document, register.desk)
    page = see(MARCH)
    assert "7 more root causes" in page
    assert page.count('<th scope="col">Interest due') == 8
    assert see(f"{MARCH}&roots=all").count('<br><span class="ref">') == 15


def test_the_timeline_says_the_same_in_words_and_the_slider_covers_its_days(see: See) -> None:
    page = see(MARCH)
    assert "waived from 1 February 2000, Tue through 30 April 2000, Sun, held back by cit-2000-01-31" in page
    first = date.fromisoformat(re.search(r'data-first="([^"]+)"', page).group(1))
    value = int(re.search(r'id="slider".*?value="(\d+)"', page).group(1))
    assert (date(2000, 3, 1) - first).days == value
    assert "style=" not in page


@pytest.mark.parametrize("span", ["quarter", "year", "three-years", "life", "nonsense"])
def test_every_stretch_of_the_timeline_can_be_drawn(see: See, span: str) -> None:
    assert "The timeline in words" in see(f"{MARCH}&span={span}")


def test_a_voided_and_a_disputed_act_are_told_apart(register: Register, see: See) -> None:
    act = HolderActionFactory(instrument=Instrument.objects.get(ref="sr-sub"), status="disputed")
    assert "Disputed, so not counted." in see(MARCH)
    with signed(BY, "test"):
        act.status = "recorded_in_error"
        act.save()
    assert "Disputed, so not counted." not in see(MARCH)


def test_links_keep_the_moment_and_the_shortcuts_lead_to_the_dates_that_matter(see: See) -> None:
    page = see(f"{MARCH}&known_at=2000-02-01 12:00")
    links = [urlsplit(unescape(link)) for link in re.findall(r'href="(/[^"]*)"', page)]
    inside = [link for link in links if link.path.startswith(("/waivers/", "/instruments/", "/exports/"))]
    assert len(inside) > 10
    for link in inside:
        asked = parse_qs(link.query)
        assert (asked["as_of"], asked["known_at"]) == (["2000-03-01"], ["2000-02-01 12:00:00"]), link
    shortcuts = re.findall(r'href="\?([^"]*)">([^<]+) <span>', page)
    dates = {said: parse_qs(unescape(query))["as_of"][0] for query, said in shortcuts}
    assert dates == {
        "‹ Turn before": "2000-02-01",
        "Next turn ›": "2000-05-01",
        "A waiver’s last day": "2000-04-30",
        "The day after": "2000-05-01",
    }


def test_the_moment_of_knowledge_is_shown_to_the_second(see: See) -> None:
    assert 'value="2000-02-01 12:00:23"' in see(f"{MARCH}&known_at=2000-02-01 12:00:23")


def test_no_address_of_a_page_drops_the_moment_that_is_looked_at(see: See) -> None:
    """Every link to a page that shows facts, from every page that does."""
    asked = "as_of=2000-04-20&known_at=2000-06-01 12:00:00"
    paths = ["/", "/borrowers/", "/waivers/", "/borrowers/lpc/", "/borrowers/lpc/coverage/", "/instruments/jr14/"]
    paths += ["/waivers/cit-2000-01-31/", "/calendar/", "/calendar/agenda/", "/search/?q=lexington"]
    paths += ["/borrowers/lpc/what-if/?kind=remedy&by=holder&instrument=jr14&on=2000-04-25"]
    facts = ("/borrowers/", "/agreements/", "/notes/", "/waivers/", "/instruments/", "/exports/", "/calendar/")
    for path in paths:
        page = see(f"{path}{'&' if '?' in path else '?'}{asked}")
        for link in re.findall(r'href="(/[^"]*)"', page):
            found = urlsplit(unescape(link))
            if found.path == "/" or (found.path.startswith(facts) and "feed" not in found.path):
                assert parse_qs(found.query).get("known_at") == ["2000-06-01 12:00:00"], (path, link)
                assert "as_of" in parse_qs(found.query), (path, link)
    form = see("/borrowers/lpc/what-if/?as_of=2000-04-20")
    assert form.count('<input type="hidden" name="as_of" value="2000-04-20">') == 2  # of the search, and of this form


def test_an_obligor_recorded_in_error_is_not_named(register: Register, see: See) -> None:
    wrong = PartyFactory(ref="wrong", name="Wrong Co", desk=register.desk)
    InstrumentPartyFactory(party=wrong, instrument=Instrument.objects.get(ref="cit-lsa"), recorded_in_error=True)
    assert InstrumentParty.objects.filter(party=wrong).exists()
    assert "/borrowers/wrong/" not in see("/instruments/cit-lsa/") + see("/waivers/cit-2000-01-31/")


def test_a_waiver_that_had_ended_before_a_line_arose_is_not_said_to_have_held_it_back(
    officer: Client, see: See
) -> None:
    record(officer, "holder-action", "sr-sub", **(ACTION | {"occurred": "2000-01-31"}))
    page = see("/borrowers/lpc/?as_of=2000-03-01")
    assert "Nothing holds it back on this day." in page
    assert "cit-2000-01-31 held it back until" not in page


# Coverage


def test_coverage_shows_who_holds_back_what_and_where_the_gaps_are(see: See) -> None:
    page = see("/borrowers/lpc/coverage/?as_of=2000-03-01")
    for said in (
        "11 gaps.",
        "The CIT Group/Equipment Financing, Inc.",
        "Ends as more falls due or it matures, 1 May 2000, Mon",
        "cit-2000-01-31: a payment falls due as it ends, and nothing covers it",
        "No waiver here extends another.",
    ):
        assert said in page


def test_a_chain_says_what_changed_from_one_waiver_to_the_next(register: Register, see: See) -> None:
    later = copy.deepcopy(next(item for item in LEXINGTON["waivers"] if item["ref"] == "cit-2000-01-31"))
    later |= {"ref": "cit-2", "extends": "cit-2000-01-31", "effective_from": "2000-05-03", "executed": "2000-05-03"}
    later["until"] = {"date": "2000-08-01", "text": "through August 1, 2000", "inclusive": True}
    later["covers"][0]["failure_to_pay"]["instruments"] = ["jr14", "sr-sub"]
    later["ends_on"][0]["effect"] = "on_notice"
    head = {name: LEXINGTON[name] for name in ("format", "title")}
    load({**head, "parties": [], "waivers": [later]}, register.desk)
    page = see("/borrowers/lpc/coverage/?as_of=2000-06-01")
    for said in (
        "<caption>What changed since cit-2000-01-31</caption>",
        "<del>effective from 31 January 2000, Mon</del>",
        "<ins>effective from 3 May 2000, Wed</ins>",
        "so the last day in force is 1 August 2000, Tue.</ins>",
        "Increasing Rate Notes due May 1, 2000</del>",
        "<ins>on notice: acceleration sought or declared by a holder or the trustee</ins>",
        "The same as before: kind; granted by; conditions;",
        "cit-2: there is a gap in its chain",
    ):
        assert said in page
    assert "What changed since the one before" in see("/waivers/cit-2/?as_of=2000-06-01")


def test_another_desks_debt_is_named_by_its_ref_alone(register: Register, see: See) -> None:
    """A scope may name a debt that another desk runs."""
    other = PartyFactory(ref="other", desk=DeskFactory(ref="elsewhere"))
    hidden = InstrumentFactory(ref="hidden", title="Secret Term Loan")
    InstrumentPartyFactory(instrument=hidden, party=other)
    lsa = Instrument.objects.get(ref="cit-lsa")
    join_groups([hidden.pk, lsa.pk])
    ScopeLineFactory(waiver=Waiver.objects.get(ref="cit-2000-01-31"), number=2, instrument=hidden)
    later = WaiverFactory(ref="cit-2", instrument=lsa, extends=Waiver.objects.get(ref="cit-2000-01-31"))
    ScopeLineFactory(waiver=later, instrument=hidden, form="all_of")
    paths = ["/waivers/cit-2000-01-31/", "/waivers/cit-2/", "/borrowers/lpc/coverage/", "/borrowers/lpc/"]
    paths += ["/record/extension/?instrument=cit-lsa&waiver=cit-2000-01-31", "/instruments/cit-lsa/"]
    ClauseFactory(instrument=hidden, kind="cross_payment_default", ref="x")
    pages = [see(path) for path in paths]
    assert "11 gaps." in see("/borrowers/lpc/coverage/?as_of=2000-03-01")  # none of them the hidden desk's
    assert "Secret" not in "".join(pages)
    assert all("hidden" in page for page in pages[:3])


# What if

SUPPOSED = (
    "/borrowers/lpc/what-if/?as_of=2000-03-01&kind=acceleration_declared&by=trustee&instrument=sr-sub&on=2000-03-15"
)


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_what_if_shows_both_positions_what_falls_and_what_stands_behind_it_and_records_nothing(see: See) -> None:
    before = counts()
    page = see(SUPPOSED)
    assert counts() == before
    for said in (
        "USD 32,066,791.67</strong> as recorded",
        "USD 40,566,791.67</strong> if so, and 1 instrument whose principal is not known",
        "/record/holder-action/?instrument=sr-sub&amp;kind=acceleration_declared&amp;by=trustee&amp;occurred=2000-03-15",
    ):
        assert said in page
    falling = page[page.index("Waivers that fall") :]
    for ref in ("cit-2000-01-31", "tri-links-2000-01-31", "jr-conv-2000-01-31-cross"):
        assert ref in falling
    assert "jr-conv-2000-01-31-own" not in falling


def test_what_if_a_payment_to_come_is_missed(register: Register, see: See) -> None:
    series = copy.deepcopy(next(item for item in LEXINGTON["note_series"] if item["ref"] == "jr14"))
    series |= {"ref": "far", "events_of_default": [{"ref": "far-payment", "kind": "payment"}]}
    series["payments"] = [{"ref": "far-1", "kind": "interest", "due": "2190-06-01"}]
    load(
        {**{name: LEXINGTON[name] for name in ("format", "title")}, "parties": [], "note_series": [series]},
        register.desk,
    )
    page = see("/borrowers/lpc/what-if/?on=2190-01-01&missed=far/far-1")
    assert "As of 1 June 2190, Tue" in page
    changed = page[page.index("Instruments that change state") :]
    assert "<strong>far</strong>" in changed


def test_what_if_and_coverage_know_no_more_than_the_moment(register: Register, see: See) -> None:
    """On 20 April what falls due on 1 May was to come, whatever has become of it since."""
    known = "as_of=2000-06-01&known_at=2000-04-20 12:00"
    position = see(f"/borrowers/lpc/?{known}")
    supposed = see(f"/borrowers/lpc/what-if/?{known}&kind=remedy&by=holder&instrument=sr-sub&on=2000-06-01")
    assert "Principal due 1 May 2000" not in position
    covered = see(f"/borrowers/lpc/coverage/?{known}")
    assert "principal · sr-unsec-principal" in covered
    row = re.search(r">sr-unsec</span></th>.*?</tr>", supposed).group()
    recorded = re.findall(r'class="state state-(\w+)"', row)[0]
    assert (
        f'<td data-label="State"><span class="state state-{recorded}">'
        in re.search(r'<tr id="debt-sr-unsec">.*?</tr>', position).group()
    )


def test_two_debts_whose_payments_bear_the_same_ref_are_told_apart(register: Register, see: See) -> None:
    head = {name: LEXINGTON[name] for name in ("format", "title")}
    series = []
    for ref in ("far-a", "far-b"):
        item = copy.deepcopy(next(item for item in LEXINGTON["note_series"] if item["ref"] == "jr14"))
        item |= {"ref": ref, "events_of_default": [{"ref": "p", "kind": "payment"}]}
        series.append(item | {"payments": [{"ref": "coupon", "kind": "interest", "due": "2190-06-01"}]})
    load({**head, "parties": [], "note_series": series}, register.desk)
    page = see("/borrowers/lpc/what-if/?on=2190-01-01&missed=far-a/coupon")
    changed = page[page.index("Instruments that change state") :]
    assert "<strong>far-a</strong>" in changed
    assert "<strong>far-b</strong>" not in changed


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("kind=remedy&on=2000-03-15", "Choose the debt in respect of which it is done."),
        ("kind=&on=2000-03-15", "Suppose something: an act, or a payment that is missed."),
        ("kind=remedy&instrument=jr14&on=", "Give the day to suppose it on, as YYYY-MM-DD."),
        ("kind=remedy&instrument=jr14&on=2000-02-30", "This must be a date of the calendar"),
        ("kind=bribery&instrument=jr14&on=2000-03-15", "bribery is not one of the available choices"),
        ("kind=remedy&instrument=none&on=2000-03-15", "none is not one of the available choices"),
        ("on=2000-03-15&missed=none", "none is not one of the available choices"),
    ],
)
def test_what_cannot_be_supposed_is_said(see: See, asked: str, said: str) -> None:
    assert said in see(f"/borrowers/lpc/what-if/?{asked}", status=422)


def test_only_who_records_is_led_from_the_supposed_to_the_recorded(register: Register) -> None:
    assert "It happened: record it" in register.client("officer").get(SUPPOSED).content.decode()
    assert "It happened: record it" not in register.client("counsel").get(SUPPOSED).content.decode()


# The records' pages


def test_a_waiver_says_how_its_words_are_read_and_who_decided_it(register: Register, see: See) -> None:
    page = see("/waivers/cit-2000-01-31/?as_of=2000-03-01")
    for said in (
        "<q>until May 1, 2000</q>",
        "last day in force <strong>30 April 2000, Sun</strong>; the date itself is not included",
        "test, 31 January 2000, Mon 07:00",
        "its last day is in 60 days",
        "SHA-256",
    ):
        assert said in page
    with signed(BY, "Counsel reads it so"):
        waiver = Waiver.objects.get(ref="cit-2000-01-31")
        waiver.until_inclusive = True
        waiver.save()
    page = see("/waivers/cit-2000-01-31/?as_of=2000-03-01")
    assert "1 May 2000, Mon</strong>; the date itself is included" in page
    assert "Counsel reads it so" in page
    assert "<del>no</del> <ins>yes</ins>" in page


def test_an_instrument_known_at_a_moment_shows_its_terms_as_they_were(officer: Client, see: See) -> None:
    row = Instrument.objects.get(ref="cit-lsa")
    with signed(BY, "The balance was reported"):
        row.principal_outstanding = 5_000_000
        row.save()
    assert "USD 5,000,000.00" in see("/instruments/cit-lsa/")
    # As the register knew it a moment before: both changes bear the moment of their signature.
    later = sign_for_the_system("later", datetime(2000, 6, 1, 12, tzinfo=UTC))
    with signed(later, "It was renamed"):
        row.title, row.principal_outstanding = "Amended Agreement", 4_000_000
        row.save()
        party = Party.objects.get(ref="lpc")
        party.name = "Lexington Renamed"
        party.save()
    now, then = (see(f"/instruments/cit-lsa/{asked}") for asked in ("", "?known_at=2000-05-01 12:00"))
    assert "Amended Agreement" in now
    assert "USD 4,000,000.00" in now
    assert "Amended Agreement" not in then
    assert "USD 5,000,000.00" in then
    waiver = see("/waivers/cit-2000-01-31/?known_at=2000-05-01 12:00")
    assert "Amended Agreement" not in waiver
    assert "<h1>Lexington Renamed</h1>" in see("/borrowers/lpc/")
    assert "<h1>Lexington Precision Corporation</h1>" in see("/borrowers/lpc/?known_at=2000-05-01 12:00")
