"""Who changed what, from what to what, when, why, and which positions it changed; and two moments side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Instrument, Party
from audit.models import Fact
from audit.signing import Signature, sign_for_the_system, signed
from audit.trail import Trail
from notes.models import HolderAction, Payment
from tests.factories import FACTORIES
from tests.integration.screens.conftest import RECORDED, Register
from waivers.histories import OF_A_WAIVER, OF_AN_INSTRUMENT, consequences, parts_of_instruments
from waivers.models import Waiver
from waivers.operations import record
from waivers.positions import Recollection, all_groups, facts_of

pytestmark = pytest.mark.django_db
See = Callable[..., str]

LEARNT = datetime(2000, 3, 20, 21, tzinfo=UTC)
TAKEN_BACK = datetime(2000, 4, 5, 14, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


def of(name: str, at: datetime, request: str) -> Signature:
    return Signature(at, name, "officer", 7, request)


@pytest.fixture
def moved(register: Register) -> HolderAction:
    """On 20 March the desk learnt of the trustee's move of the 15th; on 5 April it turned out to be no such thing."""
    action = HolderAction(
        ref="trustee-2000-03-15",
        instrument=Instrument.objects.get(ref="sr-sub"),
        kind="acceleration_sought",
        by="trustee",
        occurred=date(2000, 3, 15),
    )
    record(fact=action, by=of("ann", LEARNT, "r-1"), reason="By telephone", today=date(2000, 3, 20))
    action.status = "recorded_in_error"
    record(fact=action, by=of("bob", TAKEN_BACK, "r-2"), reason="Another company", today=date(2000, 4, 5))
    return action


def test_a_change_says_who_when_why_and_from_what_to_what(moved: HolderAction, see: See) -> None:
    page = see("/instruments/sr-sub/history/")
    for said in (
        "<strong>5 April 2000, Wed 10:00</strong> · bob",
        "<q>Another company</q>",
        '<span class="soft">status</span> <del>Alleged</del> <ins>Recorded in error</ins>',
        'Act <span class="ref">trustee-2000-03-15</span> recorded:',
        '<span class="soft">occurred</span> 15 March 2000, Wed',
        "3 changes, latest first",
    ):
        assert said in page


def test_a_change_says_which_positions_it_changed(moved: HolderAction, officer: Client) -> None:
    page = officer.get("/instruments/sr-sub/history/?positions=1", headers=HTMX).content.decode()
    said = " ".join(page.split("did-r-1")[1].split("</div>")[0].split())
    assert "cit-2000-01-31" in said
    assert "Rescinded" in said
    assert "from 15 March 2000, Wed" in said
    undone = " ".join(page.split("did-r-2")[1].split("</div>")[0].split())
    assert undone.index("Rescinded") < undone.index("In force"), "and taking it back changed them back"
    whole = officer.get("/instruments/sr-sub/history/?positions=1").content.decode()
    assert "What it changed:" in whole, "without JavaScript it is a page"


def test_what_was_known_of_later_changes_nothing_shown_at_an_earlier_moment(moved: HolderAction, see: See) -> None:
    page = see("/borrowers/lpc/history/?known_at=2000-03-25T12:00")
    assert "By telephone" in page
    assert "Another company" not in page
    assert "Nothing was recorded by then." in see("/borrowers/lpc/history/?known_at=1999-01-01T12:00")


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        ("actor=ann", "By telephone", "Another company"),
        ("actor=BOB", "Another company", "By telephone"),
        ("field=act.status", "Another company", "Unit"),
        ("field=act.annulled", "By telephone", "Another company"),
        ("field=payment.paid", "payment", "By telephone"),
        ("first=2000-04-01", "Another company", "By telephone"),
        ("last=2000-03-20", "By telephone", "Another company"),
        ("first=2000-03-20&last=2000-03-20", "By telephone", "Another company"),
        ("actor=carla", "No change matches.", "By telephone"),
        ("first=yesterday", "lies between 1900 and 2199", "no such"),
        ("field=act.nonsense", "Select a valid choice", "no such"),
        ("after=nonsense", "could not be read", "no such"),
        ("after=2000-01-01T00:00:00~x", "could not be read", "no such"),
        ("actor=%00", "", "no such"),
        ("last=9999-12-31", "lies between 1900 and 2199", "no such"),
        ("after=0001-01-01T00:00:00%2B14:00~x", "could not be read", "no such"),
        ("before=9999-12-31T23:59:59-14:00~x", "could not be read", "no such"),
    ],
)
def test_it_is_narrowed_by_actor_field_and_period(
    moved: HolderAction, see: See, asked: str, there: str, gone: str
) -> None:
    page = see(f"/borrowers/lpc/history/?{asked}")
    assert there in page
    assert gone not in page.partition("<ol")[2]


