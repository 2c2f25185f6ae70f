"""A text in, a draft out."""

from __future__ import annotations

from intake.extract.clauses import clause_of
from intake.extract.conditions import conditions_of
from intake.extract.debts import debts_of, papers_of
from intake.extract.definitions import definitions_in, definitions_of
from intake.extract.ends import ends_of
from intake.extract.fees import fees_of
from intake.extract.flow import flow_of
from intake.extract.grants import grants_of
from intake.extract.heading import dated_of, effective_of, exhibit_of, kind_of, law_of, salutation_of, title_of
from intake.extract.parties import parties_of
from intake.extract.signatures import closings_of, signatories_of, signed_of
from intake.extract.signers import described, parties_of_letter, with_other_side, with_signatories
from intake.extract.terms import Draft
from intake.extract.triggers import triggers_of
from intake.extract.waived import waived_of


def read(text: str) -> Draft:
    """What a text proposes. The same text gives the same draft; offsets count its characters."""
    flow = flow_of(text)
    title, after = title_of(flow)
    dated = dated_of(flow, after)
    closings = closings_of(flow)
    signatories = signatories_of(flow, text, closings)
    greets = salutation_of(flow)
    parties = parties_of(flow, after) if greets is None else parties_of_letter(flow, greets, signatories)
    parties = with_other_side(flow, with_signatories(flow, parties, signatories), letter=greets is not None)
    parties = described(flow, parties)
    definitions = definitions_in(flow)
    debts, places = debts_of(flow)
    grants = grants_of(flow, title.value if title else None, parties)
    return Draft(
        title=title,
        kind=kind_of(flow, title, waives=bool(grants), consents=any(one.consents for one in grants)),
        exhibit=exhibit_of(flow),
        dated=dated,
        effective=effective_of(flow, dated),
        signed=signed_of(flow, closings),
        parties=parties,
        papers=papers_of(flow, title.value if title else None, dated.value if dated else None, after),
        definitions=definitions_of(flow, definitions, parties),
        debts=debts,
        waived=waived_of(flow, grants, definitions, places),
        ends=ends_of(flow, grants, definitions),
        triggers=triggers_of(flow, definitions, places) if grants else (),
        conditions=conditions_of(flow),
        fees=fees_of(flow),
        reservation_of_rights=clause_of(flow, "reservation_of_rights"),
        no_other_waiver=clause_of(flow, "no_other_waiver"),
        ratification=clause_of(flow, "ratification"),
        release=clause_of(flow, "release"),
        counterparts=clause_of(flow, "counterparts"),
        law=law_of(flow),
        signatories=signatories,
    )
