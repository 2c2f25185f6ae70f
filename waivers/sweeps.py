"""Which groups are looked at, and when: the sweep, the correction of what is no longer so, and the daily reckoning.

A night on which little changes costs little: a group is swept if a fact of it changed since it was, or if a day has
come on which there may be something to tell. That this finds all is proven each day by `reckon`, which recomputes
everything from the facts, and by a property test (tests/unit/waivers/test_next_look.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q

from agreements.models import Desk, Instrument, InstrumentParty
from agreements.querysets import desks_of
from alerts.letters import Letter
from alerts.models import Alert
from alerts.operations import correct, raise_alerts
from alerts.recipients import NobodyToTellError, Wishes
from alerts.register import Audience
from alerts.states import State as AlertState
from audit.models import User
from waivers.position.rules import ONE_DAY, State, Status, due_on, named_in_scope
from waivers.positions import Group, all_groups, groups_at
from waivers.reminders import GRACE_LEAD_DAYS, PAYMENT_LEAD_DAYS, People, Watchlist, letters, matters, watchlist

GROUPS_AT_ONCE = 50
CORRECTED_FOR = timedelta(days=366)
ENDS = ("waiver_rescinded", "waiver_terminated", "waiver_expired")
UNFOUNDED = "The facts as they are known now say otherwise."


class SweepFailedError(RuntimeError):
    """Some groups could not be judged; all the others were swept."""


@dataclass(slots=True)
class Swept:
    """What a sweep did: groups looked at, matters found due, alerts raised, people told that something is not so."""

    groups: int = 0
    due: int = 0
    raised: int = 0
    corrected: int = 0

    def counts(self) -> dict[str, int]:
        return {part.name: getattr(self, part.name) for part in fields(self)}


def sweep_what_changed(today: date, *, at: datetime) -> Swept:
    """Sweep the groups with a changed fact, or whose day has come: the same as sweeping all, and cheap."""
    return sweep(sorted(Instrument.objects.all().to_look_at(today)), today, at=at)


def reckon(today: date, *, at: datetime) -> tuple[Swept, int]:
    """Recompute from the facts, over the whole register, what is due, and compare it with what was raised.

    What the sweeps missed is raised now, and counted in the second number: anything but 0 is a fault of ours.
    """
    sweep_what_changed(today, at=at)
    last = Alert.objects.aggregate(last=Max("pk"))["last"] or 0
    found = sweep(all_groups(), today, at=at, recheck=True)
    # That somebody more is told of a matter, since a person came or changed, is no matter that was missed.
    raised = Alert.objects.filter(pk__gt=last, raised_at=at).exclude(kind="correction")
    matters_raised = {(alert.about, alert.kind, alert.matter): alert for alert in raised}
    before = Alert.objects.filter(pk__lte=last)
    return found, sum(not before.of_matter(alert).exists() for alert in matters_raised.values())


def sweep(
    groups: Iterable[int],
    today: date,
    *,
    at: datetime,
    learnt_by: date | None = None,
    unsent: Collection[int] = (),
    recheck: bool = False,
) -> Swept:
    """Raise what is due by the close of `today` and was not raised yet, and correct what is no longer so.

    `at` is the moment that the alerts bear; `learnt_by` as in `positions.groups_at` (a replay). `unsent`: alerts that
    are being sent, but have not left. `recheck`: hold what was told against the facts also where no fact changed.
    Sweeping again, or from several workers, changes nothing. A group that cannot be judged or told holds up no other:
    `SweepFailedError` names it when all are done. Raises `NobodyToTellError` if there is nobody at all to tell.
    """
    numbers = list(groups)
    swept = Swept()
    failed: list[tuple[int, Exception]] = []
    if not numbers:
        return swept
    sweeper = _Sweeper(today, at, learnt_by, unsent, recheck, Wishes.gather(), People.gather(), swept, failed)
    for start in range(0, len(numbers), GROUPS_AT_ONCE):
        chunk = numbers[start : start + GROUPS_AT_ONCE]
        try:
            sweeper.sweep(chunk)
        except NobodyToTellError:
            raise
        except Exception:  # noqa: BLE001 (each of them is tried by itself, and told)
            for number in chunk:
                try:
                    sweeper.sweep([number])
                except Exception as error:  # noqa: BLE001
                    failed.append((number, error))
    if failed:
        bad, first = failed[0]
        said = f"{len(failed)} group(s) could not be judged; group {bad}: {type(first).__name__}: {first}"
        raise SweepFailedError(said) from first
    return swept


@dataclass(slots=True)
class _Sweeper:
    """Sweeps some groups together: judges them, and writes what was found in one transaction."""

    today: date
    at: datetime
    learnt_by: date | None
    unsent: Collection[int]
    recheck: bool
    wishes: Wishes
    people: People
    swept: Swept
    failed: list[tuple[int, Exception]]

    def sweep(self, chunk: list[int]) -> None:
        today, at = self.today, self.at
        # For another day, or for what was known then, the next look from today is not ours to set.
        live = self.learnt_by is None and today == at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
        rows = Instrument.objects.filter(group__in=chunk).values_list("group", "id", "ref", "changes", "swept")
        marks = list(rows)  # before the facts: what changes while we look stays marked
        names = watchlist(chunk, self.wishes, self.people)
        due: dict[int, list[tuple[Letter, Audience]]] = {}
        unfounded: dict[int, dict[int, bool]] = {}
        looks: dict[int, date | None] = {}
        told = _told(marks, at, everything=self.recheck) if live else {}
        failed: list[tuple[int, Exception]] = []
        for group in _judged(chunk, today, self.learnt_by, failed):
            try:
                found = list(letters(group, names, today))
                if live:
                    unfounded[group.number] = _no_longer_so(group, names, told.get(group.number, []), found)
                    looks[group.number] = next_look(group, names, today)
            except Exception as error:  # noqa: BLE001 (told when all others are swept)
                failed.append((group.number, error))
                continue
            due[group.number] = found
        with transaction.atomic():
            stale = _changed_meanwhile(marks) if live else set()
            letters_due = [each for number, found in due.items() if number not in stale for each in found]
            wrong = {pk: said for number, of in unfounded.items() if number not in stale for pk, said in of.items()}
            raised = raise_alerts(letters_due, raised_for=today, at=at, wishes=self.wishes)
            corrected = correct(
                dict.fromkeys(wrong, UNFOUNDED),
                today=today,
                at=at,
                unsent=self.unsent,
                said_otherwise={pk for pk, otherwise in wrong.items() if otherwise},
            )
            _settle_marks(marks, {number: look for number, look in looks.items() if number not in stale})
        self.swept.groups += len(chunk)
        self.swept.due += len(letters_due)
        self.swept.raised += raised
        self.swept.corrected += corrected
        self.failed += failed


def _judged(
    chunk: list[int], today: date, learnt_by: date | None, failed: list[tuple[int, Exception]]
) -> Iterator[Group]:
    """The groups of a chunk with their timelines; one by one if that fails for all of them together."""
    seen = set()
    try:
        for group in groups_at(chunk, today=today, learnt_by=learnt_by):
            seen.add(group.number)
            yield group
    except Exception:  # noqa: BLE001 (each of the others is tried by itself, and told)
        for number in chunk:
            try:
                found = [] if number in seen else list(groups_at([number], today=today, learnt_by=learnt_by))
            except Exception as error:  # noqa: BLE001
                failed.append((number, error))
                continue
            yield from found


def _changed_meanwhile(marks: list[tuple]) -> set[int]:
    """The groups of which a fact changed since their marks were read: what we found of them is out of date.

    Whoever recorded it judged the group, or left it marked. The rows are locked, in the order in which whoever records
    locks them too, so that nothing changes until what we found is written.
    """
    read = {pk: (number, changes) for number, pk, _, changes, _ in marks}
    rows = (
        Instrument.objects.select_for_update(no_key=True)
        .filter(pk__in=read)
        .order_by("pk")
        .values_list("pk", "changes")
    )
    return {read[pk][0] for pk, changes in rows if changes != read[pk][1]}


def _settle_marks(marks: list[tuple], looks: Mapping[int, date | None]) -> None:
    by_group: dict[int, dict[int, int]] = defaultdict(dict)
    for number, pk, _, changes, _ in marks:
        by_group[number][pk] = changes
    for number, look in looks.items():
        Instrument.objects.all().swept(by_group[number], look)


# What is no longer so


def _told(marks: list[tuple], at: datetime, *, everything: bool) -> dict[int, list[Alert]]:
    """What was told of the groups of which a fact changed (or of all), lately enough to be corrected."""
    looked_at = {number for number, _, _, changes, swept in marks if everything or changes > swept}
    group_of = {f"instrument:{ref}": number for number, _, ref, _, _ in marks if number in looked_at}
    if not group_of:
        return {}
    rows = Alert.objects.filter(topic__in=group_of, raised_at__gte=at - CORRECTED_FOR)
    rows = rows.exclude(state=AlertState.SUPERSEDED).exclude(kind="correction")
    found: dict[int, list[Alert]] = defaultdict(list)
    columns = ("topic", "about", "kind", "matter", "raised_for", "raised_at", "state")
    for alert in rows.only("id", *columns).order_by("id"):
        found[group_of[alert.topic]].append(alert)
    return found


def _no_longer_so(
    group: Group, names: Watchlist, told: list[Alert], due: list[tuple[Letter, Audience]]
) -> dict[int, bool]:
    """Which alerts would not be raised for their day by what is known now (rule 10), by id.

    That time went on makes nothing untrue: an alert is held against the day for which it was raised. True where what
    was said of a waiver's running out needs no correction for whoever is told now that it ended.
    """
    ended = {letter.about for letter, _ in due if letter.kind in ENDS}
    by_day: dict[date, dict[tuple[str, str, str], Letter]] = {}
    found = {}
    for alert in told:
        if alert.raised_for not in by_day:
            by_day[alert.raised_for] = matters(group, names, alert.raised_for)
        if (alert.about, alert.kind, alert.matter) not in by_day[alert.raised_for]:
            found[alert.pk] = alert.about in ended and alert.kind in ("waiver_ending", "waiver_expired")
    return found


# When there may be something to tell


def next_look(group: Group, names: Watchlist, today: date) -> date | None:
    """The first day after today on which there may be something new to tell, if no fact changes; None if never.

    Too early costs a look, too late an alert. Whatever turns, turns on a date that a fact names or on a turn of the
    timeline, and is looked at anew then; between two such days there are only the lead times of what stands today, and
    the days that rule 33 waits.
    """
    line = group.timeline
    position = line.position(today)
    looks = {*dates_in(line.case.facts), *line.critical_dates}

    def before(on: date, leads: Iterable[int], instrument: str) -> Iterator[date]:
        return (on - timedelta(days=days) for days in {*leads, *names.instruments[instrument].wanted})

    live: set[str] = set()
    for waiver in position.waivers:
        paper = names.papers[waiver.ref]
        if waiver.end is None and waiver.last_day is not None:
            leads = paper.lead_days or names.instruments[paper.instrument].leads
            looks |= {waiver.last_day + ONE_DAY, *before(waiver.last_day, leads, paper.instrument)}
        if waiver.status in (Status.IN_FORCE, Status.PENDING):
            live.add(waiver.ref)
    scoped = {ref for waiver in line.case.facts.waivers if waiver.ref in live for ref in named_in_scope(waiver)}
    for payment in line.case.facts.payments:
        if payment.instrument in scoped and (payment.paid is None or payment.paid > today):
            looks.update(before(due_on(payment, today), PAYMENT_LEAD_DAYS, payment.instrument))
    for item in position.instruments:
        for each in item.lines:
            if each.state is State.DEFAULT:
                looks.update(before(each.event_of_default_on, GRACE_LEAD_DAYS, item.ref))
        begun = line.standing_since(item.ref, State.EVENT_OF_DEFAULT, today)
        if begun is not None:
            looks.add(begun + timedelta(days=settings.UNWAIVED_DAYS + 1))
    return min((look for look in looks if look > today), default=None)


def dates_in(fact: Any) -> Iterator[date]:
    """Every date that a fact names, at whatever depth."""
    if isinstance(fact, date):
        yield fact
    elif isinstance(fact, tuple | frozenset):
        for part in fact:
            yield from dates_in(part)
    elif is_dataclass(fact):
        for part in fields(fact):
            yield from dates_in(getattr(fact, part.name))


# What alerts ask (alerts/register.py)


class LoanRegister:
    """The register's answers to the questions that alerts ask of it."""

    def audience_of(self, topics: Collection[str]) -> Audience:
        # By the desks that own the borrowers today: one may have gone to another desk since an alert was raised.
        refs = [topic.removeprefix("instrument:") for topic in topics if topic.startswith("instrument:")]
        roles = InstrumentParty.objects.standing().filter(instrument__ref__in=refs, role="obligor")
        desks = roles.exclude(party__desk=None).order_by("party__desk_id").values_list("party__desk_id", flat=True)
        return People.gather().audience(desks.distinct())

    def settle(self, alerts: Collection[Alert], at: datetime) -> None:
        refs = {alert.topic.removeprefix("instrument:") for alert in alerts}
        unsettled = Instrument.objects.filter(ref__in=refs, changes__gt=F("swept")).values_list("group", flat=True)
        groups = sorted(set(unsettled))
        if groups:
            today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
            sweep(groups, today, at=at, unsent=[alert.pk for alert in alerts])

    def look_again(self, topics: Iterable[str]) -> None:
        instruments = Instrument.objects.filter(_under(topics))
        Instrument.objects.all().look_again(instruments.order_by().values("pk"))

    def desks_of(self, user: User) -> list[str]:
        return [f"desk:{ref}" for ref in Desk.objects.filter(pk__in=desks_of(user)).values_list("ref", flat=True)]

    def sees(self, user: User, topics: Collection[str]) -> bool:
        return Instrument.objects.visible_to(user).filter(_under(topics)).exists()


def _under(topics: Iterable[str]) -> Q:
    """The instruments that some topics are about."""
    roles = {"roles__role": "obligor", "roles__recorded_in_error": False}
    found = Q(pk__in=[])
    for topic in topics:
        kind, _, ref = topic.partition(":")
        match kind:
            case "instrument":
                found |= Q(ref=ref)
            case "borrower":
                found |= Q(roles__party__ref=ref, **roles)
            case "desk":
                found |= Q(roles__party__desk__ref=ref, **roles)
    return found


register = LoanRegister()
