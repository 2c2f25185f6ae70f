"""The watch: what needs a person, most urgent first, and nothing that another desk runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agreements.models import DeskMember, Instrument, Party
from alerts.models import Alert
from audit.signing import signed
from tests import personas
from tests.factories import (
    ClauseFactory,
    ConditionFactory,
    DeskFactory,
    HolderActionFactory,
    InstrumentFactory,
    PaymentFactory,
    ScopeLineFactory,
    WaiverFactory,
)
from tests.integration.screens.conftest import BY, Register
from tests.integration.screens.recording import record
from tests.integration.screens.test_who_sees_what import ACTION
from waivers.models import SavedView
from waivers.watch import open_groups

See = Callable[..., str]
APRIL = "/?as_of=2000-04-20"
HEADING = re.compile(r'<h2 id="need-(\w+)">')


def sections(page: str) -> list[str]:
    return HEADING.findall(page)


def test_what_is_open_is_listed_by_urgency_with_its_date_in_words(see: See) -> None:
    page = see(APRIL)
    assert sections(page) == ["event_of_default", "ending", "warning"]
    for said in (
        "Since 1 February 2000, Tue: interest due 1 February 2000, Tue; principal due 1 February 2000, Tue.",
        "Its last day is 30 April 2000, Sun. It holds back 3 default lines.",
        "in 10 days",
        "last day of cit-2000-01-31",
        "jr14 matures",
    ):
        assert said in page


@pytest.mark.slow
def test_a_default_comes_before_whatever_is_only_near_and_nothing_is_said_of_groups_not_looked_at(
    db: None, client: Client
) -> None:
    user = personas.administrator()
    client.force_login(user)
    today = timezone.localdate()
    for number in range(21):
        WaiverFactory(ref=f"far-{number}", executed=today, effective_from=today, until_date=today + timedelta(100))
    debt = InstrumentFactory(ref="in-default", title="Notes in default")
    ClauseFactory(instrument=debt, kind="payment")
    PaymentFactory(instrument=debt, due=today - timedelta(400))
    first, second, beyond = (" ".join(client.get(f"/?page={n}").content.decode().split()) for n in (1, 2, 9999))
    assert "Notes in default" in first
    assert "Groups 1 to 20 of 22" in first
    assert "Nothing needs you in these groups" in second
    assert "No event of default stands unwaived" not in second
    assert "Groups 21 to 22 of 22" in beyond


def test_whoever_was_told_can_acknowledge_and_the_others_see_it_without_the_button(
    register: Register, officer: Client
) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    for name in ("officer", "colleague"):
        client = register.client(name)
        page = client.get("/?as_of=2000-03-20").content.decode()
        number = re.search(r"/alerts/(\d+)/acknowledge/\?as_of=2000-03-20", page).group(1)
        assert Alert.objects.get(pk=number).recipient == register.people[name]
    page = register.client("auditor").get("/?as_of=2000-03-20").content.decode()
    assert "Ended before its time, not acknowledged" in page
    assert "/acknowledge/" not in page
    answer = client.post(f"/alerts/{number}/acknowledge/?as_of=2000-03-20", {"back": "home"})
    assert answer["Location"] == "/?as_of=2000-03-20"


def test_a_waiver_that_overlaps_a_longer_one_is_said_to_hold_back_too(register: Register, see: See) -> None:
    lsa = Instrument.objects.get(ref="cit-lsa")
    longer = WaiverFactory(ref="longer", instrument=lsa, until_date=date(2001, 1, 1))
    ScopeLineFactory(waiver=longer, instrument=Instrument.objects.get(ref="jr14"), form="all_of")
    assert "Its last day is 30 April 2000, Sun. It holds back 3 default lines." in see(APRIL)
    assert "Nothing on this day." not in see("/waivers/cit-2000-01-31/?as_of=2000-04-20")


def test_an_end_is_shown_until_somebody_acknowledges_it(officer: Client, see: See) -> None:
    record(officer, "holder-action", "sr-sub", **ACTION)
    page = see("/?as_of=2000-03-20")
    assert sections(page)[:2] == ["event_of_default", "ended"]
    assert "It was rescinded on 15 March 2000, Wed: acceleration was sought or declared" in page
    assert "unverified" in sections(page)
    recipients = {"officer", "colleague"}
    for alert in Alert.objects.filter(kind="waiver_rescinded"):
        assert alert.recipient.username in recipients
        number = re.search(r"/alerts/(\d+)/acknowledge/", page).group(1)
        if str(alert.pk) == number:
            officer.post(f"/alerts/{number}/acknowledge/", {"back": "home"})
    left = see("/?as_of=2000-03-20")
    assert left.count("Acknowledge the end of") == page.count("Acknowledge the end of") - 1


def test_a_paper_that_does_not_bind_is_found(see: See) -> None:
    waiver = WaiverFactory(ref="open", instrument=Instrument.objects.get(ref="jr14"), executed=None)
    assert "open was to be effective from 31 January 2000, but is not executed." in see("/?as_of=2000-02-01")
    with signed(BY, "test"):
        waiver.executed = waiver.effective_from
        waiver.save()
    ConditionFactory(waiver=waiver)
    assert "condition(s) precedent is open" in see("/?as_of=2000-02-01")


def test_known_at_shows_what_was_open_by_what_was_known(officer: Client, see: See) -> None:
    """Paid late in the record's own time: before that was known, it was open."""
    payment = Instrument.objects.get(ref="jr14").payments.get(ref="jr14-2000-02-01-interest")
    fields = {"payment": payment.pk, "outcome": "paid", "paid": "2000-02-01", "reason": "A receipt turned up"}
    assert record(officer, "payment", "jr14", **fields).status_code == 302
    assert "14% Junior Subordinated Notes due May 1, 2000</a></h3> <p>Since" not in see(APRIL)
    assert "14% Junior Subordinated Notes due May 1, 2000</a></h3> <p>Since" in see(
        f"{APRIL}&known_at=2000-06-01 12:00"
    )


