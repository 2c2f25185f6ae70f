"""What a document waives, until when, and what ends it before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from intake.extract.dates import PATTERN, dates_in
from intake.extract.debts import numbers_of
from intake.extract.flow import Flow
from intake.extract.terms import DebtTerms, EndTerms, TriggerTerms, WaivedTerms

STOP = re.compile(r"[.;:](?=\s)|\n\n")
ABBREVIATED = re.compile(r"\b(?:Inc|Corp|Nos?|Co|Ltd|[ap]\.\s?m|U\.S|L\.P|Secs?|N\.A|Mrs?|Dr|St|[A-Z])\.$")
GOES_ON = re.compile(r"\s+[a-z]")
SPEAKS = re.compile(r"waiv|forbear|forbor|standstill|consent", re.IGNORECASE)
GRANTS = re.compile(
    r"\b(?:hereby\s+(?:\([a-z]\)\s+)?(?:agrees?\s+to\s+)?(?:temporarily\s+|permanently\s+|irrevocably\s+)?(?:waives?|forbears?)\b"
    r"|(?<!not )(?<!shall )waives?\s+(?:the|any|compliance|each|such|all|its|their|until|,)"
    r"|(?:is|are|shall\s+be)\s+(?:hereby\s+)?(?:further\s+)?waived\b"
    r"|agrees?\s+to\s+(?:waive|forbear)\b|(?:shall|will)\s+forbear\b|grants?\s+(?:a|an|the)\s+(?:\w+\s+)?(?:waiver|forbearance)\b)",
    re.IGNORECASE,
)
GRANTORS = (
    r"(?:lenders?|banks?|agents?|holders?|noteholders?|purchasers?|trustee|creditors?|required\s+\w+|majority\s+\w+|we)"
)
BY_A_CREDITOR = re.compile(rf"\b{GRANTORS}\b", re.IGNORECASE)
NO_GRANT = re.compile(
    r"\b(?:trial\s+by\s+jury|jury\s+trial|presentment|protest|demand|notice\s+of|claims?\b[^.]{0,40}\bagainst|defen[sc]es?|set-?off"
    r"|right\s+to|immunity|venue|forum|any\s+objection)\b"
    r"|\b(?:not|no|never|nothing)\b[^.;]{0,60}\bwaive|\bno\s+(?:other\s+)?(?:default|event)[^.;]{0,60}\bwaived"
    r"|\bexcept\s+as\s+(?:expressly\s+)?waived|\bunless\b[^.;]{0,60}\bwaived|\bif\b[^.;]{0,40}\bwaived",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"\b(?:ha(?:s|ve)\s+(?:been\s+)?(?:asked|requested)|requests?|desires?\s+that|wishes)\b", re.IGNORECASE
)
DEFAULT = re.compile(r"\bdefaults?\b|\b(?:non-?)?complian|\bcomply|\bfailure\b|\bbreach|\bviolat", re.IGNORECASE)
PAYMENT = re.compile(
    r"\b(?:fail(?:ure|ed|s)?(?:\s+(?:of|by)\s+[^,;]{1,80}?)?\s+to\s+(?:\w+\s+)?(?:pay|make)\b|non-?payment|interest\s+payment|payment\s+(?:of|due))",
    re.IGNORECASE,
)
SECTION = re.compile(
    r"\b(?:Sections?|Sec\.|Paragraphs?|Articles?|Subsections?)\s+((?:\d+[A-Z]?(?:\.\d+)*(?:\([a-z0-9]+\))*(?:,?\s+(?:and|or)\s+|,\s+)?)+)"
)
NUMBER = re.compile(r"\d+[A-Z]?(?:\.\d+)*(?:\([a-z0-9]+\))*")
PERIOD = re.compile(
    rf"\b(?:(?:fiscal\s+)?(?:quarter|month|year|period)s?|quarter\s+period|quarters)\b[^.;]{{0,40}}?\b(?:end(?:ed|ing)|of)\s+(?:on\s+)?(?={PATTERN})"
    rf"|\bas\s+(?:of|at)\s+(?={PATTERN})|\bfor\s+(?:the\s+)?(?:period|quarter)[^.;]{{0,40}}(?={PATTERN})",
    re.IGNORECASE,
)
OF_CLAUSES = re.compile(
    r"\b(?:clauses?|subsections?|paragraphs?)\s+(?P<clauses>(?:\([a-z0-9]{1,4}\)(?:,?\s+(?:and|or)\s+|,\s+)?)+)\s+(?:of|in)\s+"
    r"Section\s+(?P<section>\d+[A-Z]?(?:\.\d+)*)",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"\([a-z0-9]{1,4}\)")
REPORT = re.compile(
    r"\b(?:deliver|furnish|provid|submit)\w*\b[^.;]{0,80}\b(?:audits?|reports?|statements?|certificates?|notices?|budgets?)\b",
    re.IGNORECASE,
)
BASE = re.compile(r"\bborrowing\s+base\b[^.;]{0,40}\bdeficienc", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"\b(?:as\s+a\s+result\s+of|resulting\s+from|caused\s+by|arising\s+from)\b[^.;]{0,80}\bdefaults?\s+under\b",
    re.IGNORECASE,
)
BY = re.compile(rf"\b(?:by|on\s+or\s+before|no\s+later\s+than)\s+(?={PATTERN})", re.IGNORECASE)
DUE = re.compile(
    rf"\b(?:due|payable|falling\s+due|required)\b[^.;]{{0,120}}?\bon\s+(?:or\s+(?:about|before)\s+)?(?={PATTERN})",
    re.IGNORECASE,
)
CROSS = re.compile(r"\bcross-?\s?default|\bin\s+respect\s+(?:of|to)\b|\bindebtedness\s+(?:to|of|owed)", re.IGNORECASE)
NAMED_DEFAULT = re.compile(
    r"\b((?:[A-Z][a-z]+\s+){1,4}(?:Defaults?|Events?\s+of\s+Default|Violations?|Noncompliance))\b"
)
LONGEST_SENTENCE = 3000
OF_A_SECTION = re.compile(r"(?:\b(?:clauses?|subsections?|paragraphs?|sections?)|\)\s+(?:and|or))\s+$", re.IGNORECASE)
AND_MORE = re.compile(r"(?:and|or)\s+\([a-z0-9]{1,4}\)", re.IGNORECASE)
LISTED = re.compile(r"(?<=\s)\((?:[a-h]|[ivx]{1,4})\)\s")  # and not the (e) of Section 5.8(e)
HOUR = (
    r"\d{1,2}:\d{2}\s*[ap]\.?\s?m\.?,?(?:\s+\([^)]{1,40}\)|\s+[A-Z][A-Za-z]+(?:\s+[A-Z][a-z]+)?\s+time)?"
    r"|(?:the\s+)?close\s+of\s+business|noon|midnight"
)
UNTIL = re.compile(
    r"\b(?:until|through(?:\s+and\s+including)?|to\s+and\s+including)\s+(?:and\s+including\s+)?"
    rf"(?:(?P<hour>{HOUR})\s*,?\s*(?:on|of)\s+)?(?P<day>{PATTERN})"
    r"|\b(?:expir(?:e|es|ing)|terminat(?:e|es|ing))\s+(?:automatically\s+)?"
    rf"(?:at\s+(?P<hour2>{HOUR})\s*,?\s*)?on\s+(?P<day2>{PATTERN})",
    re.IGNORECASE,
)
EARLIEST = re.compile(
    r"\b(?:the\s+)?(?:earlier|earliest)\s+(?:to\s+occur\s+)?of\b(?P<list>[^.]{10,1200})", re.IGNORECASE
)
EARLIER = re.compile(r"\b(?:previously|earlier|already|and)\s+waived\s+$", re.IGNORECASE)
OF_A_PERIOD = re.compile(
    r"\b(?:forbearance|waiver|standstill)\b[^.]{0,200}\b(?:date|period|terminat|expir|until|end)", re.IGNORECASE
)
LONGEST_DEFINITION = 300
OR = re.compile(r",?\s+or\s+")
OF_THESE = re.compile(r"\b(?:earlier|earliest)\s+(?:to\s+occur\s+)?of\s*:?\s*$", re.IGNORECASE)
ITEM = re.compile(r"\s*(?:,|;)?\s*(?:or|and)?\s*\([a-z]{1,4}\)\s*")
ENDS = re.compile(
    r"\b(?:(?:automatically|immediately|forthwith)\s+(?:and\s+\w+\s+)?(?:be\s+)?(?P<adverb>rescind(?:ed)?|terminate[ds]?|expired?|revoked)"
    r"|(?:be|is|are|been)\s+(?:deemed\s+)?(?:\w+ly\s+)?(?P<passive>rescinded|revoked|terminated|withdrawn|void|null\s+and\s+void)"
    r"|shall\s+(?:\w+ly\s+)?(?P<active>terminate|expire|lapse|cease\s+to\s+be)"
    r"|be\s+of\s+no\s+(?:further\s+)?(?P<none>force))\b",
    re.IGNORECASE,
)
OF_THE_WAIVER = re.compile(r"\b(?:waivers?|forbearance(?:\s+period)?|consent)\b", re.IGNORECASE)
IF = re.compile(
    r"\b(?:if|in\s+the\s+event|upon|unless|should|when|at\s+such\s+time|on\s+the\s+(?:earlier|earliest|date))\b",
    re.IGNORECASE,
)
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
    "other_default": r"(?:other|any)\s+(?:default|event\s+of\s+default)",
    "insolvency": r"bankruptcy|insolvency|receiver",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A sentence of the flow in which a creditor waives or forbears, and where its verb stands."""

    start: int
    end: int
    verb: int


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Where each sentence of a part of a text begins and ends; a list's items are sentences of their own."""
    end = len(text) if end is None else min(end, len(text))
    for stop in STOP.finditer(text, start, end):
        after = stop.end()
        if stop[0] != "\n\n" and (
            GOES_ON.match(text, after) or (stop[0] == "." and ABBREVIATED.search(text, max(start, after - 12), after))
        ):
            continue
        if not text[start:after].isspace():
            yield start, after
        start = after
    if text[start:end].strip():
        yield start, end


