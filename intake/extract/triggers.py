"""What ends a waiver by itself, before its day."""

from __future__ import annotations

import re

from intake.extract.debts import numbers_of
from intake.extract.definitions import Definition, defined_sentence
from intake.extract.flow import Flow
from intake.extract.sentences import LONGEST_SENTENCE, plain_words, sentences, with_list
from intake.extract.terms import TriggerTerms

ENDS = re.compile(
    r"\b(?:(?:automatically|immediately|forthwith)\s+(?:and\s+(?:\w+\s+){1,4})?(?:be\s+)?(?:deemed\s+)?(?P<adverb>rescind(?:ed)?|terminate[ds]?|expire[ds]?|revoked|withdrawn"
    r"|null\s+and\s+void|void|cease)"
    r"|(?:be|is|are|been|become)\s+(?:deemed\s+)?(?:\w+ly\s+)?(?P<passive>rescinded|revoked|terminated|withdrawn|void|null\s+and\s+void)"
    r"|(?:shall|will)\s+(?:\w+ly\s+|at\s+once\s+)?(?P<active>terminate|expire|lapse|cease\s+to\s+be|cease\s+to\s+apply|cease|end)\b"
    r"|(?:be|become)\s+of\s+no\s+(?:further\s+)?(?P<none>force)|\b(?P<plain>terminates|expires|lapses))\b",
    re.IGNORECASE,
)
CAUSES = re.compile(
    r"\b(?:shall|will)\s+(?:automatically\s+|immediately\s+)?(?:cause|result\s+in)\s+(?:the|this|such)\s+(?:\w+\s+){0,4}?"
    r"(?:(?:waivers?|forbearance|consents?)\s+to\s+(?:be\s+)?(?P<verb>terminat|rescind|revok|expire|cease|lapse|void)|(?P<noun>terminat|rescission|revocation)\w*"
    r"\s+of\s+(?:the|this|such)\s+(?:\w+\s+){0,3}(?:waivers?|forbearance|consents?))",
    re.IGNORECASE,
)
MAY = re.compile(
    r"\b(?:may|right\s+to)\s+(?:\w+\s+){0,6}?(?P<may>revoke|rescind|terminate|withdraw)\s+(?:this|the|such|its)\s+(?:\w+\s+){0,3}"
    r"(?:waivers?|forbearance|consents?)\b",
    re.IGNORECASE,
)
OF_THE_WAIVER = re.compile(
    r"\b(?:waivers?|forbearance(?:\s+period)?|standstill(?:\s+period)?|consents?|agreements?\s+to\s+forbear|obligation\s+to\s+forbear"
    r"|waiver\s+period|this\s+(?:letter|agreement|amendment))\b",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"\b(?P<own>this\s+(?:letter\s+)?(?:agreement|amendment)|waivers?|forbearance|standstill|consents?|forbear|waiver\s+period|letter)\b"
    r"|\b(?P<other>commitments?|obligations?|loans?|facility|facilities|letters?\s+of\s+credit|guarant(?:y|ies)|liens?|interest|right|period|lease"
    r"|agreement|amendment|transaction|employment|plan|security)\b",
    re.IGNORECASE,
)
WITHIN = re.compile(  # of what the subject is, and not the subject
    r"\b(?:of|in|under|to|by|for|from|with|pursuant\s+to|herein|thereof)\s+(?:[\w.()]+\s+){0,5}?(?:agreement|amendment|commitments?|loans?|obligations?|facility|interest|letter)\b",
    re.IGNORECASE,
)
OWN_PERIOD = re.compile(
    r"\b(?:forbearance|waiver|standstill)\s+(?:period|agreement|amendment)|\bagreements?\s+(?:\w+\s+){0,5}to\s+(?:forbear|waive)",
    re.IGNORECASE,
)
IF = re.compile(
    r"\b(?:if|to\s+the\s+extent\b[^.;]{0,120}?\bnot|in\s+the\s+event|upon|unless|should|when|at\s+such\s+time|on\s+the\s+(?:earlier|earliest|date)|following|at\s+the\s+earl\w+|the\s+earlie\w+)\b",
    re.IGNORECASE,
)
SOONER = re.compile(r"\bunless\s+(?:\w+\s+)?(?:sooner|earlier|otherwise|previously)\s+\w+", re.IGNORECASE)
DENIED = re.compile(r"\b(?:not|no|nor|neither)\b[^.;]{0,30}$", re.IGNORECASE)
WITHOUT_NOTICE = re.compile(
    r"\bwithout\s+(?:(?:any|further|prior|written|the\s+need\s+for|necessity\s+of|requirement\s+of)\s+)*(?:\w+\s+)?notice|\bno\s+(?:\w+\s+)?notice",
    re.IGNORECASE,
)
ON_NOTICE = re.compile(r"\b(?:upon|on|by|after|following)\s+(?:[\w'()-]+\s+){0,6}notice\b", re.IGNORECASE)
ACTORS = {
    "holder": r"(?:note)?holders?",
    "trustee": r"trustee",
    "agent": r"agent",
    "lender": r"lenders?|banks?",
    "borrower": r"borrowers?|company|obligors?",
}
ACTS = {
    "accelerate": r"accelerat\w+",
    "exercise_remedies": r"(?:enforce|exercise|pursue|commence)\w*\b[^.;]{0,60}\bremed\w+|remedies",
    "not_paid": r"not\b[^.;]{0,40}\b(?:paid|made|received)|fail\w*\s+to\s+(?:pay|make)",
    "other_default": r"(?:other|any|new|further|additional)\s+(?:default|event\s+of\s+default)",
    "breach": r"fail\w*\s+(?:\w+\s+){0,4}to\s+(?:comply|perform|observe)|breach\w*|violat\w+",
    "untrue": r"(?:untrue|incorrect|inaccurate|false)\b|misrepresent\w+",
    "insolvency": r"bankruptcy|insolvency|receiver",
}
A_DEBT = re.compile(r"\b(?:Indebtedness|Notes?|Debt|Debentures?|Bonds?|Obligations?)\b")
SUBJECT_BACK = 400


