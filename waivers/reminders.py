"""What is due to be told on a day, and to whom: the bridge from the rules to the outbox.

The question is always "what is due by now", without a lower bound in time: whatever the sweep missed is told once,
with the most urgent lead time only. What was told before is known by its key (`alerts.models.Alert`). Which groups
are looked at, and when, is `waivers.sweeps`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.conf import settings

from agreements.leads import DEFAULT_LEAD_DAYS
from agreements.models import Clause, Desk, DeskMember, Instrument, InstrumentParty
from agreements.querysets import sees_all
from alerts.letters import Letter, most_urgent, spoken
from alerts.recipients import Wishes
from alerts.register import Audience
from audit.models import Role, User
from notes.models import HolderAction
from waivers.dossier import reading
from waivers.models import Trigger, Waiver
from waivers.position.rules import ONE_DAY, End, State, Status, due_on, named_in_scope
from waivers.position.timeline import WaiverPosition
from waivers.position.warnings import Warn, warnings
from waivers.positions import Group
from waivers.reasons import ENDED_WORDS

GRACE_LEAD_DAYS = (7, 3, 1)
PAYMENT_LEAD_DAYS = (7, 1, 0)
ANY_LEAD = (366,)
# Hours until an alert that nobody acknowledges is passed on, by its kind; an urgent one never waits longer than 8.
ANSWER_WITHIN = {
    "waiver_rescinded": 4,
    "waiver_terminated": 4,
    "waiver_expired": 4,
    "event_of_default": 8,
    "waiver_ending": 48,
    "grace_ending": 24,
    "payment_due": 72,
}
ANSWER_WARNING_WITHIN = 120


@dataclass(frozen=True, slots=True)
class Paper:
    """What people call a waiver, and the words that its end and its triggers rest on."""

    title: str
    instrument: str
    instrument_title: str
    until: date | None
    until_text: str
    inclusive: bool
    lead_days: tuple[int, ...] | None
    paragraphs: tuple[str, ...]

    @property
    def reading(self) -> str:
        """The words of the end, and how they are read."""
        return reading(self.until, self.until_text, inclusive=self.inclusive)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the register says of an instrument beside the rules' facts: title, since when it is watched, by whom.

    `leads` are its desks' lead times, and `wanted` those that somebody subscribed to.
    """

    title: str
    monitored_from: date
    leads: tuple[int, ...]
    wanted: tuple[int, ...]
    topics: tuple[str, ...]
    audience: Audience
    open_subject: bool


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Names and people for the groups that are swept together."""

    instruments: dict[str, Watched]
    papers: dict[str, Paper]
    sections: dict[tuple[str, str], str]
    actions: dict[str, HolderAction]


@dataclass(frozen=True, slots=True)
class People:
    """Who is on which desk, who sees all desks, and who is told where there is no desk."""

    desks: dict[int, Desk]
    members: dict[int, list[User]]
    heads: dict[int, list[User]]
    readers: tuple[User, ...]
    last: tuple[User, ...]

    @classmethod
    def gather(cls) -> People:
        """All active people, in three queries."""
        active = list(User.objects.filter(is_active=True).order_by("pk"))
        members: dict[int, list[User]] = defaultdict(list)
        heads: dict[int, list[User]] = defaultdict(list)
        for member in DeskMember.objects.standing().filter(user__is_active=True).select_related("user").order_by("pk"):
            members[member.desk_id].append(member.user)
            if member.is_head:
                heads[member.desk_id].append(member.user)
        return cls(
            {desk.pk: desk for desk in Desk.objects.all()},
            members,
            heads,
            tuple(person for person in active if sees_all(person)),
            tuple(person for person in active if person.role == Role.ADMINISTRATOR) or tuple(active),
        )

    def audience(self, desks: Iterable[int]) -> Audience:
        """Who may be told of what some desks own; without anybody there, the last resort."""
        own = list(desks)
        desk = _once(person for pk in own for person in self.members.get(pk, ()))
        heads = _once(person for pk in own for person in self.heads.get(pk, ()))
        return Audience(desk, heads, self.readers, () if desk else self.last)


def _once(people: Iterable[User]) -> tuple[User, ...]:
    return tuple({person.pk: person for person in people}.values())


def watchlist(groups: Collection[int], wishes: Wishes, people: People) -> Watchlist:
    """Gather the names of some groups, and who is told of their instruments, in a fixed number of queries."""
    desks: dict[int, dict[int, None]] = defaultdict(dict)
    borrowers: dict[int, dict[str, None]] = defaultdict(dict)
    roles = InstrumentParty.objects.standing().filter(instrument__group__in=groups, role="obligor").order_by("pk")
    for instrument, desk, borrower in roles.values_list("instrument_id", "party__desk_id", "party__ref"):
        borrowers[instrument][borrower] = None
        if desk is not None:
            desks[instrument][desk] = None
    instruments = {}
    rows = Instrument.objects.filter(group__in=groups).values_list("id", "ref", "title", "monitored_from")
    for pk, ref, title, monitored_from in rows:
        own = [people.desks[desk] for desk in desks[pk]]
        topics = (
            f"instrument:{ref}",
            *(f"borrower:{borrower}" for borrower in borrowers[pk]),
            *(f"desk:{desk.ref}" for desk in own),
        )
        instruments[ref] = Watched(
            title=title,
            monitored_from=monitored_from,
            leads=tuple({days for desk in own for days in desk.lead_days or DEFAULT_LEAD_DAYS} or DEFAULT_LEAD_DAYS),
            wanted=tuple(wishes.lead_days(topics)),
            topics=topics,
            audience=people.audience(desks[pk]),
            open_subject=bool(own) and all(desk.open_subjects for desk in own),
        )
    paragraphs: dict[int, list[str]] = defaultdict(list)
    triggers = Trigger.objects.standing().filter(waiver__instrument__group__in=groups).exclude(paragraph="")
    for waiver, paragraph in triggers.values_list("waiver_id", "paragraph"):
        paragraphs[waiver].append(paragraph)
    papers = {
        row.ref: Paper(
            title=row.title,
            instrument=row.instrument.ref,
            instrument_title=row.instrument.title,
            until=row.until_date,
            until_text=row.until_text,
            inclusive=row.until_inclusive,
            lead_days=tuple(row.lead_days) if row.lead_days else None,
            paragraphs=tuple(paragraphs[row.pk]),
        )
        for row in Waiver.objects.filter(instrument__group__in=groups).select_related("instrument")
    }
    clauses = Clause.objects.filter(instrument__group__in=groups)
    sections = {
        (instrument, ref): section
        for instrument, ref, section in clauses.values_list("instrument__ref", "ref", "section")
    }
    actions = {action.ref: action for action in HolderAction.objects.filter(instrument__group__in=groups)}
    return Watchlist(instruments, papers, sections, actions)


def letters(group: Group, names: Watchlist, today: date) -> Iterator[tuple[Letter, Audience]]:
    """All that is due to be told of a group by the close of a day, with the people to tell."""
    teller = _Teller(group, names, today)
    for instrument, letter in teller.tell():
        watched = names.instruments[instrument]
        yield addressed(letter, watched), watched.audience


def addressed(letter: Letter, watched: Watched) -> Letter:
    """A letter with what people subscribe to, its deadline, and whether its subject may name things."""
    within = ANSWER_WITHIN.get(letter.kind, ANSWER_WARNING_WITHIN)
    return replace(letter, topics=watched.topics, answer_within=within, open_subject=watched.open_subject)


def matters(group: Group, names: Watchlist, on: date) -> dict[tuple[str, str, str], Letter]:
    """All that could have been told of a group for a day, at whatever lead time: by about, kind and matter."""
    found = _Teller(group, names, on, everything=True).tell()
    return {(letter.about, letter.kind, letter.version): letter for _, letter in found}


class _Teller:
    """`everything`: also what lies before the watch began, and what is due at any lead time."""

    def __init__(self, group: Group, names: Watchlist, today: date, *, everything: bool = False) -> None:
        self.timeline, self.names, self.today = group.timeline, names, today
        self.case = group.timeline.case
        self.position = group.timeline.position(today)
        self.everything = everything

    def tell(self) -> Iterator[tuple[str, Letter]]:
        live: set[str] = set()
        for waiver in self.position.waivers:
            if waiver.status in (Status.IN_FORCE, Status.PENDING):
                live.add(waiver.ref)
            letter = self._of_waiver(waiver)
            if letter is not None:
                yield self.names.papers[waiver.ref].instrument, letter
        watched: dict[str, date] = {}
        for paper in self.case.facts.waivers:
            for ref in named_in_scope(paper) if paper.ref in live else ():
                watched[ref] = min(paper.effective_from, watched.get(ref, paper.effective_from))
        yield from [*self._of_payments(watched), *self._of_instruments(), *self._of_warnings()]

    def _leads(self, instrument: str, own: Iterable[int]) -> tuple[int, ...]:
        """The lead times at which somebody is told."""
        return ANY_LEAD if self.everything else (*own, *self.names.instruments[instrument].wanted)

    def _history(self, instrument: str, on: date) -> bool:
        return not self.everything and on < self.names.instruments[instrument].monitored_from

    # waivers

    def _of_waiver(self, waiver: WaiverPosition) -> Letter | None:
        paper = self.names.papers[waiver.ref]
        if waiver.end is not None:
            return (
                None if self._history(paper.instrument, waiver.end.ended_on) else self._ended(waiver, paper, waiver.end)
            )
        if waiver.last_day is None or waiver.first_day is None:
            return None
        if waiver.status is Status.EXPIRED:
            gone = waiver.last_day + ONE_DAY
            return None if self._history(paper.instrument, gone) else self._expired(waiver, paper, waiver.last_day)
        return self._ending(waiver, paper, waiver.last_day)

    def _ending(self, waiver: WaiverPosition, paper: Paper, last: date) -> Letter | None:
        leads = paper.lead_days or self.names.instruments[paper.instrument].leads
        if most_urgent(last, self.today, self._leads(paper.instrument, leads)) is None:
            return None
        left = (last - self.today).days
        when = {0: "today is its last day", 1: "tomorrow is its last day"}.get(left, f"{left} days left")
        after = last + ONE_DAY
        held = self._held_by(waiver.ref)
        return Letter(
            about=f"waiver:{waiver.ref}",
            kind="waiver_ending",
            version=str(last),
            contractual_date=last,
            reading=paper.reading,
            due=self.today,
            heading=f"{waiver.ref} ends: {when} (last day {spoken(last)})",
            what=f"{paper.title} under {paper.instrument_title} is in force through {spoken(last)}. "
            f"From {spoken(after)} it no longer holds anything back.",
            why=tuple(held) or ("It holds no default back today.",),
            sources=(f"{paper.title}: {paper.reading}",),
            todo="Decide before the last day: a new waiver that extends this one, payment, or a reservation of rights.",
            path=f"/waivers/{waiver.ref}/",
            urgent=True,
            lead_days=leads,
        )

    def _expired(self, waiver: WaiverPosition, paper: Paper, last: date) -> Letter:
        gone = last + ONE_DAY
        return Letter(
            about=f"waiver:{waiver.ref}",
            kind="waiver_expired",
            version=str(last),
            contractual_date=gone,
            reading=paper.reading,
            due=gone,
            heading=f"{waiver.ref} has expired: its last day was {spoken(last)}",
            what=f"{paper.title} under {paper.instrument_title} is no longer in force. "
            f"{self._state_of(paper.instrument)}",
            why=tuple(self._standing(paper.instrument)) or ("No default stands under this instrument today.",),
            sources=(f"{paper.title}: {paper.reading}",),
            todo="Reserve rights or sign a new waiver; nothing holds these defaults back but what is named above.",
            path=f"/waivers/{waiver.ref}/",
            urgent=True,
        )

    def _ended(self, waiver: WaiverPosition, paper: Paper, end: End) -> Letter:
        action = self.names.actions.get(end.ref)
        learnt = (action.reported if action else None) or end.ended_on
        how = "without notice" if end.status is Status.RESCINDED else f"by notice {end.ref}"
        why = [
            f"{ENDED_WORDS[end.on].capitalize()}: {end.kind.replace('_', ' ')} {end.ref}, on {spoken(end.ended_on)}."
        ]
        if action is not None:
            told = (
                f"reported on {spoken(action.reported)}" if action.reported else "the day of its report is not recorded"
            )
            why.append(f"{action.instrument.title}: {action}, {told}; {action.get_status_display().lower()}.")
        if end.unverified:
            why.append("This is alleged and not verified; if it was recorded in error, the waiver never ended.")
        paragraphs = ", ".join(f"paragraph {paragraph}" for paragraph in paper.paragraphs)
        return Letter(
            about=f"waiver:{waiver.ref}",
            kind=f"waiver_{end.status}",
            version=f"{end.ended_on}:{end.ref}",
            contractual_date=end.ended_on,
            reading=paper.reading,
            due=max(learnt, end.ended_on),
            heading=f"{waiver.ref} was {end.status} on {spoken(end.ended_on)}",
            what=f"{paper.title} under {paper.instrument_title} ended on {spoken(end.ended_on)}, {how}. "
            f"{self._state_of(paper.instrument)}",
            why=(*why, *self._standing(paper.instrument)),
            sources=(f"{paper.title}, {paragraphs}" if paragraphs else paper.title,),
            todo="Check what ended it, reserve rights, and decide whether a new waiver is to be given. "
            "A rescinded waiver does not come back.",
            path=f"/waivers/{waiver.ref}/",
            urgent=True,
        )

    # instruments and payments

    def _state_of(self, instrument: str) -> str:
        found = next(item for item in self.position.instruments if item.ref == instrument)
        return f"The state of {self.names.instruments[instrument].title} is now: {found.state.replace('_', ' ')}."

    def _standing(self, instrument: str) -> list[str]:
        found = next(item for item in self.position.instruments if item.ref == instrument)
        return [
            f"{line.root.ref} ({line.root.kind.replace('_', ' ')}) under {self._clause(line.instrument, line.clause)}: "
            f"{line.state.replace('_', ' ')} since {spoken(line.since)}."
            for line in found.lines
        ]

    def _clause(self, instrument: str, clause: str) -> str:
        section = self.names.sections.get((instrument, clause))
        return f"{clause} (section: {section})" if section else clause

    def _held_by(self, waiver: str) -> list[str]:
        lines = [line for item in self.position.instruments for line in item.lines if line.waiver == waiver]
        return [
            f"It holds back {line.root.ref} under {self._clause(line.instrument, line.clause)}, "
            f"a default since {spoken(line.since)}."
            for line in lines
        ]

    def _of_payments(self, watched: dict[str, date]) -> Iterator[tuple[str, Letter]]:
        for payment in self.case.facts.payments:
            due = due_on(payment, self.today)
            unpaid = payment.paid is None or payment.paid > self.today
            past = due < self.today
            if payment.instrument not in watched or not unpaid:
                continue
            if not past and most_urgent(due, self.today, self._leads(payment.instrument, PAYMENT_LEAD_DAYS)) is None:
                continue
            if self._history(payment.instrument, due) or (past and due < watched[payment.instrument]):
                continue
            title = self.names.instruments[payment.instrument].title
            moved = "" if due == payment.due else f" It was first due on {spoken(payment.due)}."
            left = (due - self.today).days
            when = f"is due in {left} day{'s' * (left > 1)}" if left > 0 else "was due" if past else "is due today"
            yield (
                payment.instrument,
                Letter(
                    about=f"payment:{payment.instrument}:{payment.ref}",
                    kind="payment_due",
                    version=str(due),
                    contractual_date=due,
                    reading="",
                    due=self.today,
                    heading=f"{payment.kind.capitalize()} {payment.ref} of {payment.instrument} {when}, {spoken(due)}",
                    what=f"A payment of {payment.kind} under {title} {'fell' if past else 'falls'} due on "
                    f"{spoken(due)}.{moved}",
                    why=(f"A waiver in force names {payment.instrument} in its scope, so a miss there matters.",),
                    sources=(title,),
                    todo="Find out whether it is paid, and record it as paid or leave it to be missed.",
                    path=f"/instruments/{payment.instrument}/",
                    lead_days=PAYMENT_LEAD_DAYS,
                ),
            )

    def _of_instruments(self) -> Iterator[tuple[str, Letter]]:
        for item in self.position.instruments:
            title = self.names.instruments[item.ref].title
            for line in item.lines:
                eod = line.event_of_default_on
                lead = most_urgent(eod, self.today, self._leads(item.ref, GRACE_LEAD_DAYS))
                if line.state is State.DEFAULT and lead is not None and eod > self.today:
                    yield (
                        item.ref,
                        Letter(
                            about=f"line:{line.instrument}:{line.clause}:{line.root.ref}",
                            kind="grace_ending",
                            version=str(eod),
                            contractual_date=eod,
                            reading=f"Grace began on {spoken(line.since)}, and ends before {spoken(eod)}.",
                            due=self.today,
                            heading=f"Grace under {item.ref} ends: event of default from {spoken(eod)}",
                            what=f"{line.root.ref} is a default under {title}. Uncured, it is an event of default from "
                            f"{spoken(eod)}.",
                            why=tuple(self._standing(item.ref)),
                            sources=(f"{title}, {self._clause(line.instrument, line.clause)}",),
                            todo="Find out whether it will be cured in time, or prepare a waiver or a reservation.",
                            path=f"/instruments/{item.ref}/",
                            urgent=True,
                            lead_days=GRACE_LEAD_DAYS,
                        ),
                    )
            begun = self.timeline.standing_since(item.ref, State.EVENT_OF_DEFAULT, self.today)
            if begun is not None and not self._history(item.ref, begun):
                yield (
                    item.ref,
                    Letter(
                        about=f"instrument:{item.ref}",
                        kind="event_of_default",
                        version=str(begun),
                        contractual_date=begun,
                        reading="",
                        due=begun,
                        heading=f"Event of default under {item.ref} since {spoken(begun)}",
                        what=f"An event of default stands under {title}, and no waiver or forbearance holds it back.",
                        why=tuple(self._standing(item.ref)),
                        sources=tuple(
                            f"{title}, {self._clause(line.instrument, line.clause)}"
                            for line in item.lines
                            if line.state is State.EVENT_OF_DEFAULT
                        ),
                        todo="Waive, forbear, or record a reservation of rights.",
                        path=f"/instruments/{item.ref}/",
                        urgent=True,
                    ),
                )

    def _due(self, warning: Warn) -> date:
        """When it was to be told: as soon as it stood, where that is a date; else today."""
        waited = {33: timedelta(days=settings.UNWAIVED_DAYS + 1), 34: timedelta()}
        return warning.on + waited[warning.rule] if warning.rule in waited else self.today

    def _of_warnings(self) -> Iterator[tuple[str, Letter]]:
        for warning in warnings(self.timeline, self.today, unwaived_days=settings.UNWAIVED_DAYS):
            paper = self.names.papers.get(warning.about) if warning.rule != 33 else None
            instrument = paper.instrument if paper else warning.about
            if self._history(instrument, warning.on) and warning.rule != 33:
                continue
            yield (
                instrument,
                Letter(
                    about=f"{'waiver' if paper else 'instrument'}:{warning.about}",
                    kind=f"warning_{warning.rule}",
                    version=f"{warning.subject}:{warning.on}",
                    contractual_date=warning.on,
                    reading=paper.reading if paper else "",
                    due=self._due(warning),
                    heading=f"Warning about {warning.about}: {warning.title}",
                    what=warning.text,
                    why=(f"Rule {warning.rule} of the register's own warnings.",),
                    sources=(paper.title if paper else self.names.instruments[instrument].title,),
                    todo=WARNING_TODO[warning.rule],
                    path=f"/waivers/{warning.about}/" if paper else f"/instruments/{instrument}/",
                ),
            )


WARNING_TODO = {
    30: "Bring the payment into the scope of a new waiver, or see that it is paid.",
    31: "Sign a waiver that covers the days between, or reserve rights for them.",
    32: "See whether the other creditor will extend, and what falls if it does not.",
    33: "Send a reservation of rights and record it, or grant a waiver.",
    34: "Get it executed and its conditions satisfied, and record the days.",
}
