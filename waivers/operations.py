"""Writes that can change a position: each evaluates what it does to its group in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from agreements.models import DefaultEvent, Instrument
from audit.models import Fact
from audit.signing import Signature, signed
from notes.models import Deferral, HolderAction, Payment
from waivers.models import Condition, TerminationNotice, Waiver
from waivers.position import facts as f
from waivers.position.timeline import Change, Timeline, difference, timeline
from waivers.positions import facts_of
from waivers.reminders import sweep


@dataclass(frozen=True, slots=True)
class Preview:
    """What a record would change: the differences, and the two timelines that they come from."""

    before: Timeline
    after: Timeline
    changes: list[Change]


def check_has_happened(action: HolderAction, today: date) -> None:
    """Raise `ValidationError`, by field, for an action of the future: what may happen is not a fact."""
    for field, what in (("occurred", "occurred"), ("reported", "been reported")):
        on = getattr(action, field)
        if on and on > today:
            raise ValidationError({field: f"An action cannot have {what} after today ({today:%-d %B %Y})."})


def preview_holder_action(action: HolderAction, *, today: date) -> Preview:
    """What recording an action (unsaved) would change (rule 29); nothing is recorded.

    Raises `ValidationError` for an action of the future.
    """
    check_has_happened(action, today)
    facts = facts_of([action.instrument.group])[action.instrument.group]
    added = f.HolderAction(
        ref=action.ref,
        instrument=action.instrument.ref,
        kind=f.ActionKind(action.kind),
        by=f.Actor(action.by),
        occurred=action.occurred,
        annulled=action.annulled,
        withdrawn=action.withdrawn,
        standing=f.Standing(action.status),
        reported=action.reported,
    )
    before = timeline(facts, today=today)
    after = timeline(replace(facts, holder_actions=(*facts.holder_actions, added)), today=today)
    return Preview(before, after, difference(before, after))


def record_holder_action(*, action: HolderAction, by: Signature, reason: str, today: date) -> int:
    """Record what a holder or trustee did, evaluate it, and raise its alerts, all in one transaction.

    `action` is unsaved. Raises `ValidationError` with sentences by field; returns how many alerts were raised.
    """
    check_has_happened(action, today)
    action.full_clean()
    with transaction.atomic(), signed(by, reason):
        action.save()
        return sweep([action.instrument.group], today, at=by.at)


def record(*, fact: Fact, by: Signature, reason: str, today: date) -> int:
    """Record or correct a fact that can change a position, evaluate it, and raise its alerts, in one transaction.

    Raises `ValidationError` with sentences by field; returns how many alerts were raised.
    """
    if isinstance(fact, HolderAction):
        check_has_happened(fact, today)
    fact.full_clean()
    with transaction.atomic(), signed(by, reason):
        fact.save()
        return sweep([instrument_of(fact).group], today, at=by.at)


def instrument_of(fact: Fact) -> Instrument:
    """The instrument to whose group a fact belongs."""
    match fact:
        case HolderAction() | Payment() | Waiver():
            return fact.instrument
        case Deferral():
            return fact.payment.instrument
        case DefaultEvent():
            return fact.clause.instrument
        case Condition() | TerminationNotice():
            return fact.waiver.instrument
        case _:
            raise TypeError(f"{type(fact).__name__} is not recorded this way.")
