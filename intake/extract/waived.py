"""What each grant waives: in its own words, or in those of the defaults that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, pairwise

from intake.extract.dates import PATTERN, dates_in
from intake.extract.debts import numbers_of
from intake.extract.definitions import Definition, defined_sentence
from intake.extract.flow import Flow
from intake.extract.grants import PAYMENT, REQUEST, Grant
from intake.extract.sentences import LONGEST_SENTENCE, marks_in, plain_words, sentences, with_list
from intake.extract.terms import WaivedTerms

NUMBERED = r"(?:\d+[A-Z]?(?:\.\d+)*[A-Z]?(?:\s?\([A-Za-z0-9]{1,4}\))*|[IVX]+(?:\s?\([A-Za-z0-9]{1,4}\))*)"
SECTION = re.compile(
    rf"(?:\b(?:Sub)?(?:Sections?|Secs?\.|Paragraphs?|Articles?|paragraphs?|sections?|subsections?|SECTIONS?|PARAGRAPHS?)|§§?|\bss\.)\s*"
    rf"(?P<numbers>{NUMBERED}(?:(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or|through)\s+)(?:Sections?\s+)?{NUMBERED})*)"
)
NUMBER = re.compile(NUMBERED)
OWN_SECTION = re.compile(
    r"\b(?:this|of\s+this|hereof|herein)\s*$|^\s*(?:,?\s*(?:above|below|hereof|herein)\b|(?:of|to)\s+this\b)",
    re.IGNORECASE,
)
PERIOD = re.compile(
    rf"\b(?:(?:fiscal\s+)?(?:quarter|month|year|period)s?|quarter\s+period|quarters)\b[^.;]{{0,40}}?\b(?:end(?:ed|ing|s)|of)\s+(?:on\s+|as\s+of\s+)?(?={PATTERN})"
    rf"|(?<!dated )(?<!dated, )\bas\s+(?:of|at)\s+(?:the\s+end\s+of\s+)?(?={PATTERN})"
    rf"|\bfor\s+(?:the\s+)?(?:\w+[-\s]){{0,3}}(?:period|quarter|months?)[^.;]{{0,40}}?(?={PATTERN})"
    rf"|\b(?:months?|quarters?|periods?|year)\s+then\s+ended\b"
    rf"|\b(?:ending|ended)\s+(?={PATTERN})"
    rf"|:\s+(?={PATTERN})"
    rf"|(?<!business )(?<!m\. )(?<!\) )\b(?:at|on)\s+(?={PATTERN})",
    re.IGNORECASE,
)
MORE_PERIODS = re.compile(
    rf"\b(?:quarters|months|periods|years)\s+(?:that\s+)?(?:end(?:ed|ing)|of)\s+(?:on\s+)?{PATTERN}(?:,?\s+(?:and\s+)?{PATTERN}){{1,8}}",
    re.IGNORECASE,
)
THROUGH = re.compile(
    rf"\b(?:from|commencing|beginning|period)\b[^.;]{{0,30}}?{PATTERN}\s*,?\s+(?:through|to|and\s+ending\s+on)\s+(?:and\s+including\s+)?(?={PATTERN})",
    re.IGNORECASE,
)
OF_CLAUSES = re.compile(
    r"\b(?:clauses?|subsections?|paragraphs?)\s+(?P<clauses>(?:\([a-z0-9]{1,4}\)(?:,?\s+(?:and|or)\s+|,\s+)?)+)\s+(?:of|in)\s+"
    r"(?:Section|Paragraph|Article)\s+(?P<section>\d+[A-Z]?(?:\.\d+)*)",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"\([a-z0-9]{1,4}\)")
REPORT = re.compile(
    r"\b(?:deliver|furnish|provid|submit|timely\s+fil)\w*\b[^.;]{0,120}\b(?:audit(?:s|ed)?|reports?|statements?|certificates?|notices?|budgets?"
    r"|financials|projections)\b"
    r"|\b(?:failure|default|late(?:ness)?|delay)\b[^.;]{0,80}\b(?:financial\s+statements?|compliance\s+certificates?|annual\s+report|audit\s+report)\b",
    re.IGNORECASE,
)
BASE = re.compile(r"\bborrowing\s+base\b[^.;]{0,40}\bdeficienc", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"\b(?:as\s+a\s+result\s+of|result(?:ing|s)?\s+from|caused\s+by|arising\s+(?:from|out\s+of)|by\s+reason\s+of)\b[^.;]{0,80}\bdefaults?\s+under\b",
    re.IGNORECASE,
)
BY = re.compile(
    rf"\b(?:by|on\s+or\s+before|no\s+later\s+than|not\s+later\s+than|due\s+on|due)\s+(?={PATTERN})", re.IGNORECASE
)
DUE = re.compile(
    rf"\b(?:due|payable|falling\s+due|required|scheduled|pay(?:ment)?)\b[^.;]{{0,120}}?\b(?:on|by)\s+(?:or\s+(?:about|before)\s+)?(?={PATTERN})"
    rf"|\b(?:due|payable|scheduled\s+for)\s+(?={PATTERN})|\bthe\s+(?={PATTERN}\s+(?:\w+\s+)?(?:interest|principal)?\s*payment)",
    re.IGNORECASE,
)
CROSS = re.compile(r"\bcross-?\s?default|\bin\s+respect\s+(?:of|to)\b|\bindebtedness\s+(?:to|of|owed)", re.IGNORECASE)
MATERIAL = {
    "principal": re.compile(r"\bprincipal\b", re.IGNORECASE),
    "interest": re.compile(r"\binterest\b(?!\s+(?:coverage|expense|rate|charge))", re.IGNORECASE),
    "fee": re.compile(r"\bfees?\b", re.IGNORECASE),
}
NAMES_A_DEFAULT = re.compile(
    r"\b(?:Defaults?|Violations?|Non-?[Cc]ompliance|Breach(?:es)?|Failures?|Matters?|Events?|Payments?|Covenants?)\b"
)
ATTACHED = re.compile(r"\b(?P<kind>Schedule|Annex|Exhibit|Appendix)\s+(?P<number>[A-Z0-9][\w.-]{0,5})\b")
HAPPENED = re.compile(
    r"\b(?:failed|fails|failure|not\s+(?:be\s+)?(?:in\s+compliance|complied|comply)|did\s+not|(?:was|is|be)\s+in\s+(?:default|violation|breach)"
    r"|(?:was|were|is|are)\s+(?:less|greater|more|lower|higher)\s+than|has\s+violated|have\s+occurred|has\s+occurred|ha(?:s|ve)\s+not|exceeded|unable|will\s+not|existing|occurrence\s+of)\b",
    re.IGNORECASE,
)
IS_A_DEFAULT = re.compile(
    r"\b(?:Events?\s+of\s+)?Defaults?\b|\bcomplian|\bcomply|\bviolat|\brequire[sd]\b", re.IGNORECASE
)
WAIVER_PERIOD = re.compile(r"\b(?:waiver|forbearance|standstill|extension)\s+period\b", re.IGNORECASE)
NUMBERED_PARAGRAPH = re.compile(r"(?<=\n)(?=\d{1,2}\.\s)")
NEXT_FAILURE = re.compile(r";\s+(?:and\s+|or\s+)?(?=(?:the|an?|its|any|[A-Z][\w']*)\s)")
FAILURE = re.compile(r"\b(?:fail(?:ure|ed)|breach|violat\w+|non-?(?:payment|compliance)|did\s+not)\b", re.IGNORECASE)
CONTROL = re.compile(r"\bchange\s+(?:in|of)\s+control\b", re.IGNORECASE)
EXTENDS = re.compile(r"(?:hereby\s+)?(?:agrees?\s+to\s+)?extends?\b", re.IGNORECASE)  # the days are of the waiver
PROVISO = re.compile(r"[;,]\s+provided,?\s+(?:that|however)\b", re.IGNORECASE)
GRANT_PERIOD = re.compile(  # directly after the verb: waive, solely for the period from ... to ...
    rf"(?:\w+\s+){{0,3}}\w+,?\s+(?:(?:solely|only)\s+)?for\s+the\s+period\s+(?:from|commencing|beginning)\s+(?:on\s+)?(?:{PATTERN}|the\s+date\s+\w+)"
    rf"\s*,?\s+(?:and\s+ending\s+(?:on\s+)?|through\s+|to\s+|until\s+)(?:and\s+including\s+)?(?P<day>{PATTERN})",
    re.IGNORECASE,
)
EITHER = re.compile(r"\bor\s*$")
BARE_ITEM = 60
SHORT_ITEM = 160  # characters
LONGEST_CAUSE, FURTHEST_RECITAL, MOST_ATTACHED = 1200, 6000, 2


def waived_of(
    flow: Flow, grants: list[Grant], definitions: tuple[Definition, ...], places: tuple[int, ...]
) -> tuple[WaivedTerms, ...]:
    """What each grant waives, once; `places` are where the debts are named first."""
    found: dict[tuple, WaivedTerms] = {}
    for grant in grants:
        parts = [*_defined(flow.text, grant, definitions), *_attached(flow.text, grant.verb, grant.end)]
        named = [one for part in parts for one in _each(flow, *part, places)]
        last = with_list(flow.text, grant.end)
        proviso = PROVISO.search(flow.text, grant.verb, last)
        last = proviso.start() if proviso and not grant.passive else last
        own = _each(flow, grant.start if grant.passive else grant.verb, last, places)
        before = _each(flow, grant.start, grant.verb, places)
        if not any(is_specific(one) for one in own) and not any(is_specific(one) for one in named):
            recited = [one for part in _recited(flow.text, grant) for one in _each(flow, *part, places)]
            own = [one for one in before if is_specific(one)] or [one for one in recited if is_specific(one)] or own
        for one in [*named, *(one for one in own if not named or is_specific(one))]:
            found.setdefault((one.kind, one.due, one.period_end, one.sections), one)
    specific = [one for one in found.values() if is_specific(one)]
    return tuple(_without_repeats(specific) or found.values())


def _without_repeats(found: list[WaivedTerms]) -> list[WaivedTerms]:
    """Without those that only name again, by its section, what another says with its day."""
    return [
        one
        for one in found
        if one.due
        or one.period_end
        or not any(
            other is not one
            and set(one.sections) <= set(other.sections)
            and (other.due or other.period_end or other.kind == "reporting")
            for other in found
        )
    ]


def is_specific(one: WaivedTerms) -> bool:
    return bool(one.due or one.period_end or one.sections or one.kind == "change_of_control")


def _each(flow: Flow, start: int, end: int, places: tuple[int, ...]) -> list[WaivedTerms]:
    """What some words waive: one default, or each of those that they list, (a), (b) and (c)."""
    marks = marks_in(flow.text, start, end) or _parts_of(flow.text, start, end)
    places_of = list(pairwise([*marks, end]))
    items = _with_next_period([_one(flow, first, last, places) for first, last in places_of])
    items = _with_alternatives(flow.text, items, places_of)
    specific = [each for item in items if is_specific(item) for each in _each_period(flow, item)]
    if len(specific) > 1 and not all(item.debts and not item.sections for item in items):
        return specific
    return list(_each_period(flow, _one(flow, start, end, places)))


def _with_next_period(items: list[WaivedTerms]) -> list[WaivedTerms]:
    """The items; one that is no more than a section was missed in the period of the next: 7.1 and 7.2 for ..."""
    found: list[WaivedTerms] = []
    for one in reversed(items):
        after = found[-1] if found else None
        bare = one.kind == "covenant" and one.sections and one.period_end is None and len(one.cause) < BARE_ITEM
        found.append(replace(one, period_end=after.period_end) if bare and after and after.kind == "covenant" else one)
    return found[::-1]


def _with_alternatives(text: str, items: list[WaivedTerms], places: list[tuple[int, int]]) -> list[WaivedTerms]:
    """The items; what one event may be is one: a merger in violation of 9.1 or a transfer in violation of 9.4."""
    found: list[WaivedTerms] = []
    either = False  # whether the item before ends in "or"
    for one, (start, end) in zip(items, places, strict=True):
        plain = bool(one.kind == "covenant" and one.sections and not one.period_end and end - start < SHORT_ITEM)
        if plain and either:
            before = found[-1]
            sections = tuple(dict.fromkeys((*before.sections, *one.sections)))
            found[-1] = replace(
                before, sections=sections, cause=f"{before.cause} {one.cause}", spans=(*before.spans, *one.spans)
            )
        else:
            found.append(one)
        either = plain and bool(EITHER.search(text, start, end))
    return found


def _parts_of(text: str, start: int, end: int) -> list[int]:
    """Where the parts of an unlettered list begin: numbered paragraphs, or failures parted by semicolons."""
    numbered = [mark.end() for mark in NUMBERED_PARAGRAPH.finditer(text, start, end)]
    if len(numbered) > 1:
        return numbered
    cuts = [start, *(cut.end() for cut in NEXT_FAILURE.finditer(text, start, end))]
    failures = all(FAILURE.search(text, first, last) for first, last in pairwise([*cuts, end]))
    return cuts if len(cuts) > 1 and failures else []


def _each_period(flow: Flow, one: WaivedTerms) -> Iterator[WaivedTerms]:
    """One for each of the periods "ended March 31 and June 30" that a covenant was not met in."""
    yield one
    if one.kind == "covenant" and one.period_end and (more := MORE_PERIODS.search(one.cause)):
        for day in dates_in(more[0]):
            if day.day != one.period_end:
                yield replace(one, period_end=day.day)


def _defined(text: str, grant: Grant, definitions: tuple[Definition, ...]) -> Iterator[tuple[int, int]]:
    """The sentences that define the defaults which a grant names: the Existing Defaults."""
    words = plain_words(text[grant.verb : grant.end])
    for one in definitions:
        if not NAMES_A_DEFAULT.search(one.term) or len(one.term.split()) < 2:
            continue
        if not re.search(rf"\b{re.escape(one.term.rstrip('s'))}s?\b", words) or grant.verb <= one.place < grant.end:
            continue
        first, last = defined_sentence(text, one)
        yield first, last
        yield from _attached(text, first, last)


def _attached(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands in the schedule that some words point to."""
    for match in islice(ATTACHED.finditer(text, start, end), MOST_ATTACHED):
        heading = re.compile(
            rf"^{match['kind']}\s+{re.escape(match['number'].rstrip('.'))}\b[^\n]*$", re.IGNORECASE | re.MULTILINE
        )
        if found := heading.search(text, end):
            after = re.compile(
                r"^(?:Schedule|Annex|Exhibit|Appendix)\s+\w[^\n]*$", re.IGNORECASE | re.MULTILINE
            ).search(text, found.end() + 1)
            yield found.end(), min(after.start() if after else len(text), found.end() + LONGEST_SENTENCE)