def test_nothing_open_is_said_in_a_sentence_that_reassures(register: Register) -> None:
    page = register.client("stranger").get("/").content.decode()
    assert "Nothing needs you" in page
    assert "No waiver begins or ends, no payment falls due and nothing matures in these 90 days." in page


def test_the_filter_is_kept_for_the_person_and_an_address_goes_before_it(register: Register, see: See) -> None:
    officer = register.client("officer")
    assert officer.post("/watch/filter/", {"desk": register.desk.ref, "officer": ""}).status_code == 302
    chosen = f'<option value="{register.desk.ref}" selected>'
    assert chosen in see("/")
    assert SavedView.objects.get().owner == register.people["officer"]
    assert (
        f'<option value="{register.desk.ref}" selected>' not in register.client("colleague").get("/").content.decode()
    )
    assert "Nothing needs you" in see(f"{APRIL}&desk=no-such-desk&officer=")
    assert SavedView.objects.count() == 1
    officer.post("/watch/filter/", {"desk": "", "officer": "colleague"})
    assert SavedView.objects.get().query == "desk=&officer=colleague"
    assert "Nothing needs you" in see(APRIL)
    with signed(BY, "test"):
        party = Party.objects.get(ref="lpc")
        party.officer = register.people["colleague"]
        party.full_clean()
        party.save()
    assert "Event of default, nothing holds it back" in see(APRIL)
    assert "in charge: colleague" in see("/borrowers/lpc/")


def test_an_officer_in_charge_is_on_the_desk(register: Register) -> None:
    party = Party.objects.get(ref="lpc")
    party.officer = register.people["stranger"]
    with pytest.raises(Exception, match="is not on this borrower"):
        party.full_clean()


def test_another_desk_sees_nothing_of_it(register: Register) -> None:
    other = DeskFactory(ref="other")
    with signed(BY, "test"):
        DeskMember(desk=other, user=register.people["stranger"]).save()
    page = register.client("stranger").get(APRIL).content.decode()
    assert "Lexington" not in page
    assert "cit-2000-01-31" not in page


def test_the_narrowing_leaves_out_what_is_quiet_and_finds_each_kind_of_open_thing(db: None) -> None:
    day = date(1999, 6, 1)
    quiet = WaiverFactory(until_date=None, until_text="", effective_from=day - timedelta(days=1), executed=day)
    over = WaiverFactory(effective_from=date(1999, 1, 1), executed=date(1999, 1, 1), until_date=day)
    assert open_groups(None, day + timedelta(days=1)) == []
    act = HolderActionFactory(instrument=quiet.instrument, occurred=day, status="alleged")
    assert open_groups(None, day + timedelta(days=1)) == [quiet.instrument.group]
    with signed(BY, "test"):
        act.status = "disputed"
        act.save()
    assert open_groups(None, day + timedelta(days=1)) == []
    assert open_groups(None, day) == [over.instrument.group]  # its last day was the day before, but it may be inclusive
    late = PaymentFactory(instrument=quiet.instrument, due=day)
    assert open_groups(None, day + timedelta(days=1)) == [quiet.instrument.group]
    assert open_groups(Instrument.objects.none(), day + timedelta(days=1)) == []
    with signed(BY, "test"):
        late.paid = day + timedelta(days=1)
        late.save()
    assert open_groups(None, day + timedelta(days=1)) == []


def test_a_warning_is_shown_however_far_off_the_end_of_its_waiver(see: See) -> None:
    page = see("/?as_of=2000-01-31")
    assert sections(page) == ["warning"]
    assert "cit-2000-01-31 (30 April 2000), and is in no waiver" in page


def test_keeping_a_filter_keeps_the_moment(officer: Client) -> None:
    answer = officer.post("/watch/filter/?as_of=2000-04-20", {"desk": "", "officer": ""})
    assert answer["Location"] == "/?as_of=2000-04-20"


def test_a_watch_that_has_stopped_says_so_and_a_desk_is_told_of_its_dead_alerts(register: Register, see: See) -> None:
    assert "The watch itself needs a look." in see("/")  # nothing has ever run here
    Alert.objects.filter(recipient__username="colleague").update(state="dead")
    dead = Alert.objects.filter(state="dead").count()
    assert f"{dead} alerts reached nobody." in see("/")
    assert "reached nobody" not in register.client("stranger").get("/").content.decode()
