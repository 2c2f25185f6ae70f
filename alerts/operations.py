"""Writes of the outbox: raising, superseding, acknowledging, snoozing, passing on. Sending is `alerts.dispatch`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from alerts.letters import Letter, spoken
from alerts.models import Act, Alert, Heartbeat
from alerts.querysets import CANARY
from alerts.recipients import Told, Wishes, address, not_before, stand_in
from alerts.register import Audience, register
from alerts.states import State, before
from audit.models import User

AT_ONCE = 500
CORRECTION_WITHIN = 24
WORDS_KEPT = 500
AGAIN = "#"  # no ref and no date holds it
NEARER = "Something nearer is told instead."


class NotNowError(ValueError):
    """What a person asked to do with an alert cannot be done; the message says why, in a sentence."""


class NotPassedOnError(RuntimeError):
    """Some alerts could not be passed on; all the others were."""


# Raising


def raise_alerts(
    letters: Iterable[tuple[Letter, Audience]], *, raised_for: date, at: datetime, wishes: Wishes | None = None
) -> int:
    """Put each letter into the outbox, once for each who is to be told; return how many alerts were new.

    What was raised before is left alone: the key (about, kind, version, recipient) is unique. Of one matter a person
    has only the most urgent waiting. Raises `NobodyToTellError` if a letter can go to nobody.
    """
    wishes = wishes or Wishes.gather()
    told = [each for letter, audience in letters for each in address(letter, audience, wishes, raised_for, at)]
    return put(told, raised_for=raised_for, at=at)


def put(told: Collection[Told], *, raised_for: date, at: datetime, level: int = Alert.Level.RECIPIENT) -> int:
    """Put addressed letters into the outbox, in one transaction; return how many were new."""
    with transaction.atomic():
        known, stood_for, waiting, superseded = _known({each.letter.about for each in told})
        # Whoever was stood in for was told by that, and coming back is not told again; but is, if it is passed on.
        known |= stood_for if level == Alert.Level.RECIPIENT else set()
        fresh: dict[tuple, Alert] = {}
        for each in told:
            of = (each.letter.about, each.letter.kind, each.letter.version)
            if (*of, _key(each)) not in known and (*of, _key_of(each.in_place_of)) not in known:
                times = superseded[*of, _key(each)]
                fresh[*of, _key(each)] = _alert(each, raised_for, at, level, again=times)
        passed = [
            pk
            for alert in fresh.values()
            for pk in waiting.get((alert.about, alert.kind, alert.matter, _key_of(alert.recipient, alert.webhook)), ())
        ]
        _supersede(Alert.objects.filter(pk__in=passed, state=State.PENDING), NEARER, at)
        Alert.objects.bulk_create(fresh.values(), ignore_conflicts=True, batch_size=AT_ONCE)
    return len(fresh)


def _key(told: Told) -> str:
    return _key_of(told.person, told.webhook)


def _key_of(person: object, webhook: object = None) -> str:
    return f"person {person.pk}" if isinstance(person, User) else f"webhook {webhook.pk}" if webhook else ""  # type: ignore[attr-defined]


def _known(abouts: set[str]) -> tuple[set[tuple], set[tuple], dict[tuple, list[int]], Counter[tuple]]:
    """What was raised about some records: its keys, those of whoever was stood in for, what of it waits, and how often
    each key was superseded.

    What was superseded and is due after all, since a fact was put back, is told anew under another version.
    """
    known: set[tuple] = set()
    stood_for: set[tuple] = set()
    waiting: dict[tuple, list[int]] = defaultdict(list)
    superseded: Counter[tuple] = Counter()
    names = sorted(abouts)
    columns = (
        "id",
        "about",
        "kind",
        "version",
        "matter",
        "recipient_id",
        "webhook_id",
        "in_place_of_id",
        "state",
        "note",
    )
    for start in range(0, len(names), AT_ONCE):
        rows = Alert.objects.filter(about__in=names[start : start + AT_ONCE])
        for pk, about, kind, version, matter, person, webhook, instead_of, state, note in rows.values_list(*columns):
            to = f"person {person}" if person else f"webhook {webhook}"
            of = (about, kind, version.partition(AGAIN)[0])
            if state == State.SUPERSEDED and note != NEARER:
                superseded[*of, to] += 1
                continue
            known.add((*of, to))
            if instead_of:
                stood_for.add((*of, f"person {instead_of}"))
            if state == State.PENDING and matter:
                waiting[about, kind, matter, to].append(pk)
    return known, stood_for, waiting, superseded


def _alert(told: Told, raised_for: date, at: datetime, level: int, again: int) -> Alert:
    letter = told.letter
    within = letter.answer_within if told.person else 0
    return Alert(
        about=letter.about,
        kind=letter.kind,
        version=f"{letter.version}{AGAIN}{again + 1}" if again else letter.version,
        matter=letter.matter or letter.version,
        topic=next((topic for topic in letter.topics if topic.startswith("instrument:")), ""),
        topics=list(letter.topics),
        recipient=told.person,
        webhook=told.webhook,
        in_place_of=told.in_place_of,
        urgent=letter.urgent,
        contractual_date=letter.contractual_date,
        zone=settings.TIME_ZONE,
        reading=letter.reading,
        content=letter.content(),
        raised_for=raised_for,
        raised_at=at,
        late=letter.due < raised_for,
        daily=told.daily,
        next_attempt_at=told.send_at,
        answer_within=within,
        answer_by=told.send_at + timedelta(hours=within) if within else None,
        level=level,
    )


# What is no longer so


def correct(
    unfounded: Mapping[int, str],
    *,
    today: date,
    at: datetime,
    unsent: Collection[int] = (),
    said_otherwise: Collection[int] = (),
) -> int:
    """Supersede alerts that are no longer so, and tell whoever was told; return how many were told.

    `unfounded`: why, by id. `unsent`: those under way that have not left; what else is under way may have left, so it
    is corrected too. `said_otherwise`: those that need no correction for whoever is told something urgent about the
    same record at this moment.
    """
    if not unfounded:
        return 0
    told = []
    with transaction.atomic():
        rows = Alert.objects.filter(pk__in=unfounded, state__in=before(State.SUPERSEDED)).select_for_update(
            of=("self",), no_key=True
        )
        for alert in rows.select_related("recipient", "webhook", "carried_by").order_by("id"):
            why = unfounded[alert.pk]
            reached = alert.possible_repeat or (_may_have_left(alert) and alert.pk not in unsent)
            otherwise = reached and alert.pk in said_otherwise and _told_something_urgent(alert, at)
            why = "It ended, which is told instead." if otherwise else why
            if _supersede(Alert.objects.filter(pk=alert.pk, state=alert.state), why, at) and reached and not otherwise:
                told.append(_correction(alert, why, today, at))
        return put(told, raised_for=today, at=at)


def _may_have_left(alert: Alert) -> bool:
    left = (State.ACCEPTED, State.DELIVERED, State.SENDING)
    return alert.state in left or (alert.carried_by is not None and alert.carried_by.state in left)


def _told_something_urgent(alert: Alert, at: datetime) -> bool:
    same = Alert.objects.filter(about=alert.about, recipient=alert.recipient_id, webhook=alert.webhook_id)
    return same.filter(raised_at=at, urgent=True).exclude(state=State.SUPERSEDED).exists()


def _correction(alert: Alert, why: str, today: date, at: datetime) -> Told:
    heading = f"Correction: what alert {alert.pk} said is no longer so"
    letter = Letter(
        about=alert.about,
        kind="correction",
        version=str(alert.pk),
        contractual_date=alert.contractual_date,
        reading=alert.reading,
        due=today,
        heading=heading,
        what=f"Alert {alert.pk}, raised for {spoken(alert.raised_for)}, said: “{alert.content['heading']}”. {why}",
        why=("A fact that it rested on was changed, voided or recorded since.",),
        sources=tuple(alert.content["sources"]),
        todo="Look at how it stands now, and undo what was done because of that alert.",
        path=alert.content["path"],
        urgent=alert.urgent,
        topics=tuple(alert.topics),
        answer_within=CORRECTION_WITHIN,
        open_subject=alert.content.get("open_subject", False),
    )
    return Told(letter, at, alert.recipient, alert.webhook)


def _supersede(rows: QuerySet[Alert], why: str, at: datetime) -> int:
    # Locked, so that no dispatcher takes one of them between this look and the change.
    numbers = list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if not numbers:
        return 0
    ended = {"lease": "", "lease_expires_at": None, "answer_by": None, "snoozed_until": None, "set_aside_at": None}
    changed = Alert.objects.filter(pk__in=numbers, state__in=before(State.SUPERSEDED)).update(
        state=State.SUPERSEDED, note=why[:WORDS_KEPT], **ended
    )
    Act.objects.bulk_create(
        Act(alert_id=number, kind=Act.Kind.SUPERSEDED, at=at, said=why[:WORDS_KEPT]) for number in numbers
    )
    return changed


# What a person does with an alert


def acknowledge(*, alert: Alert, by: User, at: datetime) -> bool:
    """Note that a person has taken a matter in hand, and pass it on no further; whether this was the first to say so.

    Others who were told of the same matter see who has it; each may still acknowledge their own alert.
    """
    with transaction.atomic():
        first = Alert.objects.filter(pk=alert.pk, acknowledged_at=None)
        done = bool(first.update(acknowledged_at=at, acknowledged_by=by, answer_by=None, snoozed_until=None))
        if done:
            Act.objects.create(alert=alert, kind=Act.Kind.ACKNOWLEDGED, at=at, by=by)
        raised = Alert.objects.of_matter(alert)
        raised.update(answer_by=None)
        # On everyone's first page there is one of it, and it is taken in hand by whoever is first.
        everyone = raised.filter(level=Alert.Level.EVERYONE, acknowledged_at=None)
        everyone.update(acknowledged_at=at, acknowledged_by=by, snoozed_until=None)
    return done


def latest_snooze(alert: Alert) -> datetime:
    """The last moment until which an alert may be put off: the end of the day before the date that it speaks of."""
    return datetime.combine(alert.contractual_date, time(), ZoneInfo(alert.zone)) - timedelta(minutes=1)


def snooze(*, alert: Alert, by: User, until: datetime, at: datetime) -> None:
    """Put an alert off until a moment before the date itself; its deadline counts from there.

    Raises `NotNowError` with a sentence if it may not be put off so long, or at all.
    """
    last = latest_snooze(alert)
    if last <= at:
        raise NotNowError("It cannot be put off: the date that it speaks of has come, or is tomorrow.")
    if not at < until <= last:
        day = last.date()
        raise NotNowError(
            f"It can be put off to a moment from now to the end of {spoken(day)}, the day before its date."
        )
    within = timedelta(hours=alert.answer_within) if alert.answer_within else None
    with transaction.atomic():
        waiting = Alert.objects.filter(pk=alert.pk, acknowledged_at=None).exclude(state=State.SUPERSEDED)
        if not waiting.update(snoozed_until=until, answer_by=until + within if within else None):
            raise NotNowError("It is acknowledged or superseded already.")
        said = f"until {spoken(until.astimezone(ZoneInfo(alert.zone)).date())}"
        Act.objects.create(alert=alert, kind=Act.Kind.SNOOZED, at=at, by=by, said=said)


def send_again(*, alert: Alert, by: User, reason: str, at: datetime) -> None:
    """Put a dead alert back into the outbox, with the reason why it may arrive now. Raises `NotNowError`."""
    _check_reason(reason)
    with transaction.atomic():
        dead = Alert.objects.filter(pk=alert.pk, state=State.DEAD)
        if not dead.update(state=State.PENDING, next_attempt_at=at, set_aside_at=None, note="", daily=False):
            raise NotNowError("It is not dead any more.")
        Alert.objects.filter(carried_by=alert, state=State.DEAD).update(state=State.PENDING, note="")
        Act.objects.create(alert=alert, kind=Act.Kind.SENT_AGAIN, at=at, by=by, said=reason[:WORDS_KEPT])


def set_aside(*, alert: Alert, by: User, reason: str, at: datetime) -> None:
    """Clear a dead or bounced alert from the first page, with the reason why nobody need have it. `NotNowError`."""
    _check_reason(reason)
    with transaction.atomic():
        dead = Alert.objects.dead().filter(pk=alert.pk)
        bounced = dead.filter(state=State.BOUNCED).update(acknowledged_at=at, acknowledged_by=by, answer_by=None)
        if not bounced and not dead.filter(state=State.DEAD).update(set_aside_at=at):
            raise NotNowError("It is not dead any more.")
        Act.objects.create(alert=alert, kind=Act.Kind.SET_ASIDE, at=at, by=by, said=reason[:WORDS_KEPT])


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise NotNowError("Say why: it is kept with the alert.")


# Passing on


def pass_on(*, today: date, at: datetime, most: int = AT_ONCE) -> int:
    """Tell the next in line of what nobody acknowledged by its deadline; return how many were told.

    The next person (a deputy, or the desk's head), then the desk, then everyone's first page (rule 14). Raises
    `NotPassedOnError` once all that can be are passed on.
    """
    overdue = Alert.objects.unanswered().filter(answer_by__lte=at, recipient__isnull=False)
    wishes: Wishes | None = None
    told, failed = 0, []
    numbers = list(overdue.order_by("answer_by").values_list("pk", flat=True)[:most])
    for number in numbers:
        try:
            with transaction.atomic():
                row = (
                    overdue.filter(pk=number)
                    .select_for_update(of=("self",), no_key=True)
                    .select_related("recipient")
                    .first()
                )
                if row is not None:  # else it went with another of its matter, or somebody else passed it on
                    wishes = wishes or Wishes.gather()
                    told += _pass_on(row, wishes, today, at)
        except Exception as error:  # noqa: BLE001 (one holds up no other; all are told below)
            failed.append(f"alert {number}: {type(error).__name__}: {error}")
    if failed:
        raise NotPassedOnError(f"{len(failed)} alert(s) could not be passed on; {failed[0]}")
    return told


def _pass_on(alert: Alert, wishes: Wishes, today: date, at: datetime) -> int:
    audience = register().audience_of(alert.topics)
    same = Alert.objects.filter(about=alert.about, kind=alert.kind, version=alert.version)
    already = set(same.exclude(recipient=None).values_list("recipient_id", flat=True))
    late = same.unanswered().filter(answer_by__lte=at)
    names = ", ".join(sorted({str(row.recipient) for row in late.select_related("recipient")}))
    said = f"{names} had not acknowledged it by the deadline."
    if alert.state in (State.DEAD, State.BOUNCED):
        said = f"It did not reach {alert.recipient}: {alert.note or 'the mail came back'}"
    letter = _letter_of(alert, said, today)
    level, told = alert.level, 0
    while not told and level < Alert.Level.EVERYONE:
        level, people = _next_level(alert, level, already, audience, wishes, today)
        send_at = {person.pk: not_before(at, wishes.of(person), urgent=alert.urgent, daily=False) for person in people}
        addressed = [Told(letter, send_at[person.pk], person) for person in people]
        told = put(addressed, raised_for=today, at=at, level=level)
    passed = [
        Act(
            alert=row,
            kind=Act.Kind.PASSED_ON,
            at=at,
            said=f"{said} Passed on to {Alert.Level(level).label}."[:WORDS_KEPT],
        )
        for row in late
    ]
    Act.objects.bulk_create(passed)
    late.filter(pk__in=[act.alert_id for act in passed]).update(answer_by=None, level=level)
    return told


def _next_level(
    alert: Alert, level: int, already: set[int], audience: Audience, wishes: Wishes, today: date
) -> tuple[int, list[User]]:
    """The next level at which there is somebody who has not been told, and who that is."""
    may_see = audience.everyone()
    if level < Alert.Level.NEXT and alert.recipient is not None:
        deputy = wishes.of(alert.recipient).deputy
        line = [*([deputy] if deputy is not None and deputy.pk in may_see else []), *audience.heads]
        for person in line:
            found = stand_in(person, may_see, wishes, today, audience)
            if found.is_active and found.pk not in already:
                return Alert.Level.NEXT, [found]
    if level < Alert.Level.DESK:
        people = [person for person in audience.desk or audience.last if person.pk not in already]
        if people:
            return Alert.Level.DESK, people
    return Alert.Level.EVERYONE, []


def _letter_of(alert: Alert, said: str, today: date) -> Letter:
    """The letter of an alert, as it is passed on."""
    content = alert.content
    return Letter(
        about=alert.about,
        kind=alert.kind,
        version=alert.version,
        matter=alert.matter,
        contractual_date=alert.contractual_date,
        reading=alert.reading,
        due=today,
        heading=content["heading"],
        what=f"{content['what']} Passed on to you: {said}",
        why=tuple(content["why"]),
        sources=tuple(content["sources"]),
        todo=content["todo"],
        path=content["path"],
        urgent=alert.urgent,
        topics=tuple(alert.topics),
        answer_within=alert.answer_within,
        open_subject=content.get("open_subject", False),
    )


# What the mail provider reports


def report(*, alert: Alert, state: State, said: str, at: datetime) -> bool:
    """Note a delivery or a bounce that the mail provider reports; whether it changed the state.

    Reports come late, twice and out of order: only a listed step is taken, so that none goes back. A bounce is passed
    on at once.
    """
    with transaction.atomic():
        rows = Alert.objects.filter(pk=alert.pk, state__in=before(state))
        columns: dict[str, object] = {"note": said[:WORDS_KEPT]} if state is State.BOUNCED else {}
        changed = bool(rows.update(state=state, **columns))
        if changed and state is State.BOUNCED and alert.recipient_id and alert.answer_within:
            Alert.objects.filter(pk=alert.pk, acknowledged_at=None).update(answer_by=at, snoozed_until=None)
        Act.objects.create(alert=alert, kind=Act.Kind.REPORTED, at=at, said=f"{state}: {said}"[:WORDS_KEPT])
        for carried in Alert.objects.filter(carried_by=alert):
            report(alert=carried, state=state, said=said, at=at)
    return changed


# The pulse


def beat(name: str, *, at: datetime, **counts: int | str) -> None:
    """Write down that something which must not stop has run, and what it counted."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "counts": counts})


def raise_canary(*, today: date, at: datetime) -> int:
    """Raise the alert of the day that proves the whole path, to each administrator; how many were new."""
    keepers = tuple(User.objects.filter(is_active=True, role="administrator").exclude(email=""))
    letter = Letter(
        about=CANARY,
        kind=CANARY,
        version=str(today),
        contractual_date=today,
        reading="",
        due=today,
        heading=f"The daily canary of {spoken(today)}",
        what="Nothing needs you. This message shows that alerts get from the outbox to a mailbox.",
        why=("One is raised each day, and `check_alive` complains if it does not get through.",),
        sources=("Standstill",),
        todo="Nothing. If it does not come one morning, look at why.",
        path="/",
        open_subject=True,
    )
    return put([Told(letter, at, person) for person in keepers], raised_for=today, at=at)
