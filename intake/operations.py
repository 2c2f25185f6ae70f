"""What comes in is kept, judged term by term, and recorded; each a write of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet

from agreements.models import Desk, Instrument, LoanDocument, Party
from agreements.operations import keep_file, name_file
from audit.models import User
from audit.signing import Signature, signed
from intake.models import Incoming, Verdict
from intake.portfolio.load import import_portfolio
from intake.readers.reading import Limits
from intake.review.proposal import Proposal
from intake.review.sheet import Item
from notes.models import Alias
from waivers.chains import TermChange, changes, terms
from waivers.dossier import Dossier, dossier
from waivers.models import Waiver
from waivers.operations import OtherConsequencesError, Preview, Recorded, merged, save, take_turns
from waivers.position.timeline import difference, timeline
from waivers.positions import facts_of
from waivers.sweeps import sweep

LONGEST_NAME = 300
LARGEST = Limits().file_bytes
MOST_COMPARED = 3  # earlier waivers that a new one is held against


class NotUnderReviewError(Exception):
    """The document was recorded or set aside meanwhile, or is not read yet; nothing can be said of its terms."""


class FaultyProposalError(Exception):
    """What was confirmed does not make a waiver yet. `faults` are sentences; nothing was written."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(self.faults))


class JudgedMeanwhileError(Exception):
    """Somebody gave another verdict after what this one answers to was shown."""


# What comes in