def grants_of(flow: Flow) -> list[Grant]:
    """Each sentence in which a creditor waives or forbears a default; not what is asked for or denied."""
    found = []
    for start, end in sentences(flow.text):
        words = flow.text[start:end]
        if not SPEAKS.search(words):
            continue
        for verb in GRANTS.finditer(words):
            said = words[max(0, verb.start() - 120) : verb.end() + 160]
            if NO_GRANT.search(said) or REQUEST.search(words[: verb.start()]):
                continue
            passive = verb[0].lower().endswith("waived")
            if not (passive or BY_A_CREDITOR.search(words[: verb.start()][-300:])):
                continue
            if DEFAULT.search(words) or PAYMENT.search(words):
                found.append(Grant(start, end, start + verb.start()))
                break
    return found


def waived_of(
    flow: Flow, grants: list[Grant], debts: tuple[DebtTerms, ...], places: tuple[int, ...]
) -> tuple[WaivedTerms, ...]:
    """What each grant waives: in its own words, or in those of the defined default that it names."""
    found: dict[tuple, WaivedTerms] = {}
    for grant in grants:
        parts = list(_definitions(flow.text, grant.verb, grant.end))
        defined = [one for part in parts for one in _each(flow, *part, debts, places)]
        own = _each(flow, grant.verb, _with_list(flow.text, grant.end), debts, places)
        for one in [*defined, *(one for one in own if not defined or _is_specific(one))]:
            found.setdefault((one.kind, one.due, one.period_end, one.sections), one)
    specific = [one for one in found.values() if _is_specific(one)]
    return tuple(specific or found.values())