def _recited(text: str, grant: Grant) -> Iterator[tuple[int, int]]:
    """The sentences before a grant that tell what happened: the Borrower has failed to comply with ..."""
    for start, end in sentences(text, max(0, grant.start - FURTHEST_RECITAL), grant.start):
        words = text[start:end]
        if HAPPENED.search(words) and IS_A_DEFAULT.search(words) and not REQUEST.search(words):
            yield start, with_list(text, end)


def _one(flow: Flow, start: int, end: int, places: tuple[int, ...]) -> WaivedTerms:
    words = flow.text[start:end]
    due = _day_after(DUE, flow.text, start, end)
    period = _period(flow.text, start, end)
    elsewhere = ELSEWHERE.search(words)
    sections = _sections(words[: elsewhere.start()] if elsewhere else words)
    numbers = tuple(numbers_of(places, start, end))
    if elsewhere and sections:
        kind, due = "cross_default", None
    elif BASE.search(words):
        kind, due, period = "borrowing_base", period, None
    elif REPORT.search(words):
        kind, due = "reporting", _day_after(BY, flow.text, start, end)
        period = None if due else period
    elif PAYMENT.search(words):
        kind = "cross_default" if numbers and CROSS.search(words) else "payment"
        period = None
    elif CONTROL.search(words) and not sections:
        kind, due, period = "change_of_control", None, None
    elif sections or period:
        kind, due = "covenant", None
    else:
        kind = "cross_default" if CROSS.search(words) and re.search(r"cross", words, re.IGNORECASE) else "other"
    irregular = irregular_at(flow.text, start, end)
    return WaivedTerms(
        kind=kind,
        cause=plain_words(words)[:LONGEST_CAUSE].strip(" .,;:"),
        sections=sections,
        due=due,
        period_end=period,
        debts=numbers,
        solely=bool(re.search(r"\bsolely\b|\bonly\b", words, re.IGNORECASE)),
        payments=tuple(name for name, what in MATERIAL.items() if what.search(words)) if PAYMENT.search(words) else (),
        spans=(flow.span(start, end),),
        unclear=irregular,
    )