def test_each_record_has_a_history_of_its_own(moved: HolderAction, see: See) -> None:
    waiver = see("/waivers/cit-2000-01-31/history/")
    assert "Scope recorded:" in waiver
    assert "trustee-2000-03-15" not in waiver
    assert "trustee-2000-03-15" in see("/borrowers/lpc/history/")
    assert "trustee-2000-03-15" in see("/instruments/sr-sub/"), "the page of the record has the latest"


def test_a_hidden_records_history_is_not_there(moved: HolderAction, register: Register) -> None:
    stranger = register.client("stranger")
    for path in ("borrowers/lpc", "instruments/sr-sub", "waivers/cit-2000-01-31"):
        assert stranger.get(f"/{path}/history/").status_code == 404
    assert stranger.get("/borrowers/lpc/knowledge/").status_code == 404


def test_every_kind_of_fact_is_in_some_history() -> None:
    told = {model for _, model, _ in (*OF_A_WAIVER, *OF_AN_INSTRUMENT)}
    facts = {model for model in FACTORIES if issubclass(model, Fact)}
    assert {model.__name__ for model in facts - told} == {"Party", "Desk", "DeskMember"}, "the borrower's has its party"
    assert len({what for what, _, _ in (*OF_A_WAIVER, *OF_AN_INSTRUMENT)}) == len(told)


