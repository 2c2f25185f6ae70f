"""Who is told of a letter, and when, by what each person has arranged: no database needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.letters import Letter
from alerts.models import Preference, Subscription, Webhook
from alerts.recipients import NobodyToTellError, Told, Wishes, address, next_at, not_before
from alerts.register import Audience
from audit.models import User

TODAY = date(2000, 4, 23)
NOON = datetime(2000, 4, 23, 16, tzinfo=UTC)  # noon in New York
NEW_YORK = ZoneInfo("America/New_York")
HEAD, ANN, BOB, COUNSEL, ROOT = (
    User(pk=pk, username=name) for pk, name in enumerate(("head", "ann", "bob", "counsel", "root"), 1)
)
DESK = Audience(desk=(HEAD, ANN, BOB), heads=(HEAD,), others=(COUNSEL,))
LETTER = Letter(
    about="waiver:w",
    kind="waiver_ending",
    version="2000-04-30",
    contractual_date=date(2000, 4, 30),
    reading="",
    due=TODAY,
    heading="w ends",
    what="-",
    why=(),
    sources=(),
    todo="-",
    path="/",
    urgent=True,
    topics=("instrument:loan", "borrower:mill", "desk:work-outs"),
    lead_days=(30, 7, 1),
    answer_within=48,
)
NOT_AHEAD = replace(LETTER, lead_days=(), urgent=False)


def wishes(
    *preferences: Preference, subscriptions: tuple[Subscription, ...] = (), webhooks: tuple[Webhook, ...] = ()
) -> Wishes:
    found = Wishes({row.owner_id: row for row in preferences})
    for row in subscriptions:
        found.subscriptions[row.topic].append(row)
    for hook in webhooks:
        found.webhooks[hook.topic].append(hook)
    return found


def away(person: User, deputy: User | None, days: int = 0) -> Preference:
    day = TODAY + timedelta(days=days)
    return Preference(owner=person, away_from=day, away_until=day, deputy=deputy)


def told(letter: Letter = NOT_AHEAD, wanted: Wishes | None = None, audience: Audience = DESK) -> list[Told]:
    return list(address(letter, audience, wanted or Wishes(), TODAY, NOON))


def names(found: list[Told]) -> list[str]:
    return sorted(str(each.person or each.webhook) for each in found)


# Who


def test_without_any_arrangement_the_desk_is_told_and_those_who_only_see_it_are_not() -> None:
    assert names(told()) == ["ann", "bob", "head"]


def test_whoever_subscribes_is_told_of_what_they_may_see() -> None:
    def subscribed(topic: str, person: User = COUNSEL, **how: object) -> list[str]:
        return names(told(wanted=wishes(subscriptions=(Subscription(owner=person, topic=topic, **how),))))

    for topic in ("instrument:loan", "borrower:mill", "desk:work-outs"):
        assert "counsel" in subscribed(topic)
    assert "counsel" in subscribed("borrower:mill", kinds=["waiver_ending", "payment_due"])
    assert "counsel" not in subscribed("borrower:mill", kinds=["payment_due"])
    assert "counsel" not in subscribed("borrower:other")
    assert "root" not in subscribed("borrower:mill", ROOT), "who may not see it is not told"


def test_what_nobody_wants_goes_to_the_head_and_never_to_nobody() -> None:
    nothing = [Preference(owner=person, follows_desks=False) for person in (HEAD, ANN, BOB)]
    assert names(told(wanted=wishes(*nothing))) == ["head"]
    assert names(told(wanted=wishes(*nothing), audience=Audience(desk=(ANN, BOB)))) == ["ann", "bob"]
    assert names(told(audience=Audience(last=(ROOT,)))) == ["root"]
    with pytest.raises(NobodyToTellError, match="Nobody can be told: w ends"):
        told(audience=Audience())
    with pytest.raises(NobodyToTellError):
        told(audience=Audience(others=(COUNSEL,)))


def test_whoever_is_away_is_stood_in_for() -> None:
    [deputy] = [each for each in told(wanted=wishes(away(ANN, COUNSEL))) if each.person == COUNSEL]
    assert deputy.in_place_of == ANN
    assert names(told(wanted=wishes(away(ANN, BOB)))) == ["bob", "head"], "told once, and for himself"
    assert names(told(wanted=wishes(away(ANN, BOB), away(BOB, COUNSEL)))) == ["counsel", "head"]
    assert names(told(wanted=wishes(away(ANN, COUNSEL, days=1)))) == ["ann", "bob", "head"], "not away yet"


@pytest.mark.parametrize(
    "deputy", [BOB, ROOT, User(pk=9, username="gone", is_active=False)], ids=["away too", "may not see", "has left"]
)
def test_a_deputy_who_is_none_is_no_deputy_and_then_the_head_is_told(deputy: User) -> None:
    alone = Audience(desk=(ANN,), heads=(HEAD,), others=(HEAD, BOB))
    assert names(told(wanted=wishes(away(ANN, deputy), away(BOB, ANN)), audience=alone)) == ["head"]
    assert names(told(wanted=wishes(away(ANN, deputy), away(BOB, ANN), away(HEAD, ANN)), audience=alone)) == ["ann"]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=5, max_size=5), st.booleans())
def test_whatever_is_arranged_somebody_who_may_see_it_is_told(arranged: list[tuple], urgent: bool) -> None:
    people = (HEAD, ANN, BOB, COUNSEL, ROOT)
    rows = []
    for person, (follows, gone, deputy) in zip(people, arranged, strict=True):
        row = away(person, people[deputy]) if gone and people[deputy] != person else Preference(owner=person)
        row.follows_desks = follows
        rows.append(row)
    found = told(replace(NOT_AHEAD, urgent=urgent), wishes(*rows))
    assert found
    assert {each.person.pk for each in found} <= DESK.everyone().keys()
    assert len({each.person for each in found}) == len(found), "each once"


def test_a_webhook_is_told_beside_the_people_and_only_of_its_topic_and_kinds() -> None:
    hooks = (
        Webhook(pk=1, ref="chat", topic="desk:work-outs"),
        Webhook(pk=2, ref="tickets", topic="desk:work-outs", kinds=["payment_due"]),
        Webhook(pk=3, ref="other", topic="desk:other"),
    )
    found = told(wanted=wishes(webhooks=hooks))
    assert [str(each.webhook) for each in found if each.webhook] == ["chat"]


# At which lead time


def test_each_is_told_at_their_own_lead_times_and_the_most_urgent_that_has_come() -> None:
    own = wishes(
        Preference(owner=ANN, follows_desks=False),
        Preference(owner=BOB, follows_desks=False),
        subscriptions=(
            Subscription(owner=ANN, topic="borrower:mill", lead_days=[90, 10, 2]),
            Subscription(owner=BOB, topic="borrower:mill", lead_days=[3]),
        ),
    )
    found = {str(each.person): each.letter for each in told(LETTER, own)}
    assert {name: letter.version for name, letter in found.items()} == {"head": "2000-04-30:7", "ann": "2000-04-30:10"}
    assert found["ann"].due == date(2000, 4, 20)
    assert {letter.matter for letter in found.values()} == {"2000-04-30"}
    assert not any(letter.urgent for letter in found.values()), "seven days are left"


def test_only_the_last_two_days_before_a_date_are_urgent_and_must_be_answered_soon() -> None:
    for today, urgent, within in ((date(2000, 4, 28), False, 48), (date(2000, 4, 29), True, 8)):
        letter = LETTER.for_leads((), today)
        assert letter is not None
        assert (letter.urgent, letter.answer_within) == (urgent, within)


# When

MOMENTS = st.integers(0, 4 * 366 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
QUIET = {"quiet_from": time(20), "quiet_until": time(7)}


@given(MOMENTS, st.booleans(), st.booleans())
def test_what_is_urgent_is_never_held_back_and_nothing_for_more_than_a_day(
    at: datetime, daily: bool, quiet: bool
) -> None:
    preference = Preference(owner=ANN, daily=daily, daily_at=time(8), **(QUIET if quiet else {}))
    assert not_before(at, preference, urgent=True, daily=daily) == at
    waits = not_before(at, preference, urgent=False, daily=daily) - at
    assert timedelta(0) <= waits <= timedelta(hours=25), "a day on which the clock goes back has 25 hours"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("06:59", "07:00"), ("07:00", "07:00"), ("12:00", "12:00"), ("19:59", "19:59"), ("20:00", "07:00 next day")],
)
def test_quiet_hours_end_in_the_morning_also_across_midnight(clock: str, expected: str) -> None:
    at = datetime.combine(TODAY, time.fromisoformat(clock), NEW_YORK)
    found = not_before(at, Preference(owner=ANN, **QUIET), urgent=False, daily=False).astimezone(NEW_YORK)
    later = " next day" if found.date() > TODAY else ""
    assert f"{found:%H:%M}{later}" == expected


def test_quiet_hours_and_the_daily_message_are_those_of_the_persons_own_zone() -> None:
    in_london = Preference(owner=ANN, zone="Europe/London", daily_at=time(8), **QUIET)
    evening = datetime(2000, 4, 23, 20, tzinfo=UTC)  # 21:00 in London, 16:00 in New York
    assert not_before(evening, in_london, urgent=False, daily=False) == datetime(2000, 4, 24, 6, tzinfo=UTC)
    assert not_before(evening, in_london, urgent=False, daily=True) == datetime(2000, 4, 24, 7, tzinfo=UTC)


def test_the_hour_that_a_clock_leaps_over_or_shows_twice_comes_once() -> None:
    leap = next_at(datetime(2000, 4, 2, 5, tzinfo=UTC), time(2, 30), NEW_YORK)  # 2:30 is not there that night
    assert leap == datetime(2000, 4, 2, 7, 30, tzinfo=UTC)
    twice = next_at(datetime(2000, 10, 29, 4, tzinfo=UTC), time(1, 30), NEW_YORK)
    assert twice == datetime(2000, 10, 29, 5, 30, tzinfo=UTC)
    assert next_at(twice, time(1, 30), NEW_YORK) == datetime(2000, 10, 30, 6, 30, tzinfo=UTC)


def test_what_goes_with_the_daily_message_is_what_can_wait_and_all_wanted_it_so() -> None:
    daily = Preference(owner=ANN, daily=True, daily_at=time(8))
    [mine] = [each for each in told(wanted=wishes(daily)) if each.person == ANN]
    assert (mine.daily, mine.send_at) == (True, datetime(2000, 4, 24, 12, tzinfo=UTC))
    [mine] = [each for each in told(replace(NOT_AHEAD, urgent=True), wishes(daily)) if each.person == ANN]
    assert (mine.daily, mine.send_at) == (False, NOON)
    at_once = Subscription(owner=ANN, topic="borrower:mill", daily=False)
    [mine] = [each for each in told(wanted=wishes(daily, subscriptions=(at_once,))) if each.person == ANN]
    assert (mine.daily, mine.send_at) == (False, NOON)


# What a review found


def test_a_deputys_own_subscription_does_not_swallow_what_is_more_urgent() -> None:
    alone = Audience(desk=(ANN,), others=(COUNSEL,))
    own = wishes(
        away(ANN, COUNSEL), subscriptions=(Subscription(owner=COUNSEL, topic="borrower:mill", lead_days=[90]),)
    )
    [each] = told(LETTER, own, alone)
    assert (each.person, each.in_place_of, each.letter.version) == (COUNSEL, ANN, "2000-04-30:7")


def test_where_nobody_on_the_desk_wants_the_last_call_the_head_is_told() -> None:
    nothing = [Preference(owner=person, follows_desks=False) for person in (HEAD, ANN, BOB)]
    outsider = (Subscription(owner=COUNSEL, topic="borrower:mill", lead_days=[90]),)
    found = {str(each.person): each.letter.version for each in told(LETTER, wishes(*nothing, subscriptions=outsider))}
    assert found == {"counsel": "2000-04-30:90", "head": "2000-04-30:7"}
    early = (Subscription(owner=ANN, topic="borrower:mill", lead_days=[90]),)
    assert "head" in names(told(LETTER, wishes(*nothing, subscriptions=early)))
