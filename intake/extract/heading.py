"""The head of a document: what it is called, what kind it is, its exhibit number, its dates, and whose law governs."""

from __future__ import annotations

import re
from datetime import date
from itertools import islice

from intake.extract.dates import PATTERN, Dated, dates_in
from intake.extract.flow import Flow
from intake.extract.terms import Value

MOST_TRIES = 40
HEAD = 6000  # characters in which a document says what it is
PAPERS = (
    "AGREEMENT|AMENDMENT|WAIVER|CONSENT|FORBEARANCE|NOTES?|MODIFICATION|INDENTURE|EXTENSION|SUPPLEMENT|ADDENDUM|RIDER"
    "|ALLONGE|INSTRUMENT|GUARANTY|DEBENTURE"
)
SALUTATION = re.compile(
    r"^(?:ladies\s+and\s+gentlemen|gentlemen|dear\s[^\n:,]{1,60}|to\s+whom\s+it\s+may\s+concern)\s*[:,]",
    re.IGNORECASE | re.MULTILINE,
)
EXHIBIT = re.compile(
    r"^\(?exhibit\s+(?:no\.\s*)?(\d+(?:[.\-][0-9a-z]+)*(?:\s?\([a-z0-9]+\))*)\)?\.?$", re.IGNORECASE | re.MULTILINE
)
IN_CAPITALS = re.compile(r"^[^a-z\n]*$")
TITLE_CASE = re.compile(
    rf"^(?:[A-Z0-9][\w.'&/-]*|of|to|and|the|in|with|for|,|No\.)(?:,?\s+\S+)*\b(?:{PAPERS})\b.*$", re.IGNORECASE
)
OPENING = re.compile(
    rf"^[^a-z\n]*\b(?:{PAPERS})\b[^a-z\n]*?(?=,?\s+(?:\(|dated\b|made\b|is\b|to the\b|among\b|between\b))"
)
SUBJECT = re.compile(r"(?:re|subject|attention|attn)\s*:", re.IGNORECASE)
UNFINISHED = re.compile(
    r"\b(?:TO|THE|AND|OF|FOR|WITH|LIMITED|FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH|TENTH)$"
)
NEXT_LINE = re.compile(r"\s*(?P<words>[^\n]+)")
DATING = re.compile(
    r"\b(?:dated|made|entered\s+into|effective|executed|given|is\s+as\s+of)\b[^.;()]{0,80}?(?=" + PATTERN + ")",
    re.IGNORECASE,
)
EFFECTIVE = re.compile(
    r"\b(?:shall\s+be(?:come)?|is|becomes|deemed)\s+(?:deemed\s+)?(?:to\s+be\s+)?effective\b[^.]{0,160}", re.IGNORECASE
)
STATED = re.compile(r"effective\s+(?:as\s+of|on|from)\s+(?=" + PATTERN + ")", re.IGNORECASE)
GOVERNED = re.compile(
    r"\b(?:govern(?:ed|s)?|construed|law\s+governing|governing\s+law|choice\s+of\s+law)\b", re.IGNORECASE
)
STATES = (
    "Alabama|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Illinois|Indiana|Iowa|Kansas"
    "|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    "|New\\s+Hampshire|New\\s+Jersey|New\\s+Mexico|New\\s+York|North\\s+Carolina|North\\s+Dakota|Ohio|Oklahoma|Oregon"
    "|Pennsylvania|Rhode\\s+Island|South\\s+Carolina|South\\s+Dakota|Tennessee|Texas|Utah|Vermont|West\\s+Virginia"
    "|Virginia|Washington|Wisconsin|Wyoming|Alaska|Hawaii|Idaho|England|Ontario|Bermuda|Luxembourg"
)
LAW = re.compile(
    rf"\blaws?\b[^.;]{{0,120}}?\b(?:(?:State|Commonwealth|Province)\s+of\s+)?(?P<law>{STATES})\b", re.IGNORECASE
)


def salutation_of(flow: Flow) -> int | None:
    """Where a letter greets whom it is written to; None in what is no letter."""
    match = SALUTATION.search(flow.text, 0, HEAD)
    return match.start() if match else None


def exhibit_of(flow: Flow) -> Value[str] | None:
    """The exhibit number, as the first line that is nothing else says it."""
    match = EXHIBIT.search(flow.text, 0, HEAD)
    return Value(match[1], spans=(flow.span(match.start(), match.end()),)) if match else None


def title_of(flow: Flow) -> tuple[Value[str] | None, int]:
    """The title, and where the text goes on after it: 0 where there is none, as in a letter."""
    at = 0
    best: tuple[int, int] | None = None
    for line in flow.text[:HEAD].split("\n"):
        start, at = at, at + len(line) + 1
        if EXHIBIT.fullmatch(line) or not re.search(rf"\b(?:{PAPERS})\b", line, re.IGNORECASE):
            if best:
                break
            continue
        if best and flow.text[best[1] : start].count("\n") > 1:
            break
        if IN_CAPITALS.match(line):
            best = (best[0] if best else _with_line_before(flow.text, start), start + len(line))
        elif best is None and (opening := OPENING.match(line)):
            best = (start, start + len(opening[0].rstrip(" ,")))
            break
        elif best:
            break
    if best is None:
        at = 0
        for line in flow.text[:HEAD].split("\n"):
            start, at = at, at + len(line) + 1
            if (
                len(line) < 120
                and line[-1:] not in (".", ":")
                and not SUBJECT.match(line)
                and TITLE_CASE.match(line)
                and not EXHIBIT.fullmatch(line)
            ):
                best = (start, start + len(line))
                break
    if best is None:
        return None, 0
    best = (best[0], _with_lines_after(flow.text, *best))
    words = " ".join(flow.text[best[0] : best[1]].split()).rstrip(" ,")
    return Value(words, spans=(flow.span(*best),)), best[1]


