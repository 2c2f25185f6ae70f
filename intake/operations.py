"""What comes in is kept, judged term by term, and recorded; each a write of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet

from agreements.models import Desk, Instrument, LoanDocument
from agreements.operations import keep_file, name_file
from audit.models import User
from audit.signing import Signature, signed
from intake.models import Incoming, Verdict
from intake.portfolio.load import import_portfolio
from intake.review.proposal import Proposal
from intake.review.sheet import Item
from notes.models import Alias
from waivers.chains import TermChange, changes
from waivers.dossier import dossier
from waivers.models import Waiver
from waivers.operations import Preview, merged, save, take_turns
from waivers.position.timeline import difference, timeline
from waivers.positions import facts_of
from waivers.sweeps import sweep

LONGEST_NAME = 300
LARGEST = 25 * 1024 * 1024  # bytes of one file that is sent in; a zip may hold more
MOST_COMPARED = 3  # earlier waivers that a new one is held against


class NotUnderReviewError(Exception):
    """The document was recorded or set aside meanwhile, or is not read yet; nothing can be said of its terms."""


class FaultyProposalError(Exception):
    """What was confirmed does not make a waiver yet. `faults` are sentences; nothing was written."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(self.faults))


class OtherThanPreviewedError(Exception):
    """The register has changed so that recording would do something else than was previewed."""


# What comes in


def receive(
    *,
    name: str,
    data: bytes,
    desk: Desk | None,
    owner: User,
    by: Signature,
    exhibit: str = "",
    parent: Incoming | None = None,
) -> Incoming:
    """Keep a file as it came, to be read; the same content on the same desk is recognised and not read again.

    Raises `ValidationError` with a sentence for one that is empty or too large.
    """
    name = name[-LONGEST_NAME:] or "unnamed"
    if not data:
        raise ValidationError(f"{name} is empty.")
    if len(data) > LARGEST:
        raise ValidationError(f"{name} has {len(data):,} bytes; at most {LARGEST:,} are read.")
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        first = (
            Incoming.objects.filter(sha256=digest, desk=desk, exhibit=exhibit)
            .exclude(state__in=[Incoming.State.DUPLICATE, Incoming.State.REFUSED])
            .order_by("id")
            .first()
        )
        made = Incoming(
            desk=desk,
            by=owner,
            received_at=by.at,
            parent=parent,
            name=name,
            exhibit=exhibit[:40],
            size=len(data),
            sha256=digest,
            state=Incoming.State.DUPLICATE if first else Incoming.State.WAITING,
            same_as=first,
        )
        made.file.name = f"incoming/{digest}.bin"
        if not made.file.storage.exists(made.file.name):
            made.file.storage.save(made.file.name, ContentFile(data))
        made.save()
    return made


def set_aside(*, incoming: Incoming, back: bool = False) -> None:
    """Put a document away that is not to be recorded, or take it back. Raises `NotUnderReviewError`."""
    was, becomes = Incoming.State.READ, Incoming.State.SET_ASIDE
    if back:
        was, becomes = becomes, was
    if not Incoming.objects.filter(pk=incoming.pk, state=was).update(state=becomes):
        raise NotUnderReviewError


# Verdicts


def decide(*, incoming: Incoming, item: Item, outcome: str, value: Any, owner: User, by: Signature) -> Verdict:
    """Keep what a person says of one term, with the words that it rests on. The last one counts.

    Raises `NotUnderReviewError`.
    """
    with transaction.atomic():
        _lock(incoming)
        return Verdict.objects.create(
            incoming=incoming,
            term=item.key,
            outcome=outcome,
            proposed=item.proposed,
            value=None if outcome == Verdict.Outcome.REJECTED else value,
            words=item.words,
            spans=[list(span) for span in item.spans],
            at=by.at,
            by=owner,
            actor_name=by.name,
            actor_role=by.role,
            request_id=by.request_id,
        )


def _lock(incoming: Incoming) -> Incoming:
    """The row, held until the transaction ends; on SQLite the transaction alone sees to it."""
    found = Incoming.objects.select_for_update().filter(pk=incoming.pk, state=Incoming.State.READ).first()
    if found is None:
        raise NotUnderReviewError
    return found  # type: ignore[no-any-return]


# Recording


