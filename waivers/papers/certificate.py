"""A position certificate: what the register says of a borrower, as of a date and as known at a moment.

What it says is a function of the register's history, the date, the moment and the settings that it names, so it can be
worked out again at any time and compared, byte for byte, with what was issued. It does not depend on who asks: debts
of others are named by their refs alone (docs/decisions/0014-refs-follow-the-line.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from agreements.models import Instrument, InstrumentParty, Party
from alerts.letters import spoken
from audit.models import Link
from audit.querysets import up_to_link
from waivers.chains import scope_words, trigger_words
from waivers.dossier import Dossier, InstrumentRecord, Row, WaiverRecord, dossier
from waivers.models import Certificate, certificate_ref
from waivers.papers.render import render
from waivers.position.facts import Root, RootKind, Standing
from waivers.position.rules import Line
from waivers.position.timeline import timeline
from waivers.positions import Answer, Group, answer, facts_of, groups_of
from waivers.reasons import Citation, Reasons

FORMAT = "standstill/certificate/1"
CREDITORS = ("lender", "agent", "holder", "trustee")


class NothingKnownError(Exception):
    """The register did not know of the borrower at the moment."""


def issued_under() -> dict[str, Any]:
    """The settings and versions that bear on what a certificate says, as they are now."""
    return {
        "settings": {
            "paper_size": settings.PAPER_SIZE,
            "time_zone": settings.TIME_ZONE,
            "unwaived_days": settings.UNWAIVED_DAYS,
        },
        "made_by": {"standstill": settings.VERSION, "typst": version("typst")},
    }


@dataclass(frozen=True, slots=True)
class Issue:
    """The act of issuing: everything in a certificate that is no answer of the register. `request`: its request id.

    `seal_number` and `seal_hash`: the head of the chain, beyond which no row is read.
    """

    number: int
    at: datetime
    by: str
    role: str
    request: str
    seal_number: int
    seal_hash: str
    under: dict[str, Any]


def issue_of(certificate: Certificate) -> Issue:
    """The act by which a certificate was issued."""
    said = json.loads(certificate.content)
    return Issue(
        certificate.number,
        certificate.at,
        certificate.actor_name,
        certificate.actor_role,
        certificate.request_id,
        certificate.seal_number,
        certificate.seal_hash,
        {name: said[name] for name in ("settings", "made_by")},
    )


def content(party: Party, *, as_of: date, known_at: datetime, issue: Issue) -> dict[str, Any]:
    """What the certificate says. Raises `NothingKnownError`."""
    zone = ZoneInfo(issue.under["settings"]["time_zone"])
    with up_to_link(issue.seal_number):
        found = position_of(party, as_of, known_at, zone, issue.under["settings"]["unwaived_days"])
    return {
        "format": FORMAT,
        "number": certificate_ref(issue.number),
        "issued": {
            "at": issue.at.astimezone(zone).isoformat(),
            "by": issue.by,
            "role": issue.role,
            "request": issue.request,
        },
        "as_of": as_of.isoformat(),
        "known_at": known_at.astimezone(zone).isoformat(),
        "seal": {"number": issue.seal_number, "hash": issue.seal_hash},
        **issue.under,
        **found.as_json(),
    }


def text_of(said: dict[str, Any]) -> str:
    """The document itself: sorted keys, and a newline at its end."""
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def pdf_of(text: str, at: datetime) -> bytes:
    """The PDF of a document, which is attached to it. Raises `PaperTooLargeError`."""
    return render("certificate.typ", {"said": json.loads(text), "sha256": sha256(text.encode())}, at=at, attached=text)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# What the register says


@dataclass(frozen=True, slots=True)
class Said:
    """What the register says of one borrower. `own`: its debts; `records`: what that rests on, by kind and ref."""

    party: Row
    answer: Answer
    papers: Dossier
    reasons: Reasons
    groups: list[Group]
    own: list[str]
    known_at: datetime
    zone: ZoneInfo
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As docs/guide.md tells, apart from the act of issuing."""
        said = {
            "borrower": {
                name: getattr(self.party, name) for name in ("ref", "name", "entity_type", "jurisdiction", "cik", "lei")
            },
            "assumed": self._assumed(),
            "answer": self.answer.as_json(),
            "instruments": [self._instrument(self.papers.instruments[ref]) for ref in self.own],
            "reasons": [self._reason(line) for item in self.answer.instruments for line in in_order(item.lines)],
            "waivers": [self._waiver(self.papers.waivers[item.ref]) for item in self.answer.waivers],
            "open_questions": [{"about": about, "text": text} for about, text in dict.fromkeys(self._open())],
        }
        for ref in self.own:
            self._other_records(self.papers.instruments[ref])
        return said | {"records": [self.records[key] for key in sorted(self.records)]}

    def _assumed(self) -> str | None:
        """What a date ahead of the moment of knowledge takes for granted (rule 29)."""
        seen_from = seen_on(self.known_at, self.zone)
        if self.answer.as_of <= seen_from:
            return None
        return f"It looks ahead: payments that fall due after {spoken(seen_from)} are taken as made on time (rule 29)."

    def _instrument(self, record: InstrumentRecord) -> dict[str, Any]:
        row = record.row
        self._recorded("instrument", row.ref, row, record.title)
        return {
            "ref": row.ref,
            "title": record.title,
            "kind": row.kind,
            "dated_as_of": _iso(record.agreement.dated_as_of) if record.agreement else None,
            "governing_law": record.agreement.governing_law if record.agreement else "",
            "currency": row.currency,
            "principal_outstanding": str(row.principal_outstanding) if row.principal_outstanding is not None else None,
            "stated_maturity": _iso(row.stated_maturity),
            "obligors": [party.name for party in record.parties("obligor")],
            "creditors": [party.name for role in CREDITORS for party in record.parties(role)],
        }

    def _reason(self, line: Line) -> dict[str, Any]:
        reason = self.reasons.reason(line)
        self._root_record(line.root)
        clause = self.papers.clause(line.instrument, line.clause)
        if clause:
            place = clause.row.section or "its section is not recorded"
            self._recorded("clause", f"{line.instrument}/{line.clause}", clause.row, place)
        return {
            "instrument": line.instrument,
            "clause": line.clause,
            "root": {"kind": str(line.root.kind), "ref": line.root.ref, "instrument": line.root.instrument},
            "heading": f"{reason.root.short}, {reason.root.debt}",
            "state": str(line.state),
            "waiver": line.waiver,
            "through": _iso(reason.through),
            "sentences": list(reason.sentences),
            "citations": [_citation(found) for found in reason.citations],
        }

    def _waiver(self, record: WaiverRecord) -> dict[str, Any]:
        row = record.row
        self._recorded("waiver", row.ref, row, row.title)
        for notice in record.notices:
            if not notice.recorded_in_error:
                words = f"given {spoken(notice.given)}, effective {spoken(notice.effective)}"
                self._recorded("termination notice", notice.ref, notice, words)
        end = self.reasons.ends.get(row.ref)
        standing = self.reasons.standing[row.ref]
        return {
            "ref": row.ref,
            "instrument": record.instrument,
            "kind": row.kind,
            "title": row.title,
            "granted_by": [party.name for party in record.grantors],
            "dated_as_of": _iso(row.dated_as_of),
            "executed": _iso(row.executed),
            "effective_from": _iso(row.effective_from),
            "extends": record.extends,
            "status": str(standing.status),
            "until": {"text": row.until_text, "date": _iso(row.until_date), "inclusive": row.until_inclusive},
            "reading": record.reading,
            "ending": self.reasons.ending(end) if end else None,
            "covers": [
                {"paragraph": scope.paragraph, "words": words}
                for scope in record.scopes
                for words in scope_words(scope, self.papers)
            ],
            "ends_on": [
                {"paragraph": trigger.row.paragraph, "words": words}
                for trigger in record.triggers
                for words in trigger_words(trigger, self.papers)
            ],
            "conditions": [{"text": found.text, "satisfied": _iso(found.satisfied)} for found in record.conditions],
            "document": _document(record.document),
        }

    # open questions

    def _open(self) -> Iterator[tuple[str, str]]:
        """What the register itself marks as not certain, or knows that it does not know."""
        for item in self.answer.instruments:
            if self.papers.instruments[item.ref].row.principal_outstanding is None:
                yield item.ref, "Its principal outstanding is not recorded."
            for line in in_order(item.lines):
                clause = self.papers.clause(line.instrument, line.clause)
                if clause is None or not clause.row.section:
                    yield line.instrument, f"The section of its clause {line.clause} is not recorded."
                for doubt in line.uncertain:
                    yield line.instrument, f"{line.clause}, {line.root.ref}: {doubt}."
        for ref in self.own:
            yield from self._unverified(self.papers.instruments[ref])
        for found in self.answer.waivers:
            record = self.papers.waivers[found.ref]
            if record.row.executed is None:
                yield found.ref, "It is not executed, and counts for nothing until it is."
            for condition in record.conditions:
                if condition.satisfied is None or condition.satisfied > self.answer.as_of:
                    yield found.ref, f"A condition precedent is open: {condition.text}"
            if found.end is not None and found.end.unverified:
                yield found.ref, f"It ended by {found.end.ref}, which is alleged and not verified."

    def _unverified(self, record: InstrumentRecord) -> Iterator[tuple[str, str]]:
        said = {
            Standing.ALLEGED: "is alleged and not verified; it counts until it is disputed",
            Standing.DISPUTED: "is disputed and does not count; if it proves true, these answers change",
        }
        for row in [*record.actions, *record.events]:
            if row.status in said and row.occurred <= self.answer.as_of:
                yield record.row.ref, f"{_what_happened(row)} ({row.ref}) {said[Standing(row.status)]}."

    # records

    def _recorded(self, kind: str, ref: str, row: Row, words: str) -> None:
        """Cite a record, with who wrote it as it stood at the moment."""
        self.records[kind, ref] = {
            "kind": kind,
            "ref": ref,
            "words": words,
            "version": row.history_id,
            "at": row.history_date.astimezone(self.zone).isoformat(),
            "by": row.actor_name,
            "role": row.actor_role,
            "reason": row.history_change_reason or "",
        }

    def _root_record(self, root: Root) -> None:
        if root.instrument not in self.own or root.kind is not RootKind.MISSED_PAYMENT:
            return  # acts and events are cited anyway; what is another's is named by its ref alone
        record = self.papers.instruments[root.instrument]
        payment = next(found for found in record.payments if found.row.ref == root.ref)
        amount = f", {record.row.currency} {payment.row.amount:,.2f}" if payment.row.amount is not None else ""
        words = f"{payment.row.kind} first due {spoken(payment.row.due)}{amount}"
        self._recorded("payment", f"{root.instrument}/{root.ref}", payment.row, words)
        for number, deferral in enumerate(payment.deferrals, 1):
            if not deferral.recorded_in_error:
                words = f"from {spoken(deferral.effective)}, deferred to {spoken(deferral.to)}"
                self._recorded("deferral", f"{root.instrument}/{root.ref}/{number}", deferral, words)

    def _other_records(self, record: InstrumentRecord) -> None:
        """What happened up to the date, whatever came of it, and the rights that were reserved."""
        for row in record.actions:
            if row.occurred <= self.answer.as_of and row.status != Standing.RECORDED_IN_ERROR:
                self._recorded("holder action", row.ref, row, f"{_what_happened(row)}, {row.status}")
        for row in record.events:
            if row.occurred <= self.answer.as_of and row.status != Standing.RECORDED_IN_ERROR:
                self._recorded("default event", row.ref, row, f"{_what_happened(row)}, {row.status}")
        for row in record.papers:
            dated = row.dated_as_of is not None and row.dated_as_of <= self.answer.as_of
            if row.kind == "reservation_of_rights" and dated and not row.recorded_in_error:
                self._recorded("reservation of rights", row.ref, row, f"{row.title}, dated {spoken(row.dated_as_of)}")