def _with_line_before(text: str, start: int) -> int:
    """A title may begin on the line before the one that names the paper: LIMITED / WAIVER."""
    before = text[:start].rstrip()
    line_before = before.rfind("\n") + 1
    words = before[line_before:]
    return line_before if UNFINISHED.search(words) and IN_CAPITALS.match(words) else start


def _with_lines_after(text: str, start: int, end: int) -> int:
    """A title may go on over an empty line: FIRST AMENDMENT / TO / CREDIT AGREEMENT."""
    while line := NEXT_LINE.match(text, end):
        words = line["words"]
        goes_on = UNFINISHED.search(text[start:end]) or re.match(r"(?:TO|AND|OF)\b", words)
        if not goes_on or not IN_CAPITALS.match(words) or EXHIBIT.fullmatch(words):
            break
        end = line.end("words")
    return end


def kind_of(flow: Flow, title: Value[str] | None, *, waives: bool) -> Value[str]:
    """What kind of document it is, by its title and by what it does: titles mislead in both directions."""
    words = (title.value if title else "").lower()
    has = {word: word in words for word in ("amendment", "consent", "waiver", "forbearance", "extension", "indenture")}
    if has["forbearance"]:
        kind = "amendment_to_forbearance" if has["amendment"] else "forbearance"
    elif has["amendment"] or "modification" in words:
        kind = "amendment"
        if has["consent"] and (has["waiver"] or waives):
            kind = "amendment_consent_and_waiver"
        elif has["consent"]:
            kind = "amendment_and_consent"
        elif "limited waiver" in words:
            kind = "amendment_and_limited_waiver"
        elif has["waiver"]:
            kind = "amendment_and_waiver"
        elif waives:
            limited = re.search(r"\bLimited\s+Waiver\b", flow.text)
            kind = "amendment_with_limited_waiver" if limited else "amendment_with_waiver"
    elif has["waiver"]:
        kind = "limited_waiver" if "limited" in words else "consent_and_waiver" if has["consent"] else "waiver"
    elif has["consent"]:
        kind = "consent"
    elif waives:
        kind = "waiver" if title else "waiver_letter"
    else:
        kind = next((word for word in ("indenture", "extension") if has[word]), "other")
        kind = "note" if re.search(r"\bnotes?$", words) else kind
    return Value(kind, spans=title.spans if title else ())


def dated_of(flow: Flow, after: int) -> Value[date] | None:
    """The date that the document bears: "dated as of", "made this", or the line above a letter."""
    greets = salutation_of(flow)
    if greets and (above := next((one for one in dates_in(flow.text, 0, greets) if _alone(flow.text, one)), None)):
        return Value(above.day, spans=(flow.span(above.start, above.end),), unclear=above.reading)
    for match in DATING.finditer(flow.text, after, after + HEAD):
        found = next(dates_in(flow.text, match.end(), match.end() + 40), None)
        if found:
            return Value(found.day, spans=(flow.span(match.start(), found.end),), unclear=found.reading)
    alone = next((found for found in dates_in(flow.text, 0, HEAD) if _alone(flow.text, found)), None)
    if alone:
        return Value(alone.day, spans=(flow.span(alone.start, alone.end),), unclear=alone.reading)
    return None


def _alone(text: str, found: Dated) -> bool:
    before, after = text[max(0, found.start - 1) : found.start], text[found.end : found.end + 1]
    return before in ("", "\n") and after in ("", "\n", ",", ".")


def effective_of(flow: Flow, dated: Value[date] | None) -> Value[date | None] | None:
    """When it takes effect: a stated day, or None with the words where it hangs on conditions."""
    for match in EFFECTIVE.finditer(flow.text):
        span = flow.span(match.start(), match.end())
        if STATED.search(match[0]) and (found := next(dates_in(flow.text, match.start(), match.end() + 30), None)):
            return Value(found.day, spans=(flow.span(match.start(), found.end),), unclear=found.reading)
        if re.search(r"date\s+(?:hereof|first\s+(?:above\s+)?written)", match[0], re.IGNORECASE) and dated:
            return Value(dated.value, spans=(span,))
        if re.search(r"condition|satisf|receipt|deliver|upon|when|date\s*\(", match[0], re.IGNORECASE):
            return Value(None, spans=(span,), unclear="It takes effect when conditions are met.")
    return None


def law_of(flow: Flow) -> Value[str] | None:
    """The state or country whose law governs."""
    for governed in islice(GOVERNED.finditer(flow.text), MOST_TRIES):
        match = LAW.search(flow.text, governed.end(), governed.end() + 700)
        if match:
            name = " ".join(match["law"].split()).title()
            return Value(name, spans=(flow.span(match.start(), match.end()),))
    return None
