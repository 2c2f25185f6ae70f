"""A text in, a draft out."""

from __future__ import annotations

from intake.extract.debts import debts_of, papers_of
from intake.extract.flow import flow_of
from intake.extract.heading import dated_of, effective_of, exhibit_of, kind_of, law_of, salutation_of, title_of
from intake.extract.parties import parties_of
from intake.extract.signatures import signatories_of, signed_of
from intake.extract.signers import parties_of_letter, with_signatories
from intake.extract.terms import Draft
from intake.extract.waiver import ends_of, grants_of, triggers_of, waived_of


def read(text: str) -> Draft:
    """What a text proposes. The same text gives the same draft; offsets count its characters."""
    flow = flow_of(text)
    title, after = title_of(flow)
    dated = dated_of(flow, after)
    debts, places = debts_of(flow)
    grants = grants_of(flow)
    signatories = signatories_of(flow, text)
    greets = salutation_of(flow)
    parties = parties_of(flow, after) if greets is None else parties_of_letter(flow, greets, signatories)
    parties = with_signatories(parties, signatories)
    return Draft(
        title=title,
        kind=kind_of(flow, title, waives=bool(grants)),
        exhibit=exhibit_of(flow),
        dated=dated,
        effective=effective_of(flow, dated),
        signed=signed_of(flow, dated.value if dated else None),
        parties=parties,
        papers=papers_of(flow, title.value if title else None, dated.value if dated else None, after),
        definitions=(),
        debts=debts,
        waived=waived_of(flow, grants, debts, places),
        ends=ends_of(flow, grants),
        triggers=triggers_of(flow) if grants else (),
        conditions=(),
        fees=(),
        reservation_of_rights=None,
        no_other_waiver=None,
        ratification=None,
        release=None,
        counterparts=None,
        law=law_of(flow),
        signatories=signatories,
    )