def position_of(party: Party, as_of: date, known_at: datetime, zone: ZoneInfo, unwaived_days: int) -> Said:
    """What the register says of a borrower, read from its history alone. Raises `NothingKnownError`.

    Which debts are the borrower's is asked of the history too: a role that was voided since stood then.
    """
    known = Party.objects.known_at(known_at).filter(id=party.pk, recorded_in_error=False).first()
    if known is None:
        raise NothingKnownError("The register did not know of this borrower at that moment.")
    roles = InstrumentParty.objects.known_at(known_at).filter(party_id=party.pk, role="obligor")
    numbers = groups_of(Instrument.objects.filter(pk__in=list(roles.values_list("instrument_id", flat=True))))
    facts = facts_of(numbers, known_at)
    groups = [Group(number, timeline(facts[number], today=seen_on(known_at, zone))) for number in sorted(facts)]
    own = sorted(
        ref for group in groups for ref, row in group.timeline.case.instruments.items() if party.ref in row.obligors
    )
    papers = dossier(numbers, known_at, frozenset(own))
    told = answer(groups, as_of, borrower=party.ref, known_at=known_at.astimezone(zone), unwaived_days=unwaived_days)
    return Said(known, told, papers, Reasons(groups, papers, as_of), groups, own, known_at, zone)