@pytest.mark.slow
def test_a_thousand_changes_are_paged_and_take_as_many_queries_as_ten(register: Register, officer: Client) -> None:
    payment = Payment.objects.filter(instrument__ref="jr14").first()

    def change(first: int, last: int) -> None:
        for number in range(first, last):
            payment.amount = 1000 + number
            with signed(of("ann", RECORDED + timedelta(hours=number), f"t-{number:04}"), f"Change {number}"):
                payment.save()

    change(1, 11)
    with CaptureQueriesContext(connection) as few:
        officer.get("/instruments/jr14/history/?positions=1", headers=HTMX)
    change(11, 1001)
    with CaptureQueriesContext(connection) as many:
        officer.get("/instruments/jr14/history/?positions=1", headers=HTMX)
    assert len(many) <= len(few), "fewer kinds of record are on the page"
    seen, path, pages = [], "/instruments/jr14/history/", 0
    while path:
        body = officer.get(path).content.decode()
        seen += [line.split("</q>")[0] for line in body.split("<q>")[1:]]
        pages += 1
        later = body.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        path = f"/instruments/jr14/history/{later}".replace("&amp;", "&") if 'rel="next"' in body else ""
    assert seen[:1000] == [f"Change {number}" for number in range(1000, 0, -1)]
    assert pages == 41
    back = body.partition('rel="prev"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen[1000:] == ["test"], "and on the last page the first recording of all"
    assert "<q>Change 1</q>" in officer.get(f"/instruments/jr14/history/{back}").content.decode()
    assert "1,000+ changes" in body


@pytest.mark.slow
def test_a_change_of_thousands_of_rows_shows_some_and_counts_the_rest(register: Register, see: See) -> None:
    debt = Instrument.objects.get(ref="jr14")
    with signed(of("ann", LEARNT, "bulk"), "A long schedule"):
        Payment.objects.record_all(
            Payment(ref=f"p-{n}", instrument=debt, kind="interest", due=date(2001, 1, 1)) for n in range(300)
        )
    assert "and 260 more of the kind “payment”" in see("/instruments/jr14/history/")


def test_a_recollection_gives_what_each_moment_knew(moved: HolderAction) -> None:
    groups = all_groups()
    recollection = Recollection(groups)
    moments = [RECORDED - timedelta(days=1), RECORDED, LEARNT - timedelta(seconds=1), LEARNT, TAKEN_BACK]
    for moment in moments:
        assert recollection.facts_at(moment) == facts_of(groups, moment), moment
    assert facts_of(groups, TAKEN_BACK) == facts_of(groups)


def test_what_is_not_to_be_seen_is_no_consequence(moved: HolderAction) -> None:
    debt = Instrument.objects.get(ref="sr-sub")
    page = Trail(parts_of_instruments([debt.pk])).page()
    all_seen = consequences(page.changes, [debt.group], frozenset({"sr-sub", "cit-lsa"}), date(2000, 4, 30))
    assert {change.ref for change in all_seen["r-1"].changes} >= {"cit-lsa", "cit-2000-01-31"}
    own = consequences(page.changes, [debt.group], frozenset({"sr-sub"}), date(2000, 4, 30))
    assert {change.ref for change in own["r-1"].changes} == set()


# Two moments of knowledge


def test_what_we_knew_stands_beside_what_was_true(moved: HolderAction, see: See) -> None:
    moved.status = "verified"
    record(
        fact=moved, by=of("ann", TAKEN_BACK + timedelta(days=1), "r-3"), reason="Ours after all", today=date(2000, 4, 6)
    )
    page = see("/borrowers/lpc/knowledge/?as_of=2000-03-16")
    assert "What we knew at 16 March 2000, Thu 23:59" in page
    assert "What was true, as known now" in page
    row = page.partition("/waivers/cit-2000-01-31/")[2].partition("</tr>")[0]
    assert row.index("In force") < row.index("Rescinded")
    assert "on 15 March 2000, Wed" in row
    assert "differs" in row
    facts = page.partition('id="facts"')[2]
    assert "trustee-2000-03-15" in facts
    assert "Not known then" in facts
    assert "Ours after all" in facts


def test_two_moments_that_know_the_same_say_so(moved: HolderAction, see: See) -> None:
    page = see("/borrowers/lpc/knowledge/?as_of=2000-03-16&then=2000-03-16T12:00&known_at=2000-03-17T12:00")
    assert "both moments give the same answers" in page
    assert "differs</strong>" not in page
    assert '<p class="soft">Nothing.</p>' in page


def test_a_fact_corrected_between_them_is_told_field_by_field(moved: HolderAction, see: See) -> None:
    page = see("/borrowers/lpc/knowledge/?as_of=2000-03-16&then=2000-03-21T12:00&known_at=2000-04-06T12:00")
    facts = page.partition('id="facts"')[2]
    assert '<td data-label="Then">Alleged</td>' in facts
    assert '<td data-label="Now">Recorded in error</td>' in facts
    assert "bob" in facts


@pytest.mark.parametrize("asked", ["then=noon", "then=%00", "then=2199-01-01T00:00&known_at=2000-01-01T00:00"])
def test_whatever_moment_is_asked_for_is_answered(moved: HolderAction, see: See, asked: str) -> None:
    page = see(f"/borrowers/lpc/knowledge/?as_of=2000-03-16&{asked}")
    assert "Known at must be a moment" in page or "The first moment lies after the second." in page


def test_the_command_prints_both(moved: HolderAction, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--borrower", "lpc", "--as-of", "2000-03-16", "--known-at", "2000-03-16"]
    call_command("knowledge", *asked, "--and-at", "2000-03-25")
    printed = capsys.readouterr().out
    assert "in force | rescinded" in printed
    assert "act trustee-2000-03-15, not known then" in printed
    call_command("knowledge", *asked, "--and-at", "2000-03-25", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert {"ref": "cit-2000-01-31", "then": "in_force", "now": "rescinded"} in found["waivers"]
    [fact] = found["facts"]
    assert (fact["kind"], fact["ref"], fact["new"]) == ("act", "trustee-2000-03-15", True)
    call_command("knowledge", *asked)
    assert "Both give the same answers." in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no party 'nobody'"):
        call_command("knowledge", "--borrower", "nobody", "--known-at", "2000-03-16")


def test_relations_are_those_of_the_moment(register: Register, see: See) -> None:
    """A waiver's scopes, triggers and creditors as they were, and a borrower's name as it was."""
    waiver = Waiver.objects.get(ref="cit-2000-01-31")
    by = sign_for_the_system("clock", LEARNT)
    with signed(by, "Read again"):
        for part in (waiver.scope_lines.first(), waiver.triggers.first(), waiver.grantors.first()):
            part.recorded_in_error = True
            part.save()
        party = Party.objects.get(ref="lpc")
        party.name = "Renamed (fictional)"
        party.save()
    now, then = see("/waivers/cit-2000-01-31/"), see("/waivers/cit-2000-01-31/?known_at=2000-03-20T12:00")
    assert "No trigger is recorded." in now
    assert "acceleration sought or declared by a holder or the trustee" in then
    assert "Granted by</dt><dd>not recorded" in now
    grantor = waiver.grantors.first().party.name
    assert f"Granted by</dt><dd>{grantor}" in then
    assert "<h1>Lexington Precision Corporation</h1>" in see("/borrowers/lpc/?known_at=2000-03-20T12:00")


def test_a_debt_whose_obligor_was_voided_since_is_still_the_borrowers_at_an_earlier_moment(
    register: Register, see: See
) -> None:
    role = Instrument.objects.get(ref="sr-sub").roles.get(role="obligor")
    role.recorded_in_error = True
    with signed(sign_for_the_system("clock", LEARNT), "Another issuer"):
        role.save()
    before, after = "as_of=2000-03-01&known_at=2000-03-01T12:00", "as_of=2000-03-01"
    assert "/instruments/sr-sub/" not in see(f"/borrowers/lpc/?{after}").partition("<main")[2]
    assert "sr-sub" in see(f"/borrowers/lpc/?{before}").partition("<main")[2]
    page = see("/borrowers/lpc/knowledge/?as_of=2000-03-01&then=2000-03-01T12:00").partition("<main")[2]
    row = page.partition(">sr-sub</a>")[2].partition("</tr>")[0]
    assert row.index("Event of default") < row.index("not known")


def test_the_search_finds_what_was_known_then_by_the_names_of_then(register: Register, see: See) -> None:
    with signed(sign_for_the_system("clock", LEARNT), "Renamed"):
        party = Party.objects.get(ref="lpc")
        party.name = "Renamed (fictional)"
        party.save()
        waiver = Waiver.objects.get(ref="cit-2000-01-31")
        waiver.title = "Another title"
        waiver.save()
    before, after = "known_at=2000-03-01T12:00", "known_at=2000-04-01T12:00"
    assert ">Lexington Precision Corporation</a>" in see(f"/search/?q=lexington&{before}")
    assert "Nothing that you may see is found" in see(f"/search/?q=lexington&{after}")
    assert ">Renamed (fictional)</a>" in see(f"/search/?q=renamed&{after}")
    assert ">Agreement (Exhibit 10-106)</a>" in see(f"/search/?q=exhibit+10-106&{before}")
    assert ">Another title</a>" in see(f"/search/?q=another+title&{after}")
    assert "Nothing that you may see is found" in see("/search/?q=lexington&known_at=1999-01-01T12:00")
    assert (
        "Nothing that you may see" in register.client("stranger").get(f"/search/?q=lexington&{before}").content.decode()
    )
    listed = register.client("officer").get(f"/search/?q=exhibit&{before}&format=csv")
    assert "2000-03-01T" in b"".join(listed).decode()