def receive(
    *,
    name: str,
    data: bytes,
    desk: Desk,
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
    made = Incoming(
        desk=desk,
        by=owner,
        received_at=by.at,
        parent=parent,
        name=name,
        exhibit=exhibit[:40],
        size=len(data),
        sha256=digest,
    )
    made.file.name = f"incoming/{digest}.bin"
    _keep(made.file.storage, made.file.name, data)
    while True:
        first = _first_of(made)
        made.state = Incoming.State.DUPLICATE if first else Incoming.State.WAITING
        made.same_as = first
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError:
            if _first_of(made) is None:
                raise
        else:
            return made


def _first_of(incoming: Incoming) -> Incoming | None:
    """What came in before with the same content, for the same desk; None if nothing did."""
    same = Incoming.objects.filter(sha256=incoming.sha256, desk=incoming.desk, exhibit=incoming.exhibit)
    others = same.exclude(state__in=[Incoming.State.DUPLICATE, Incoming.State.REFUSED])
    return others.light().order_by("id").first()  # type: ignore[no-any-return]


def _keep(storage: Storage, name: str, data: bytes) -> None:
    """Write a file that is named by what it holds, once; a stump that a killed process left is written anew."""
    if storage.exists(name) and storage.size(name) != len(data):
        storage.delete(name)
    if not storage.exists(name):
        storage.save(name, ContentFile(data))


def set_aside(*, incoming: Incoming, owner: User, by: Signature) -> None:
    """Put a document away that is not to be recorded. Raises `NotUnderReviewError`."""
    _move(incoming, Incoming.State.READ, Incoming.State.SET_ASIDE, Verdict.Outcome.SET_ASIDE, owner, by)


def take_back(*, incoming: Incoming, owner: User, by: Signature) -> None:
    """Put a document under review again that was set aside, or whose waiver was recorded in error.

    Raises `NotUnderReviewError`.
    """
    with transaction.atomic():
        voided = Incoming.objects.filter(pk=incoming.pk, state=Incoming.State.RECORDED, waiver__recorded_in_error=True)
        if voided.update(state=Incoming.State.READ, waiver=None, paper=None, recorded_at=None):
            _verdict(incoming, owner, by, term="", outcome=Verdict.Outcome.TAKEN_BACK, proposed=None, value=None)
            return
    _move(incoming, Incoming.State.SET_ASIDE, Incoming.State.READ, Verdict.Outcome.TAKEN_BACK, owner, by)


def _move(incoming: Incoming, was: str, becomes: str, outcome: str, owner: User, by: Signature) -> None:
    with transaction.atomic():
        if not Incoming.objects.filter(pk=incoming.pk, state=was).update(state=becomes):
            raise NotUnderReviewError
        _verdict(incoming, owner, by, term="", outcome=outcome, proposed=None, value=None)


# Verdicts


def decide(
    *, incoming: Incoming, item: Item, outcome: str, value: Any, owner: User, by: Signature, seen: int | None = None
) -> Verdict:
    """Keep what a person says of one term, with the words that it rests on. The last one counts.

    `seen` is the key of the verdict that the person saw (0: none); None asks for no check. Raises
    `NotUnderReviewError`, and `JudgedMeanwhileError` where somebody else gave one since.
    """
    with transaction.atomic():
        _lock(incoming)
        if seen is not None and seen != last_verdict(incoming, item.key):
            raise JudgedMeanwhileError
        value = None if outcome == Verdict.Outcome.REJECTED else value
        words = {"words": item.words, "spans": [list(span) for span in item.spans]}
        rest = {"term": item.key, "outcome": outcome, "proposed": item.proposed, "value": value, **words}
        return _verdict(incoming, owner, by, **rest)


def last_verdict(incoming: Incoming, *terms: str) -> int:
    """The key of the last verdict on a document, or on one of its terms; 0 if there is none."""
    rows = incoming.verdicts.filter(term__in=terms) if terms else incoming.verdicts.all()
    return rows.aggregate(last=Max("pk"))["last"] or 0


def _verdict(incoming: Incoming, owner: User, by: Signature, **said: Any) -> Verdict:
    return Verdict.objects.create(
        incoming=incoming,
        at=by.at,
        by=owner,
        actor_name=by.name,
        actor_role=by.role,
        request_id=by.request_id,
        **said,
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
    """What recording would do: to positions; how the waiver differs from earlier ones, which it might extend.

    `says`: what the waiver would say, term by term; `titles`: of instruments and waivers, by ref; `written`: a hash of
    all that would be written.
    """

    preview: Preview
    differs: tuple[tuple[Waiver, tuple[TermChange, ...]], ...]
    says: dict[str, list[str]]
    titles: dict[str, str]
    written: str

    @property
    def print(self) -> str:
        """What tells this from other writes, and from the same with other consequences."""
        return f"{self.preview.print}{self.written}"


def look_ahead(*, incoming: Incoming, proposal: Proposal, by: Signature, today: date) -> Outlook:
    """What recording would change (rule 29): it is written, evaluated and taken back.

    Raises `FaultyProposalError`, `FaultyPortfolioError` and `ValidationError`.
    """
    with transaction.atomic():
        _, _, outlook = _written(incoming, proposal, by, "A preview, taken back", today)
        transaction.set_rollback(True)
    return outlook


def record_draft(
    *, incoming: Incoming, proposal: Proposal, by: Signature, reason: str, today: date, judged: int, previewed: str
) -> Recorded:
    """Record what was confirmed: the facts, the paper with its file, and that it was; evaluate it and raise its alerts.

    All in one transaction. `judged` is `last_verdict` of the document when the proposal was made, `previewed` the
    `print` of the outlook. Raises as `look_ahead` does, and `NotUnderReviewError`, `JudgedMeanwhileError` and
    `OtherConsequencesError`.
    """
    with transaction.atomic():
        _lock(incoming)
        if judged != last_verdict(incoming):
            raise JudgedMeanwhileError
        take_turns(list(_known(proposal).values_list("pk", flat=True)))
        try:
            with transaction.atomic():
                waiver, paper, outlook = _written(incoming, proposal, by, reason, today)
        except IntegrityError as error:  # another took a ref that was free when this was proposed
            raise OtherConsequencesError from error
        if outlook.print != previewed:
            raise OtherConsequencesError
        with incoming.file.open("rb") as file:
            keep_file(paper, file.read())
        with signed(by, reason):
            raised = sweep([waiver.instrument.group], today, at=by.at).raised
        Incoming.objects.filter(pk=incoming.pk).update(
            state=Incoming.State.RECORDED, waiver=waiver, paper=paper, recorded_at=by.at
        )
    return Recorded(waiver, raised)


def _known(proposal: Proposal) -> QuerySet[Instrument]:
    """The instruments that the register has already and the proposal speaks of."""
    refs = {proposal.under} | {ref for ref, _ in proposal.aliases}
    owing = {ref for item in _items(proposal) for ref in (*item.get("obligors", ()), item.get("issuer"))}
    refs |= {item["ref"] for item in _items(proposal)}
    for waiver in proposal.waiver.get("waivers") or ():
        for part in [*waiver["covers"], *waiver["ends_on"]]:
            named = part.get("failure_to_pay") or {"instruments": part.get("all_of") or part.get("instruments") or ()}
            refs |= set(named["instruments"])
    theirs = Q(roles__party__ref__in=owing, roles__role="obligor", roles__recorded_in_error=False)
    return Instrument.objects.filter(Q(ref__in=refs) | theirs).distinct()  # type: ignore[no-any-return]


def _items(proposal: Proposal) -> list[dict[str, Any]]:
    return [item for name in ("agreements", "note_series") for item in proposal.debts.get(name) or ()]


def _written(
    incoming: Incoming, proposal: Proposal, by: Signature, reason: str, today: date
) -> tuple[Waiver, LoanDocument, Outlook]:
    """Write a proposal and compare the timelines before and after; the transaction is the caller's."""
    if proposal.faults:
        raise FaultyProposalError(proposal.faults)
    import_as: dict[str, Any] = {"by": by, "reason": reason, "monitored_from": today, "desk": incoming.desk}
    groups = set(_known(proposal).values_list("group", flat=True))
    before = timeline(merged(facts_of(groups).values()), today=today)
    import_portfolio(proposal.debts, **import_as)
    item = proposal.waiver["waivers"][0]
    with signed(by, reason):
        dated = date.fromisoformat(item["dated_as_of"])
        paper = LoanDocument(
            ref=_paper_ref(item["ref"]),
            instrument=Instrument.objects.get(ref=proposal.under),
            kind=item["kind"],
            title=item["title"],
            dated_as_of=dated,
        )
        with incoming.file.open("rb") as file:
            name_file(paper, name=incoming.name.rpartition("/")[2], data=file.read(), words=incoming.text)
        save(paper, today)
        for party in Party.objects.standing().filter(ref__in=proposal.to_the_desk, desk=None):
            party.desk = incoming.desk  # who owes is on the desk that runs it, or nobody is told
            save(party, today)
        for ref, designation in proposal.aliases:
            notes = Instrument.objects.get(ref=ref)
            save(Alias(instrument=notes, designation=designation, used_from=dated), today)
    import_portfolio({**proposal.waiver, "waivers": [{**item, "document": paper.ref}]}, **import_as)
    waiver = Waiver.objects.select_related("instrument").get(ref=item["ref"])
    groups = set(_known(proposal).values_list("group", flat=True)) | {waiver.instrument.group}
    after = timeline(merged(facts_of(groups).values()), today=today)
    papers = dossier(groups)
    titles = {ref: found.row.title for ref, found in papers.waivers.items()}
    titles |= {ref: found.title for ref, found in papers.instruments.items()}
    says = terms(papers.waivers[waiver.ref], papers)
    print_of = hashlib.sha256(json.dumps([proposal.debts, proposal.waiver, proposal.aliases]).encode()).hexdigest()
    return (
        waiver,
        paper,
        Outlook(
            Preview(before, after, difference(before, after)), tuple(_compared(waiver, papers)), says, titles, print_of
        ),
    )


def _paper_ref(ref: str) -> str:
    taken = set(LoanDocument.objects.filter(ref__startswith=ref[:90]).values_list("ref", flat=True))
    numbered = (f"{ref[:90]}-paper-{number}" for number in range(2, len(taken) + 3))
    return ref if ref not in taken else next(one for one in numbered if one not in taken)


def _compared(waiver: Waiver, papers: Dossier) -> Iterable[tuple[Waiver, tuple[TermChange, ...]]]:
    """The latest earlier waivers under the same instrument, each with what this one changes."""
    now = papers.waivers[waiver.ref]
    earlier = Waiver.objects.standing().filter(instrument=waiver.instrument, dated_as_of__lte=waiver.dated_as_of)
    for other in earlier.exclude(pk=waiver.pk).order_by("-dated_as_of", "-id")[:MOST_COMPARED]:
        yield other, tuple(changes(papers.waivers[other.ref], now, papers))