def _is_specific(one: WaivedTerms) -> bool:
    return bool(one.due or one.period_end or one.sections)


def _each(flow: Flow, start: int, end: int, debts: tuple[DebtTerms, ...], places: tuple[int, ...]) -> list[WaivedTerms]:
    """What some words waive: one default, or each of those that they list, (a), (b) and (c)."""
    marks = _marks(flow.text, start, end)
    items = [_one(flow, first, last, debts, places) for first, last in pairwise([*marks, end])]
    specific = [item for item in items if _is_specific(item)]
    return specific if len(specific) > 1 else [_one(flow, start, end, debts, places)]


def _marks(text: str, start: int, end: int) -> list[int]:
    """Where the items of a list begin. The clauses (b) and (c) of a section are none."""
    return [
        mark.start()
        for mark in LISTED.finditer(text, start, end)
        if not OF_A_SECTION.search(text, max(start, mark.start() - 16), mark.start())
        and not AND_MORE.match(text, mark.end())
    ]


def _definitions(text: str, verb: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences that define the defaults which a grant names: the Existing Default."""
    named = NAMED_DEFAULT.findall(text[verb:end])
    for name in dict.fromkeys(" ".join(name.split()) for name in named):
        pattern = re.escape(name).replace(r"\ ", r"\s+")
        if defined := re.search(rf'"{pattern}(?:\'?s)?,?"', text):
            first = max(text.rfind("\n\n", 0, defined.start()), 0)
            for start, stop in sentences(text, first, defined.end() + LONGEST_SENTENCE):
                if start <= defined.start() < stop:
                    yield start, _with_list(text, stop)
                    break


def _with_list(text: str, end: int) -> int:
    """Where what follows a colon ends: the sentence after it belongs to it."""
    if text[end - 1 : end] == ":":
        return next((stop for _, stop in sentences(text, end, end + LONGEST_SENTENCE)), end)
    return end


def _one(flow: Flow, start: int, end: int, debts: tuple[DebtTerms, ...], places: tuple[int, ...]) -> WaivedTerms:
    words = flow.text[start:end]
    due = _day_after(DUE, flow.text, start, end)
    period = _day_after(PERIOD, flow.text, start, end)
    elsewhere = ELSEWHERE.search(words)
    sections = _sections(words[: elsewhere.start()] if elsewhere else words)
    numbers = tuple(numbers_of(places, start, end))
    if elsewhere and sections:
        kind, due = "cross_default", None
    elif BASE.search(words):
        kind, due, period = "borrowing_base", period, None
    elif REPORT.search(words):
        kind, due, period = "reporting", _day_after(BY, flow.text, start, end), None
    elif PAYMENT.search(words):
        kind = "cross_default" if numbers and CROSS.search(words) else "payment"
        period = None
    elif sections or period:
        kind, due = "covenant", None
    else:
        kind = "cross_default" if CROSS.search(words) and re.search(r"cross", words, re.IGNORECASE) else "other"
    return WaivedTerms(
        kind=kind,
        cause=" ".join(words.split()).strip(" .,;:"),
        sections=sections,
        due=due,
        period_end=period,
        debts=numbers,
        solely=bool(re.search(r"\bsolely\b|\bonly\b", words, re.IGNORECASE)),
        spans=(flow.span(start, end),),
    )


def _sections(words: str) -> tuple[str, ...]:
    """The numbers of the sections that are named; clauses (b) and (c) of Section 7.2.4 are two of them."""
    found = [
        f"{named['section']}{clause}"
        for named in OF_CLAUSES.finditer(words)
        for clause in CLAUSE.findall(named["clauses"])
    ]
    whole = {number.partition("(")[0] for number in found}
    numbers = (number for group in SECTION.findall(words) for number in NUMBER.findall(group))
    return tuple(dict.fromkeys([*found, *(number for number in numbers if number not in whole)]))


def _day_after(pattern: re.Pattern[str], text: str, start: int, end: int) -> date | None:
    match = pattern.search(text, start, end)
    found = next(dates_in(text, match.end(), match.end() + 40), None) if match else None
    return found.day if found else None


def ends_of(flow: Flow, grants: list[Grant]) -> tuple[EndTerms, ...]:
    """The days on which what is granted ends: one of each sentence that grants, or the earliest of a list."""
    found: dict[date | None, EndTerms] = {}
    for grant in grants:
        for start, end in _parts(flow.text, grant):
            one = _earliest(flow, start, end) or _stated(flow, start, end)
            if one and (one.hour or one.day not in found):
                found[one.day] = one
    if not found and grants:
        defined = (
            _earliest(flow, match.start(), match.end())
            for match in EARLIEST.finditer(flow.text)
            if OF_A_PERIOD.search(flow.text, max(0, match.start() - LONGEST_DEFINITION), match.end())
        )
        found.update({one.day: one for one in defined if one})
    return tuple(found.values())


def _parts(text: str, grant: Grant) -> list[tuple[int, int]]:
    """A sentence that grants, cut where it lists what it grants; not where it lists what ends it."""
    marks = _marks(text, grant.verb, grant.end)
    if not marks or OF_THESE.search(text, grant.verb, marks[0]):
        return [(grant.start, grant.end)]
    return list(pairwise([grant.start, *marks, grant.end]))


def _earliest(flow: Flow, start: int, end: int) -> EndTerms | None:
    """The end that is the earliest of several: its day is the first that is named."""
    match = EARLIEST.search(flow.text, start, end)
    if match is None:
        return None
    separate = ITEM if ITEM.search(match["list"]) else OR
    items = tuple(
        words
        for item in separate.split(match["list"])
        if len((words := " ".join(item.split()).strip(" ,;")).split()) > 1
    )
    days = [day.day for item in items for day in dates_in(item)]
    return EndTerms(days[0], None, items, spans=(flow.span(match.start(), match.end()),)) if days else None


def _stated(flow: Flow, start: int, end: int) -> EndTerms | None:
    """The end that some words state; the last of several, and not one that an earlier waiver had."""
    stated = None
    for match in UNTIL.finditer(flow.text, start, end):
        if EARLIER.search(flow.text[max(start, match.start() - 24) : match.start()]):
            continue
        day = next(dates_in(match["day"] or match["day2"]), None)
        hour = match["hour"] or match["hour2"]
        if day and (hour or stated is None or not stated.hour):
            stated = EndTerms(
                day.day,
                " ".join(hour.split()) if hour else None,
                (),
                spans=(flow.span(match.start(), match.end()),),
                unclear=_irregular(flow.text, match.start(), match.end()),
            )
    return stated


def _irregular(text: str, start: int, end: int) -> str:
    """A sentence where the words around an end do not read as a sentence does."""
    before, after = text[max(0, start - 12) : start].rstrip(), text[end : end + 12].lstrip(" ,")
    if re.search(r"\b(?:any|the|or|of|a)$", before) or re.match(r"(?:or|of)\b", after):
        return "The words around it are out of order in the original; read the sentence."
    return ""


def triggers_of(flow: Flow) -> tuple[TriggerTerms, ...]:
    """What rescinds or terminates the waiver by itself, and who must do what for it."""
    found = []
    for start, end in sentences(flow.text):
        words = flow.text[start:end]
        verb = ENDS.search(words) if OF_THE_WAIVER.search(words) else None
        if (
            not verb
            or not OF_THE_WAIVER.search(words[max(0, verb.start() - 400) : verb.start()])
            or not IF.search(words)
        ):
            continue
        if re.search(r"\b(?:not|no)\b[^.;]{0,30}$", words[: verb.start()], re.IGNORECASE):
            continue
        said = next(text for text in verb.groups() if text).lower()
        after = words[verb.end() :]
        condition = IF.search(after)
        what = after[condition.start() :] if condition else words[: verb.start()]
        notice = None
        if re.search(r"\bwithout\s+(?:\w+\s+)?notice|\bno\s+(?:\w+\s+)?notice", words, re.IGNORECASE):
            notice = False
        elif re.search(r"\b(?:upon|on|by|after)\s+(?:written\s+)?notice", words, re.IGNORECASE):
            notice = True
        found.append(
            TriggerTerms(
                effect="rescission" if "rescind" in said or "revoked" in said else "termination",
                automatic=notice is not True,
                notice=notice,
                by=tuple(name for name, actor in ACTORS.items() if re.search(rf"\b(?:{actor})\b", what, re.IGNORECASE)),
                acts=tuple(name for name, act in ACTS.items() if re.search(rf"\b(?:{act})", what, re.IGNORECASE)),
                spans=(flow.span(start, end),),
            )
        )
    return tuple(found)