def triggers_of(flow: Flow, definitions: tuple[Definition, ...], places: tuple[int, ...]) -> tuple[TriggerTerms, ...]:
    """What rescinds or terminates the waiver by itself, and who must do what for it, about which debts."""
    found = []
    for start, end in sentences(flow.text):
        words = flow.text[start : min(end, start + LONGEST_SENTENCE)]
        verb = ENDS.search(words) if OF_THE_WAIVER.search(words) else None
        if verb is None or not _of_the_waiver(words[: verb.start()]):
            verb = MAY.search(words)
        verb = verb or CAUSES.search(words)
        if verb is None or not (verb.re is CAUSES or IF.search(SOONER.sub("", words))):
            continue
        if DENIED.search(words[: verb.start()]) or words[: verb.start()].count('"') % 2:
            continue
        stop = min(with_list(flow.text, end), start + LONGEST_SENTENCE)
        words = flow.text[start:stop]
        after = words[verb.end() :]
        condition = IF.search(after)
        what = after[condition.start() :] if condition else words[: verb.start()]
        notice = False if WITHOUT_NOTICE.search(words) else True if ON_NOTICE.search(words) else None
        said = next(text for text in verb.groups() if text).lower()
        found.append(
            TriggerTerms(
                effect="rescission" if "resci" in said or "revo" in said else "termination",
                automatic=notice is not True and "may" not in verb.groupdict(),
                notice=notice,
                by=tuple(
                    name
                    for name, actor in ACTORS.items()
                    if re.search(rf"(?<!of the )(?<!to the )\b(?:{actor})\b", what, re.IGNORECASE)
                ),
                acts=tuple(name for name, act in ACTS.items() if re.search(rf"\b(?:{act})", what, re.IGNORECASE)),
                debts=_debts(flow.text, start, stop, definitions, places),
                spans=(flow.span(start, stop),),
            )
        )
    return tuple(found)


def _of_the_waiver(before: str) -> bool:
    """Whether the subject of a verb that ends something is the waiver, and not a commitment or another thing."""
    before = before[-SUBJECT_BACK:]
    if not OF_THE_WAIVER.search(before):
        return False
    named = list(SUBJECT.finditer(WITHIN.sub(lambda match: " " * len(match[0]), before)))
    last = named[-1] if named else None
    return last is not None and (
        bool(last["own"]) or bool(OWN_PERIOD.search(before[-120:])) or last.start() < len(before) - 60
    )


def _debts(
    text: str, start: int, end: int, definitions: tuple[Definition, ...], places: tuple[int, ...]
) -> tuple[int, ...]:
    """The debts that a trigger is about: those that it names, and those of the defined debt that it names."""
    words = plain_words(text[start:end])
    found = dict.fromkeys(numbers_of(places, start, end))
    for one in definitions:
        if A_DEBT.search(one.term) and re.search(rf"\b{re.escape(one.term)}\b", words):
            found |= dict.fromkeys(numbers_of(places, defined_sentence(text, one)[0], one.end))
    return tuple(found)