@dataclass(frozen=True, slots=True)
class Outlook:
    """What recording would do: to positions, and how the waiver differs from earlier ones that it might extend."""

    preview: Preview
    differs: tuple[tuple[Waiver, tuple[TermChange, ...]], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The waiver that was recorded, and how many alerts that raised."""

    waiver: Waiver
    raised: int


def look_ahead(*, incoming: Incoming, proposal: Proposal, desk: Desk | None, by: Signature, today: date) -> Outlook:
    """What recording would change (rule 29): it is written, evaluated and taken back. Raises as `record_draft` does."""
    with transaction.atomic():
        _, _, outlook = _written(incoming, proposal, desk, by, "A preview, taken back", today)
        transaction.set_rollback(True)
    return outlook


def record_draft(
    *,
    incoming: Incoming,
    proposal: Proposal,
    desk: Desk | None,
    by: Signature,
    reason: str,
    today: date,
    previewed: str,
) -> Done:
    """Record what was confirmed: the facts, the paper with its file, and that it was; evaluate it and raise its alerts.

    All in one transaction. `previewed` is the `print` of the preview. Raises `NotUnderReviewError`,
    `FaultyProposalError`, `FaultyPortfolioError` and `OtherThanPreviewedError`.
    """
    with transaction.atomic():
        _lock(incoming)
        take_turns(list(_known(proposal).values_list("pk", flat=True)))
        waiver, paper, outlook = _written(incoming, proposal, desk, by, reason, today)
        if outlook.preview.print != previewed:
            raise OtherThanPreviewedError
        with incoming.file.open("rb") as file:
            keep_file(paper, file.read())
        with signed(by, reason):
            raised = sweep([waiver.instrument.group], today, at=by.at).raised
        Incoming.objects.filter(pk=incoming.pk).update(
            state=Incoming.State.RECORDED, waiver=waiver, paper=paper, recorded_at=by.at
        )
    return Done(waiver, raised)


def _known(proposal: Proposal) -> QuerySet[Instrument]:
    """The instruments that the register has already and the proposal speaks of."""
    refs = {proposal.under} | {ref for ref, _ in proposal.aliases}
    refs |= {item["ref"] for name in ("agreements", "note_series") for item in proposal.debts.get(name) or ()}
    for waiver in proposal.waiver.get("waivers") or ():
        for part in [*waiver["covers"], *waiver["ends_on"]]:
            named = part.get("failure_to_pay") or {"instruments": part.get("all_of") or part.get("instruments") or ()}
            refs |= set(named["instruments"])
    return Instrument.objects.filter(ref__in=refs)  # type: ignore[no-any-return]


def _written(
    incoming: Incoming, proposal: Proposal, desk: Desk | None, by: Signature, reason: str, today: date
) -> tuple[Waiver, LoanDocument, Outlook]:
    """Write a proposal and compare the timelines before and after; the transaction is the caller's."""
    if proposal.faults:
        raise FaultyProposalError(proposal.faults)
    groups = set(_known(proposal).values_list("group", flat=True))
    before = timeline(merged(facts_of(groups).values()), today=today)
    import_portfolio(proposal.debts, by=by, reason=reason, monitored_from=today, desk=desk)
    item = proposal.waiver["waivers"][0]
    with signed(by, reason):
        instrument = Instrument.objects.get(ref=proposal.under)
        dated = date.fromisoformat(item["dated_as_of"])
        paper = LoanDocument(
            ref=_paper_ref(item["ref"]),
            instrument=instrument,
            kind=item["kind"],
            title=item["title"],
            dated_as_of=dated,
        )
        with incoming.file.open("rb") as file:
            name_file(paper, name=incoming.name, data=file.read(), words=incoming.text)
        save(paper, today)
        for ref, designation in proposal.aliases:
            notes = Instrument.objects.get(ref=ref)
            save(Alias(instrument=notes, designation=designation, used_from=dated), today)
    named = {**proposal.waiver, "waivers": [{**item, "document": paper.ref}]}
    import_portfolio(named, by=by, reason=reason, monitored_from=today, desk=desk)
    waiver = Waiver.objects.select_related("instrument").get(ref=item["ref"])
    after = timeline(merged(facts_of([waiver.instrument.group]).values()), today=today)
    return waiver, paper, Outlook(Preview(before, after, difference(before, after)), tuple(_compared(waiver)))


def _paper_ref(ref: str) -> str:
    taken = set(LoanDocument.objects.filter(ref__startswith=ref[:90]).values_list("ref", flat=True))
    numbered = (f"{ref[:90]}-paper-{number}" for number in range(2, len(taken) + 3))
    return ref if ref not in taken else next(one for one in numbered if one not in taken)


def _compared(waiver: Waiver) -> Iterable[tuple[Waiver, tuple[TermChange, ...]]]:
    """The latest earlier waivers under the same instrument, each with what this one changes."""
    papers = dossier([waiver.instrument.group])
    now = papers.waivers[waiver.ref]
    earlier = Waiver.objects.standing().filter(instrument=waiver.instrument, dated_as_of__lte=waiver.dated_as_of)
    for other in earlier.exclude(pk=waiver.pk).order_by("-dated_as_of", "-id")[:MOST_COMPARED]:
        yield other, tuple(changes(papers.waivers[other.ref], now, papers))
