"""Until when a waiver holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import islice, pairwise

from intake.extract.dates import PATTERN, Dated, dates_in
from intake.extract.definitions import Definition, defined_sentence
from intake.extract.flow import Flow
from intake.extract.grants import Grant
from intake.extract.sentences import marks_in, plain_words, sentences, spaced
from intake.extract.terms import EndTerms
from intake.extract.waived import GRANT_PERIOD, WAIVER_PERIOD, irregular_at

ZONE = (
    r"(?:\s+\([^)]{1,40}\)|\s+(?:[A-Z][A-Za-z]+\s+){1,3}time(?:\s+\([^)]{1,30}\))?|\s+[A-Z]{2,3}T\b|,?\s+(?:local|prevailing)\s+(?:\w+\s+)?time"
    r"|,?\s+[A-Z][A-Za-z]+(?:\s+[A-Z][a-z]+)?\s+time)?"
)
HOUR = (
    rf"\d{{1,2}}(?::\d{{2}})?\s*[ap]\.?\s?m\.?,?{ZONE}|(?:the\s+)?close\s+of\s+business"
    rf"|(?:12:00\s+)?(?:noon|midnight){ZONE}"
)
UNTIL = re.compile(
    r"\b(?P<how>(?:up\s+)?(?:until|till)(?:\s+and\s+including|\s+but\s+(?:not\s+including|excluding))?|through(?:\s+and\s+including|,?\s+but\s+not\s+beyond)?"
    r"|(?:up\s+)?to\s+(?:and|but)\s+(?:including|excluding|not\s+including)|to\s+(?:and\s+including|but\s+(?:not\s+including|excluding))"
    r"|ending\s+(?:on(?:\s+and\s+including)?|at)?|(?:expir(?:e|es|ing)|terminat(?:e|es|ing)|cease\s+to\s+be\s+effective|end(?:s)?|lapse(?:s)?)"
    r"(?:\s+(?:automatically|and\s+be\s+of\s+no\s+further\s+force\s+(?:and|or)\s+effect))*\s+(?:at|on|as\s+of|by)?"
    r"|of\s+no\s+(?:further\s+)?force\s+(?:or|and)\s+effect\s+(?:from\s+and\s+after|on\s+and\s+after|after|on|as\s+of|from)"
    r"|(?:Termination|Expiration|Outside|End)\s+Date\"?\s+(?:means|shall\s+mean|shall\s+be|is))\s*"
    rf",?\s*(?:(?:at\s+)?(?P<hour>{HOUR})\s*,?\s*(?:on|of)?\s*)?(?:the\s+)?(?P<day>{PATTERN})"
    rf"(?:\s*,?\s+at\s+(?P<after>{HOUR}))?(?P<too>\s*,?\s*\(?(?:but\s+(?:excluding|not\s+including)|inclusive)\b)?",
    re.IGNORECASE,
)
BEFORE_DAY = re.compile(rf"\b(?:prior\s+to|before)\s+(?P<day>{PATTERN})", re.IGNORECASE)
INCLUDES = re.compile(r"\bthrough\b(?!,?\s+but)|\band\s+including\b|\binclusive\b", re.IGNORECASE)
EXCLUDES = re.compile(r"\bexcluding\b|\bnot\s+including\b|\bprior\s+to\b|\bbefore\b", re.IGNORECASE)
EARLIEST = re.compile(
    r"\b(?:the\s+)?(?:earlier|earliest|first|sooner)\s+(?:to\s+occur\s+)?of(?:\s+(?:the\s+following|the\s+occurrence\s+of\s+any\s+of\s+the\s+following))?"
    r"(?:\s*\([^()]{1,40}\))?\b(?P<list>(?:[^.]|\.(?=\s?m\.|\d)|(?<=\.m)\.|(?<=\.\sm)\.){10,1200})",
    re.IGNORECASE,
)
EARLIER = re.compile(r"\b(?:previously|earlier|already|and|theretofore|heretofore)\s+waived\s+$", re.IGNORECASE)
OF_A_PERIOD = re.compile(r"\b(?:periods?|quarters?|months?|years?|fiscal|test)\b[^.;]{0,60}$", re.IGNORECASE)
PERIOD_TERM = re.compile(
    r"\b(?:(?:waiver|forbearance|standstill|relief|limited\s+waiver|temporary\s+waiver|extension)\b.*\b(?:period|date|expiration|termination)\b"
    r"|(?:termination|expiration|outside|end)\s+date$)",
    re.IGNORECASE,
)
OF_THE_WAIVER = re.compile(
    r"\b(?:waivers?|forbearance|standstill|consents?)\b(?:\s+(?:\w+\s+){0,14}?|[^.;]{0,120}?)\b(?:shall|will|is|are|expires?|terminates?|ends?|effective|in\s+effect)\b",
    re.IGNORECASE,
)
NOTICE = re.compile(
    r"\buntil\b[^.;]{0,160}\bnotice\b|\b(?:terminat|revo|withdraw|rescind)\w*\b[^.;]{0,120}\b(?:upon|on|by|at\s+any\s+time)\b[^.;]{0,60}\bnotice\b"
    r"|\bnotice\b[^.;]{0,80}\b(?:terminating|revoking|withdrawing|rescinding)\b",
    re.IGNORECASE,
)
OTHER_SUBJECT = re.compile(r"\b(?:commitments?|loans?|maturity|facility|letters?\s+of\s+credit|note)\b", re.IGNORECASE)
OR = re.compile(r",?\s+or\s+|,?\s+and\s+")
OF_THESE = re.compile(
    r"\b(?:earlier|earliest|first|sooner)\s+(?:to\s+occur\s+)?of\s*(?:the\s+following)?\s*:?\s*$", re.IGNORECASE
)
ITEM = re.compile(r"\s*(?:,|;)?\s*(?:or|and)?\s*\([a-z]{1,4}\)\s+")
NUMBERED = re.compile(r"\s*(?:,|;)?\s*(?:or|and)?\s*\(\d\)\s+")
EXTENDED = re.compile(  # the Forbearance Period is hereby extended from one day to another
    rf"\b(?:waiver|forbearance|standstill)\b[^.;\"]{{0,80}}?\b(?:is|are|be)\s+(?:hereby\s+)?extended\s+(?:from\s+{PATTERN}\s+)?"
    rf"(?:to|through|until)\s+(?:and\s+including\s+)?(?P<day>{PATTERN})"
    rf"|\bextends?\s+(?:the|such|its)\s+(?:\w+\s+){{0,3}}(?:waiver|forbearance)\b(?:[^.;\"]|\.(?=\d)){{0,200}}?\b(?:from\s+{PATTERN}\s+)?"
    rf"(?:to|through|until)\s+(?:and\s+including\s+)?(?P<other>{PATTERN})",
    re.IGNORECASE,
)
HANGS_ON = re.compile(  # the day by which something must have happened ends nothing by itself
    rf"\b(?:if|unless|in\s+the\s+event|to\s+the\s+extent|so\s+long\s+as)\b[^.;]{{0,240}}?\b(?:by|before|prior\s+to)\s+{PATTERN}",
    re.IGNORECASE,
)
LONGEST_LIST, MOST_USES = 1400, 8


def ends_of(flow: Flow, grants: list[Grant], definitions: tuple[Definition, ...]) -> tuple[EndTerms, ...]:
    """When what is granted ends: of each sentence that grants, of the period that is defined, of those that say so."""
    found: dict[date | None, EndTerms] = {}
    for grant in grants:
        if period := GRANT_PERIOD.match(flow.text, grant.verb, grant.end):
            _keep(found, _on(flow, period, "day"))
        for start, end in _parts(flow.text, grant):
            _keep(found, _earliest(flow, start, end) or _stated(flow, start, end))
    if grants:
        for one in definitions:
            if PERIOD_TERM.search(one.term):
                _keep(found, _of_definition(flow, one))
    for match in islice(EXTENDED.finditer(flow.text), MOST_USES):
        _keep(found, _on(flow, match, "day") or _on(flow, match, "other"))
    if not found and grants:
        for start, end in sentences(flow.text):
            if HANGS_ON.search(flow.text, start, end):
                continue
            if OF_THE_WAIVER.search(flow.text, start, end) and not OTHER_SUBJECT.search(
                _subject(flow.text, start, end)
            ):
                _keep(found, _stated(flow, start, end, own=True) or _earliest(flow, start, end))
    return tuple(found.values())


def _keep(found: dict[date | None, EndTerms], one: EndTerms | None) -> None:
    if one and (one.day not in found or (one.hour and not found[one.day].hour)):
        found[one.day] = one


def _subject(text: str, start: int, end: int) -> str:
    """The words before the verb of a sentence about an end."""
    match = UNTIL.search(text, start, end)
    return text[max(start, match.start() - 60) : match.start()] if match else ""


def _of_definition(flow: Flow, one: Definition) -> EndTerms | None:
    first, last = defined_sentence(flow.text, one)
    start, end = (one.end, last) if one.meaning[0] >= one.end else (max(first, one.place - LONGEST_LIST), one.end)
    if found := _earliest(flow, start, end) or _stated(flow, start, end, own=True):
        uses = re.compile(rf"\b(?P<how>[\w\s,]{{0,40}})\s+(?:the\s+)?{spaced(one.term)}\b").finditer(flow.text)
        said = (_inclusive(use["how"]) for use in islice(uses, MOST_USES))
        return replace(found, inclusive=next((each for each in said if each is not None), found.inclusive))
    days = list(dates_in(flow.text, start, end))
    if len(days) != 1 or one.term.lower().startswith("effective"):
        return None
    return _end(flow, days[0], days[0].start, days[0].end, None)


def _parts(text: str, grant: Grant) -> list[tuple[int, int]]:
    """A sentence that grants, cut where it lists what it grants; not where it lists what ends it."""
    marks = marks_in(text, grant.verb, grant.end)
    if not marks or OF_THESE.search(text, grant.verb, marks[0]):
        return [(grant.start, grant.end)]
    return list(pairwise([grant.start, *marks, grant.end]))


def _earliest(flow: Flow, start: int, end: int) -> EndTerms | None:
    """The end that is the earliest of several: its day is the first that is named."""
    match = EARLIEST.search(
        flow.text, start, min(len(flow.text), end + LONGEST_LIST if flow.text[end - 1 : end] == ":" else end)
    )
    if match is None:
        return None
    lists = {ITEM: ITEM.search(match["list"]), NUMBERED: "(1)" in match["list"]}
    separate = next((pattern for pattern, there in lists.items() if there), OR)
    items = tuple(
        words for item in separate.split(match["list"]) if len((words := plain_words(item).strip(" ,;:")).split()) > 1
    )
    days = [day for item in items for day in dates_in(item)]
    if not days:
        return None
    hour = re.search(HOUR, match["list"], re.IGNORECASE)
    others = tuple(dict.fromkeys(day.day for day in days))
    return EndTerms(
        days[0].day,
        plain_words(hour[0]) if hour else None,
        items,
        words=plain_words(match[0]),
        inclusive=_inclusive(flow.text[max(start, match.start() - 24) : match.start()] + match["list"]),
        on_notice=bool(re.search(r"\bnotice\b", match["list"], re.IGNORECASE)),
        spans=(flow.span(match.start(), match.end()),),
        unclear="It names more than one day." if len(others) > 1 else days[0].reading,
        alternatives=others if len(others) > 1 else days[0].alternatives,
    )


def _stated(flow: Flow, start: int, end: int, *, own: bool = False) -> EndTerms | None:
    """The end that some words state; the last of several, and not one that an earlier waiver or a test period had."""
    stated = None
    for match in UNTIL.finditer(flow.text, start, end):
        before = flow.text[max(start, match.start() - 90) : match.start()]
        after = flow.text[match.end() : match.end() + 60]
        if EARLIER.search(before[-30:]):
            continue
        test = re.search(r"\b(?:through|ending|to\b)", match["how"], re.IGNORECASE) and OF_A_PERIOD.search(before)
        if test and not own and not WAIVER_PERIOD.search(before + after):
            continue
        if match["how"].lower().startswith("ending") and not (own or WAIVER_PERIOD.search(before + after)):
            continue
        day = next(dates_in(match["day"]), None)
        hour = match["hour"] or match["after"]
        if day and (hour or stated is None or not stated.hour):
            stated = _end(flow, day, match.start(), match.end(), hour)
    before_day = BEFORE_DAY.search(flow.text, start, end) if own and stated is None else None
    if before_day and (day := next(dates_in(before_day["day"]), None)):
        stated = _end(flow, day, before_day.start(), before_day.end(), None)
    return stated


def _on(flow: Flow, match: re.Match[str], group: str) -> EndTerms | None:
    """The end on the day that a group of a match is."""
    day = next(dates_in(match[group] or ""), None)
    return _end(flow, day, match.start(), match.end(), None) if day else None


def _end(flow: Flow, day: Dated, start: int, end: int, hour: str | None) -> EndTerms:
    words = plain_words(flow.text[start:end])
    around = flow.text[max(0, start - 12) : min(len(flow.text), end + 12)]
    return EndTerms(
        day.day,
        plain_words(hour).rstrip(",") if hour else None,
        (),
        words=words,
        inclusive=_inclusive(words),
        on_notice=bool(NOTICE.search(flow.text[max(0, start - 60) : end + 240])),
        spans=(flow.span(start, end),),
        unclear=irregular_at(flow.text, start, end) if around else day.reading,
        alternatives=day.alternatives,
    )


def _inclusive(words: str) -> bool | None:
    if EXCLUDES.search(words):
        return False
    return True if INCLUDES.search(words) else None