def seen_on(known_at: datetime, zone: ZoneInfo) -> date:
    """The day from which the future is looked at: that of the moment of knowledge."""
    return known_at.astimezone(zone).date()


def in_order(lines: tuple[Line, ...]) -> list[Line]:
    """Lines in the order of the answer."""
    return sorted(lines, key=lambda line: (line.clause, line.root.kind, line.root.ref, line.root.instrument))


def _what_happened(row: Row) -> str:
    by = f" by the {row.by}" if hasattr(row, "by") else ""
    kind = row.kind if hasattr(row, "kind") else row.event_kind
    return f"{kind.replace('_', ' ').capitalize()}{by}, {spoken(row.occurred)}"


def _citation(found: Citation) -> dict[str, Any]:
    return {"what": found.what, "paper": found.paper, "place": found.place, "document": _document(found.document)}


def _document(row: Row | None) -> dict[str, Any] | None:
    return {"ref": row.ref, "title": row.title, "sha256": row.sha256} if row is not None else None


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None


# Checking


def check(certificate: Certificate) -> list[str]:
    """What of a certificate does not fit, in sentences; nothing if it is, byte for byte, what the register gives now.

    First what is kept is compared with its hashes, then with what the register says of the same date and moment.
    """
    stored = certificate.content
    kept = _kept(certificate)
    faults = []
    if sha256(stored.encode()) != certificate.json_sha256:
        faults.append("The JSON that is kept is not the one that was issued: its SHA-256 differs.")
    if kept is None:
        faults.append("The PDF is missing from the store.")
    elif sha256(kept) != certificate.pdf_sha256:
        faults.append("The PDF that is kept is not the one that was issued: its SHA-256 differs.")
    sealed = Link.objects.filter(number=certificate.seal_number, hash=certificate.seal_hash)
    if certificate.seal_number and not sealed.exists():
        faults.append(f"Link {certificate.seal_number} of the chain is not the one that sealed it.")
    if faults:
        return faults
    issue = issue_of(certificate)
    try:
        said = content(certificate.party, as_of=certificate.as_of, known_at=certificate.known_at, issue=issue)
    except NothingKnownError as error:
        return [str(error)]
    if text_of(said) != stored:
        return [f"The register gives another JSON: {first_difference(json.loads(stored), said)}"]
    if pdf_of(stored, certificate.at) != kept:
        made, now = issue.under["made_by"]["typst"], version("typst")
        return [f"The JSON is the same, but it gives another PDF: it was made with typst {made}, and this is {now}."]
    return []


def _kept(certificate: Certificate) -> bytes | None:
    try:
        with certificate.pdf.storage.open(str(certificate.pdf.name)) as file:
            return file.read()
    except FileNotFoundError:
        return None


def first_difference(one: Any, other: Any, at: str = "") -> str:
    """Where two JSON documents differ first: a JSON pointer, what was issued, and what is there now."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name) or (name in one) != (name in other):
                return first_difference(one.get(name), other.get(name), f"{at}/{name}")
    if isinstance(one, list) and isinstance(other, list):
        for place, (left, right) in enumerate(zip(one, other, strict=False)):
            if left != right:
                return first_difference(left, right, f"{at}/{place}")
        if len(one) != len(other):
            return f"{at or '/'} has {len(other)} items, and had {len(one)}."
    now, then = (json.dumps(value, ensure_ascii=False)[:200] for value in (other, one))
    return f"{at or '/'} is {now}, and was {then}."
