"""What must hold of every portfolio on every day."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.position.build import action, clause, day, event, owed, status_on, trigger, two_debts, waiver
from tests.unit.position.naive import ACTIONS_THAT_FIRE, first_day, last_day
from tests.unit.position.strategies import DAYS, Builder, portfolios
from tests.unit.position.test_against_naive import IN_CI
from waivers.position.facts import Effect, Facts, Standing, Waiver, WaiverKind
from waivers.position.rules import State, Status
from waivers.position.timeline import Position, Timeline, difference, timeline

pytestmark = pytest.mark.slow

ONE_DAY = timedelta(days=1)
AS_DAYS_PASS = {
    Status.DRAFT: {Status.DRAFT},
    Status.PENDING: {Status.PENDING, Status.IN_FORCE, Status.EXPIRED, Status.RESCINDED, Status.TERMINATED},
    Status.IN_FORCE: {Status.IN_FORCE, Status.EXPIRED, Status.RESCINDED, Status.TERMINATED},
    Status.EXPIRED: {Status.EXPIRED},
    Status.RESCINDED: {Status.RESCINDED},
    Status.TERMINATED: {Status.TERMINATED},
}
"""Every status that a waiver may have the day after; what is over stays over (rule 23)."""

some_days = st.sampled_from(DAYS)
holds = settings(
    max_examples=500 if IN_CI else 100,
    deadline=None,
    derandomize=IN_CI,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def statuses(position: Position) -> dict[str, Status]:
    return {found.ref: found.status for found in position.waivers}


def ends(line: Timeline, on: date) -> dict[str, date]:
    return {ref: end.ended_on for ref, end in line.day(on).ends.items()}


@holds
@given(portfolios())
def test_a_waiver_moves_only_along_the_listed_transitions(facts: Facts):
    line = timeline(facts)
    before = statuses(line.position(DAYS[0]))
    for on in DAYS[1:]:
        now = statuses(line.position(on))
        assert all(now[ref] in AS_DAYS_PASS[before[ref]] for ref in now), (on, before, now)
        before = now


@holds
@given(portfolios())
def test_in_force_is_executed_begun_not_past_its_last_day_and_not_ended(facts: Facts):
    line = timeline(facts)
    for on in DAYS:
        for w, found in zip(sorted(facts.waivers, key=lambda w: w.ref), line.position(on).waivers, strict=True):
            first = first_day(w)
            expected = first is not None and first <= on <= last_day(w) and w.ref not in ends(line, on)
            assert (found.status is Status.IN_FORCE) == expected, (on, found)


@holds
@given(portfolios())
def test_a_waiver_ends_once_on_a_day_in_its_time_and_keeps_that_end(facts: Facts):
    line = timeline(facts)
    final = line.day(DAYS[-1]).ends
    for w in facts.waivers:
        if w.ref in final:
            ended_on = final[w.ref].ended_on
            assert first_day(w) <= ended_on <= last_day(w)
            assert [
                found.end for on in DAYS if on >= ended_on for found in line.position(on).waivers if found.ref == w.ref
            ] == [final[w.ref]] * sum(on >= ended_on for on in DAYS)
            assert w.ref not in ends(line, ended_on - ONE_DAY)


def keyed_to_actions_only(w: Waiver) -> Waiver:
    on_actions = (replace(each, on=each.on & {*ACTIONS_THAT_FIRE}, effect=Effect.AUTOMATIC) for each in w.ends_on)
    return replace(w, ends_on=tuple(each for each in on_actions if each.on))


@holds
@given(portfolios())
def test_an_action_ends_exactly_the_waivers_in_force_that_name_it_on_its_own_day(facts: Facts):
    if not facts.holder_actions:
        return
    facts = replace(facts, waivers=tuple(keyed_to_actions_only(w) for w in facts.waivers))
    taken = replace(facts.holder_actions[0], standing=Standing.VERIFIED)
    others = facts.holder_actions[1:]
    without = timeline(replace(facts, holder_actions=others))
    line = timeline(replace(facts, holder_actions=(taken, *others)))
    named = {
        w.ref
        for w in facts.waivers
        for each in w.ends_on
        if any(taken.kind in ACTIONS_THAT_FIRE[on] for on in each.on)
        and (not each.by or taken.by in each.by)
        and taken.instrument
        in (each.instruments or {ref for scope in w.covers for ref in getattr(scope, "instruments", ())})
    }
    in_force = {
        ref
        for ref, status in statuses(without.position(taken.occurred)).items()
        if status is Status.IN_FORCE or ends(without, taken.occurred).get(ref) == taken.occurred
    }
    expected = {ref: ended_on for ref, ended_on in ends(without, DAYS[-1]).items() if ref not in named & in_force}
    assert ends(line, DAYS[-1]) == expected | dict.fromkeys(named & in_force, taken.occurred)


@holds
@example(Builder(Random(8640)).facts(), Random(0))  # which of two causes of one day ends a waiver
@given(portfolios(), st.randoms(use_true_random=True))
def test_the_order_of_recording_and_the_day_of_the_report_change_nothing(facts: Facts, random: Random):
    recorded_otherwise = Facts(
        **{
            field.name: tuple(random.sample(getattr(facts, field.name), len(getattr(facts, field.name))))
            for field in fields(Facts)
        }
    )
    late = tuple(replace(each, reported=DAYS[-1]) for each in recorded_otherwise.holder_actions)
    line, other = timeline(facts), timeline(replace(recorded_otherwise, holder_actions=late))
    assert line.critical_dates == other.critical_dates
    for on in line.critical_dates:
        assert line.position(on) == other.position(on)


@holds
@given(portfolios(), some_days)
def test_what_is_recorded_in_error_never_happened(facts: Facts, on: date):
    voided = tuple(replace(each, standing=Standing.RECORDED_IN_ERROR) for each in facts.holder_actions)
    line, other = timeline(replace(facts, holder_actions=voided)), timeline(replace(facts, holder_actions=()))
    assert line.position(on) == other.position(on)


@holds
@given(portfolios(), some_days)
def test_a_withdrawal_revives_no_waiver_and_changes_nothing_before_it(facts: Facts, on: date):
    withdrawn = tuple(
        replace(each, withdrawn=on) if each.occurred < on and each.withdrawn is None else each
        for each in facts.holder_actions
    )
    line, other = timeline(facts), timeline(replace(facts, holder_actions=withdrawn))
    for earlier in DAYS:
        if earlier < on:
            assert line.position(earlier) == other.position(earlier)
    assert ends(line, on - ONE_DAY).items() <= ends(other, DAYS[-1]).items()


@holds
@given(portfolios())
def test_a_line_is_waived_if_and_only_if_a_waiver_in_force_covers_it(facts: Facts):
    line = timeline(facts)
    for on in line.critical_dates:
        status = statuses(line.position(on))
        in_force = [w for w in facts.waivers if status[w.ref] is Status.IN_FORCE]
        for each in line.day(on).lines.values():
            covering = [w for w in in_force if w.instrument == each.instrument and line.case.covers(w, each.root)]
            assert (each.state is State.WAIVED) == any(w.kind is WaiverKind.WAIVER for w in covering)
            assert each.waiver is None or each.waiver in {w.ref for w in covering}


@holds
@given(portfolios())
def test_an_instrument_is_waived_through_a_day_that_has_not_passed(facts: Facts):
    line = timeline(facts)
    for on in DAYS:
        for found in line.position(on).instruments:
            assert found.waived_through is None or (found.state is State.WAIVED and found.waived_through >= on)


@holds
@given(portfolios())
def test_a_difference_is_what_the_positions_say(facts: Facts):
    line = timeline(facts)
    other = timeline(replace(facts, holder_actions=(), payments=facts.payments[1:]))
    assert difference(line, line) == []
    changes = difference(line, other)
    for on in DAYS:
        was, now = line.position(on), other.position(on)
        expected = {("waiver", ref): (statuses(was)[ref], statuses(now)[ref]) for ref in statuses(was)} | {
            ("instrument", a.ref): (a.state, b.state) for a, b in zip(was.instruments, now.instruments, strict=True)
        }
        told = {
            (change.what, change.ref): (change.before, change.after)
            for change in changes
            if change.start <= on and (change.end is None or on < change.end)
        }
        assert told == {key: pair for key, pair in expected.items() if pair[0] != pair[1]}


@pytest.mark.parametrize(("inclusive", "status"), [(False, "expired"), (True, "rescinded")])
@pytest.mark.parametrize("reverse", [False, True])
def test_expiry_and_an_action_on_one_day_give_one_answer_in_either_order(inclusive: bool, status: str, reverse: bool):
    waivers = [
        waiver("w", "bank", 5, 20, inclusive=inclusive, ends_on=(trigger("remedies"),)),
        waiver("v", "notes", 5, 20, inclusive=inclusive, ends_on=(trigger("waiver_ended", waivers=["w"]),)),
    ]
    facts = two_debts(
        payments=(owed(due=20),),
        clauses=(*two_debts().clauses, clause("event", "bank")),
        waivers=tuple(reversed(waivers) if reverse else waivers),
        holder_actions=(action("h", "remedy", 20),),
        default_events=(event("e", 20),),
    )
    line = timeline(facts)
    assert (status_on(line, 20), status_on(line, 20, "v")) == (status, status)
    assert line.day(day(20)).on == day(20)