def _period(text: str, start: int, end: int) -> date | None:
    """The day on which a test period ends: the second of "from ... through ..."."""
    if EXTENDS.match(text, start, end):
        return None
    if of_grant := GRANT_PERIOD.match(text, start, end):
        start = of_grant.end()
    if through := THROUGH.search(text, start, end):
        found = next(dates_in(text, through.end(), through.end() + 40), None)
        if WAIVER_PERIOD.search(text, through.end(), min(end, through.end() + 80)):
            return None
        return found.day if found else None
    return _day_after(PERIOD, text, start, end)


def _sections(words: str) -> tuple[str, ...]:
    """The numbers of the sections that are named; clauses (b) and (c) of Section 7.2.4 are two of them."""
    found = [
        f"{named['section']}{clause}"
        for named in OF_CLAUSES.finditer(words)
        for clause in CLAUSE.findall(named["clauses"])
    ]
    whole = {number.partition("(")[0] for number in found}
    for named in SECTION.finditer(words):
        if OWN_SECTION.search(words[max(0, named.start() - 12) : named.start()]) or OWN_SECTION.match(
            words[named.end() : named.end() + 12]
        ):
            continue
        numbers = ["".join(number.split()) for number in NUMBER.findall(named["numbers"])]
        found += [number for number in numbers if number not in whole]
    return tuple(dict.fromkeys(found))


def _day_after(pattern: re.Pattern[str], text: str, start: int, end: int) -> date | None:
    for match in pattern.finditer(text, start, end):
        if found := next(dates_in(text, match.end(), match.end() + 40), None):
            return found.day
    return None


OUT_OF_ORDER = re.compile(
    rf"\b(?:any|the|or|of|an?)\s+until\s+{PATTERN}|\buntil\s+{PATTERN}\s*,?\s+(?:or|of)\b", re.IGNORECASE
)


def irregular_at(text: str, start: int, end: int) -> str:
    """A sentence where the words around an end do not read as a sentence does."""
    if OUT_OF_ORDER.search(text, max(0, start - 12), min(len(text), end + 12)):
        return "The words around it are out of order in the original; read the sentence."
    return ""
