"""Who is told of a letter, and when: pure, from the letter, its audience and what each person has arranged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from alerts.letters import Letter
from alerts.models import Preference, Subscription, Webhook
from alerts.register import Audience
from audit.models import User

ONE_DAY = timedelta(days=1)


class NobodyToTellError(RuntimeError):
    """There is no active user at all to whom an alert could go."""


@dataclass(frozen=True, slots=True)
class Told:
    """A letter for one recipient: a person, perhaps in another's place, or a webhook. `send_at`: not before."""

    letter: Letter
    send_at: datetime
    person: User | None = None
    webhook: Webhook | None = None
    in_place_of: User | None = None
    daily: bool = False


@dataclass(slots=True)
class Wishes:
    """What people have arranged, and the webhooks, gathered once for many letters."""

    preferences: dict[int, Preference] = field(default_factory=dict)
    subscriptions: dict[str, list[Subscription]] = field(default_factory=lambda: defaultdict(list))
    webhooks: dict[str, list[Webhook]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def gather(cls) -> Wishes:
        """All of them, in three queries."""
        found = cls({row.owner_id: row for row in Preference.objects.select_related("deputy")})
        for subscription in Subscription.objects.filter(owner__is_active=True).select_related("owner"):
            found.subscriptions[subscription.topic].append(subscription)
        for webhook in Webhook.objects.filter(is_active=True):
            found.webhooks[webhook.topic].append(webhook)
        return found

    def of(self, person: User) -> Preference:
        """What a person has arranged; whoever has arranged nothing is told everything at once."""
        return self.preferences.get(person.pk) or Preference(owner=person)

    def subscribed(self, topics: Iterable[str], kind: str) -> Iterator[Subscription]:
        for topic in topics:
            yield from (row for row in self.subscriptions.get(topic, ()) if not row.kinds or kind in row.kinds)

    def listening(self, topics: Iterable[str], kind: str) -> Iterator[Webhook]:
        for topic in topics:
            yield from (row for row in self.webhooks.get(topic, ()) if not row.kinds or kind in row.kinds)

    def lead_days(self, topics: Iterable[str]) -> set[int]:
        """All lead times that somebody subscribed to for these topics."""
        return {days for topic in topics for row in self.subscriptions.get(topic, ()) for days in row.lead_days}


@dataclass(slots=True)
class _Choice:
    """What one person is to be told: at which lead times (empty: the letter's own), and whether some of it at once."""

    person: User
    leads: set[int] = field(default_factory=set)
    daily: bool = True

    def widen(self, leads: Iterable[int], *, daily: bool) -> None:
        self.leads |= set(leads)
        self.daily &= daily


def address(letter: Letter, audience: Audience, wishes: Wishes, today: date, at: datetime) -> Iterator[Told]:
    """The letter for each who is to be told of it by now. Raises `NobodyToTellError` if it could go to nobody.

    The desk is told, and whoever subscribes and may see it; if nobody on the desk wants it, or wants it at its last
    lead time, the desk's head; without one, the whole desk; without a desk, the last resort. Whoever is away is stood
    in for.
    """
    choices: dict[int, _Choice] = {}

    def choose(person: User) -> _Choice:
        return choices.setdefault(person.pk, _Choice(person))

    for person in audience.desk:
        preference = wishes.of(person)
        if preference.follows_desks:
            choose(person).widen(letter.lead_days, daily=preference.daily)
    may_see = audience.everyone()
    for row in wishes.subscribed(letter.topics, letter.kind):
        if row.owner_id in may_see:
            choose(row.owner).widen(row.lead_days or letter.lead_days, daily=row.daily)
    on_desk = {person.pk for person in audience.desk}
    last_call = min(letter.lead_days, default=0)
    if not any(pk in on_desk and (not choice.leads or last_call in choice.leads) for pk, choice in choices.items()):
        for person in audience.heads or audience.desk or audience.last:
            choose(person).widen(letter.lead_days, daily=False)
    if not choices:
        raise NobodyToTellError(f"Nobody can be told: {letter.heading}")
    due_to = [(choice, due) for choice in choices.values() if (due := letter.for_leads(choice.leads, today))]
    goes_to = [(stand_in(choice.person, may_see, wishes, today, audience), choice, due) for choice, due in due_to]
    told: set[int] = set()
    # The most urgent first, and among equals whoever is there: a deputy is told once, for themselves if they may be.
    for person, choice, due in sorted(goes_to, key=lambda each: (-each[2].due.toordinal(), each[0] != each[1].person)):
        if person.pk in told:
            continue
        told.add(person.pk)
        daily = choice.daily and not due.urgent
        send_at = not_before(at, wishes.of(person), urgent=due.urgent, daily=daily)
        yield Told(due, send_at, person, None, choice.person if person != choice.person else None, daily)
    for webhook in {row.pk: row for row in wishes.listening(letter.topics, letter.kind)}.values():
        due = letter.for_leads((), today)
        if due is not None:
            yield Told(due, at, webhook=webhook)


def stand_in(person: User, may_see: Mapping[int, User], wishes: Wishes, today: date, audience: Audience) -> User:
    """Whoever is told in the place of a person: themselves, or while they are away the deputy, or the deputy's.

    A deputy who may not see the matter, has left, or whose own deputies lead round in a circle is no deputy: then a
    head of the desk who is there, or else the person after all, since an alert is never for nobody.
    """
    seen = {person.pk}
    found: User | None = person
    while found is not None and is_away(wishes.of(found), today):
        deputy = wishes.of(found).deputy
        passed = deputy is not None and deputy.is_active and deputy.pk in may_see and deputy.pk not in seen
        found = deputy if passed else None
        if found is not None:
            seen.add(found.pk)
    if found is not None:
        return found
    return next((head for head in audience.heads if not is_away(wishes.of(head), today)), person)


def is_away(preference: Preference, today: date) -> bool:
    """Whether a person is out of office on a day."""
    return (
        preference.away_from is not None
        and preference.away_until is not None
        and preference.away_from <= today <= preference.away_until
    )


def not_before(at: datetime, preference: Preference, *, urgent: bool, daily: bool) -> datetime:
    """When an alert may go out: at once if it is urgent, else with the next digest, and not in the quiet hours."""
    if urgent:
        return at
    zone = ZoneInfo(preference.zone or settings.TIME_ZONE)
    if daily:
        return next_at(at, preference.daily_at, zone)
    if preference.quiet_from is None or preference.quiet_until is None:
        return at
    clock = at.astimezone(zone).time()
    begins, ends = preference.quiet_from, preference.quiet_until
    quiet = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    return next_at(at, ends, zone) if quiet else at


def next_at(at: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """The next moment after `at` at which a clock in the zone shows a time; one that a jump skips comes after it."""
    day = at.astimezone(zone).date()
    found = datetime.combine(day, clock, zone)
    if found <= at:
        found = datetime.combine(day + ONE_DAY, clock, zone)
    return found.astimezone(at.tzinfo)
