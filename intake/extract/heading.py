"""The head of a document: what it is called, what kind it is, its exhibit number, its dates, and whose law governs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
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
IN_CAPITALS = re.compile(r"^(?:[^a-z\n]|(?<=N)o(?=\.)|(?<=\d)(?:st|nd|rd|th)\b|\b(?:to|of|and|the|for)\b)*$")
OF_PAPERS = re.compile(rf"\b(?:{PAPERS})S?\b", re.IGNORECASE)
NO_TITLE = re.compile(
    r"\b(?:SECURITIES|REGISTERED|TRANSFERRED|HEREOF|HEREBY|PURSUANT|WHEREAS|CONFORMED|EXECUTION)\b|^\s*\["
)
TITLE_CASE = re.compile(r"^[A-Z0-9](?!.*\b(?:is|are|was|has|have|hereby|shall|will|dated|pursuant|herein)\b)")
BODY = re.compile(r"^(?:This|THIS|WHEREAS|Reference|In\s+consideration|For\s+value)\b")
SMALL_WORD = re.compile(r"\b(?!(?:of|to|and|the|in|with|for|by|a|an|as)\b)[a-z]{2,}\b")
A_SENTENCE = 3  # small words: a line with as many is no title
LONGEST_TITLE, LONGEST_TITLE_LINE, SHORT_LINE = 600, 160, 6
OPENING = re.compile(
    rf"^(?P<this>THIS\s+|This\s+)?(?:[^a-z\n]|(?<=N)o(?=\.))*\b(?:{PAPERS})\b(?:[^a-z\n]|(?<=N)o(?=\.))*?"
    r"(?=,?\s+(?:\(|dated\b|made\b|is\b|to the\b|among\b|between\b|by\b))"
)
SUBJECT = re.compile(r"(?:re|subject|attention|attn)\s*:", re.IGNORECASE)
UNFINISHED = re.compile(
    r"\b(?:TO|THE|AND|OF|FOR|WITH|LIMITED|FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH|TENTH)$",
    re.IGNORECASE,
)
NEXT_LINE = re.compile(r"\s*(?P<words>[^\n]+)")
BEFORE, AFTER, ABOVE, MOST_DATES = 500, 60, 400, 60
OF_ITSELF = 3  # what a date weighs that the document says of itself
DATING_BEFORE = re.compile(
    r"(?:\b(?:is|are|was)\s+|,\s*)?(?:\b(?:dated|made|entered\s+into|effective|executed|given|delivered)\b[\s,]*(?:and\s+)?){1,4}"
    r"(?:effective\s+)?(?:as\s+of|on|this|at)?\s*(?:this\s+|the\s+)*$|\b(?:is\s+)?as\s+of\s+(?:this\s+|the\s+)*$",
    re.IGNORECASE,
)
FINITE = re.compile(r"\b(?:is|are|made|entered|executed|given)\b", re.IGNORECASE)
ITSELF = re.compile(rf"(?:\b(?-i:this|This|THIS)\b[^.]*|^(?-i:[^a-z]*)|^\s*)\b(?:{PAPERS}|LETTER)\b", re.IGNORECASE)
NAMED_THIS = re.compile(
    r"\s*,?\s*\((?:herein\s+called\s+|hereinafter\s+)?(?:this|the)\s+\"|\((?:this|the)\s+\"[^\"]*\"\)\s*$"
)
CLOSES = re.compile(r"\s*(?:executed|signed|accepted|agreed|acknowledged|in\s+witness|date[d]?\s*:)\b", re.IGNORECASE)
OTHER_PAPER = re.compile(
    r"\b(?:that\s+certain|a\s+certain|those\s+certain|reference\s+is\s+made|pursuant\s+to)\b", re.IGNORECASE
)
OF_ANOTHER = re.compile(
    r"\b(?:the|of|to|under|certain|that)\s+(?:[\w'&/-]+\s+){0,8}(?:Agreement|Indenture|Notes?|Guaranty|Mortgage)\b[\s,]*(?:\([^()]*\)[\s,]*)?$",
    re.IGNORECASE,
)
EFFECTIVE = re.compile(
    r"\b(?:(?:shall\s+be(?:come)?|is|are|becomes|deemed|be)\s+(?:deemed\s+)?(?:to\s+be\s+)?(?:and\s+become\s+)?effective|takes?\s+effect)"
    r"\b[^.]{0,160}|\b[Ee]ffective\s+as\s+of\s+(?=(?:the\s+date\s+hereof\b|" + PATTERN + r"))[^.]{0,120}"
    r"|(?<=[.\n]\s)(?-i:E)ffective\s+immediately\b(?!\s+(?:upon|after|prior|before|following|when))",
    re.IGNORECASE,
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
COUNTRIES = (
    "Switzerland|Canada|British\\s+Columbia|Alberta|Qu[e\u00e9]bec|Nova\\s+Scotia|Netherlands|Ireland|France|Germany|Mexico|Singapore"
    "|Cayman\\s+Islands|British\\s+Virgin\\s+Islands|Marshall\\s+Islands|Puerto\\s+Rico|Scotland|Japan|Australia|Israel|Liberia"
    "|Panama|Cyprus|Hong\\s+Kong|District\\s+of\\s+Columbia|Netherlands\\s+Antilles"
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
    """The title, and where the text goes on after it: 0 where there is none, as in a letter.

    Below the exhibit's number if something there is a title; what stands above is the filer's index of it.
    """
    exhibit = EXHIBIT.search(flow.text, 0, HEAD)
    starts = [exhibit.end(), 0] if exhibit else [0]
    limits = [(start, exhibit.start() if exhibit and not start else HEAD) for start in starts]
    best = next((found for find in FINDERS for limit in limits if (found := find(flow.text, *limit))), None)
    if best is None:
        return None, 0
    best = (best[0], _with_lines_after(flow.text, *best))
    words = " ".join(flow.text[best[0] : best[1]].split()).rstrip(" ,:")
    return Value(words, spans=(flow.span(*best),)), best[1]


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for line in text[start:end].split("\n"):
        yield start, line
        start += len(line) + 1


def _in_capitals(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The first lines in capitals that name a paper."""
    best: tuple[int, int] | None = None
    for at, line in _lines(text, start, end):
        if EXHIBIT.fullmatch(line) or not OF_PAPERS.search(line) or NO_TITLE.search(line):
            if best and line:
                break
            continue
        if best and text[best[1] : at].count("\n") > 1:
            break
        if IN_CAPITALS.match(line):
            best = (best[0] if best else _with_line_before(text, at), at + len(line))
        elif best or BODY.match(line) or OPENING.match(line):
            break
    return best


def _in_opening(text: str, start: int, end: int) -> tuple[int, int] | None:
    for at, line in _lines(text, start, end):
        if opening := OPENING.match(line):
            first = at + len(opening["this"] or "")
            return first, at + len(opening[0].rstrip(" ,"))
    return None


def _in_title_case(text: str, start: int, end: int) -> tuple[int, int] | None:
    for at, line in _lines(text, start, end):
        if BODY.match(line) or OPENING.match(line):
            return None
        if (
            0 < len(line) < LONGEST_TITLE_LINE
            and line[-1] not in ".:,;"
            and not SUBJECT.match(line)
            and TITLE_CASE.match(line)
            and OF_PAPERS.search(line)
            and not NO_TITLE.search(line)
            and not EXHIBIT.fullmatch(line)
            and len(SMALL_WORD.findall(line)) < A_SENTENCE
        ):
            return at, at + len(line)
    return None


FINDERS = (_in_capitals, _in_title_case, _in_opening)  # in this order


def _with_line_before(text: str, start: int) -> int:
    """A title may begin on the line before the one that names the paper: LIMITED / WAIVER."""
    before = text[:start].rstrip()
    line_before = before.rfind("\n") + 1
    words = before[line_before:]
    return line_before if UNFINISHED.search(words) and IN_CAPITALS.match(words) else start


def _with_lines_after(text: str, start: int, end: int) -> int:
    """A title may go on over an empty line: FIRST AMENDMENT / TO / CREDIT AGREEMENT."""
    capitals = IN_CAPITALS.match(text[start:end].replace("\n", " "))
    while end - start < LONGEST_TITLE and (line := NEXT_LINE.match(text, end)):
        words = line["words"]
        goes_on = UNFINISHED.search(text[start:end]) or re.match(r"(?:TO|AND|OF)\b", words, re.IGNORECASE)
        if not goes_on or EXHIBIT.fullmatch(words) or len(words) > LONGEST_TITLE_LINE:
            break
        if not (IN_CAPITALS.match(words) if capitals else TITLE_CASE.match(words) or len(words) < SHORT_LINE):
            break
        end = line.end("words")
    return end


def kind_of(flow: Flow, title: Value[str] | None, *, waives: bool, consents: bool = False) -> Value[str]:
    """What kind of document it is, by its title and by what it does: titles mislead in both directions."""
    words = (title.value if title else "").lower()
    has = {word: word in words for word in ("amendment", "consent", "waiver", "forbearance", "extension", "indenture")}
    has["forbearance"] = has["forbearance"] or "standstill" in words
    if has["forbearance"]:
        kind = "amendment_to_forbearance" if re.search(r"amendment.*\bto\b.*forbearance", words) else "forbearance"
    elif has["amendment"] or "modification" in words or "allonge" in words:
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
            kind = "amendment_consent_and_waiver" if consents else kind
    elif has["waiver"]:
        kind = "limited_waiver" if "limited" in words else "consent_and_waiver" if has["consent"] else "waiver"
        kind = "waiver_letter" if kind == "waiver" and words.endswith("letter") else kind
    elif has["consent"]:
        kind = "consent"
    elif waives:
        kind = "waiver" if title else "waiver_letter"
    else:
        kind = next((word for word in ("indenture", "extension") if has[word]), "other")
        kind = "note" if re.search(r"\bnotes?$", words) else kind
    return Value(kind, spans=title.spans if title else ())


def dated_of(flow: Flow, after: int) -> Value[date] | None:
    """The date that the document bears: the line above a letter, else what its opening says of itself.

    Each date near the top is weighed by the words before and after it; of two that weigh the same, the first counts.
    """
    greets = salutation_of(flow)
    if greets and (above := next((one for one in dates_in(flow.text, 0, greets) if _alone(flow.text, one)), None)):
        return _dated(flow, above, above.start)
    weighed: list[tuple[int, int, Dated]] = []
    for found in islice(dates_in(flow.text, 0, after + HEAD), MOST_DATES):
        weight, start = _weight(flow.text, found, after)
        if weight > 0:
            weighed.append((weight, start, found))
    if not weighed:
        return None
    best = max(weight for weight, _, _ in weighed)
    strong = [(start, found) for weight, start, found in weighed if weight == best]
    others = tuple(dict.fromkeys(found.day for _, found in strong))
    value = _dated(flow, strong[0][1], strong[0][0])
    if len(others) > 1 and best >= OF_ITSELF:
        return replace(value, unclear="It says more than one date of itself.", alternatives=others)
    return value


def _dated(flow: Flow, found: Dated, start: int) -> Value[date]:
    return Value(
        found.day, spans=(flow.span(start, found.end),), unclear=found.reading, alternatives=found.alternatives
    )


def _weight(text: str, found: Dated, after: int) -> tuple[int, int]:
    """How much speaks for a date to be the document's own, and where the words that date it begin."""
    before = text[max(0, found.start - BEFORE) : found.start]
    sentence = re.split(r"(?<=[.;])\s+(?=[A-Z])|\n\n", before)[-1]
    follows = text[found.end : found.end + AFTER]
    dating = DATING_BEFORE.search(sentence)
    if dating is None:
        if _alone(text, found) and found.start < after + ABOVE:
            return (2 if found.start > after - ABOVE else 1), found.start
        return 0, found.start
    start = found.start - len(sentence) + dating.start()
    said = sentence[: dating.start()].rstrip(" ,(")
    itself = ITSELF.search(said)
    weight = OF_ITSELF if itself or not said else 1
    if FINITE.search(dating[0]) or re.search(r"\bthis\s+(?:the\s+)?$", dating[0], re.IGNORECASE):
        weight += 2
    if NAMED_THIS.match(follows) or NAMED_THIS.search(said[-60:]):
        weight += 1
    if OTHER_PAPER.search(said) and not (itself and itself.start() > said.rfind("certain")):
        weight -= 3
    if OF_ANOTHER.search(said) and not re.search(r"\b(?:is|are)\b", dating[0]) and not NAMED_THIS.match(follows):
        weight -= 2
    if CLOSES.match(sentence):
        weight -= OF_ITSELF
    if re.search(r"\b(?:as\s+(?:\w+\s+)?amended|amended\s+by|prior\s+to)\b", said, re.IGNORECASE):
        weight -= 2
    return weight, start


def _alone(text: str, found: Dated) -> bool:
    before, after = text[max(0, found.start - 1) : found.start], text[found.end : found.end + 1]
    return before in ("", "\n") and after in ("", "\n", ",", ".")


def effective_of(flow: Flow, dated: Value[date] | None) -> Value[date | None] | None:
    """When it takes effect: a stated day, or None with the words where it hangs on conditions."""
    for match in islice(EFFECTIVE.finditer(flow.text), MOST_DATES):
        if re.search(r"\bcease[sd]?\s+to\s+$", flow.text[max(0, match.start() - 12) : match.start()], re.IGNORECASE):
            continue
        span = flow.span(match.start(), match.end())
        if STATED.search(match[0]) and (found := next(dates_in(flow.text, match.start(), match.end() + 30), None)):
            return Value(found.day, spans=(flow.span(match.start(), found.end),), unclear=found.reading)
        if (
            re.search(
                r"date\s+(?:hereof|of\s+this|first\s+(?:above\s+)?(?:written|set))|as\s+of\s+such\s+date"
                r"|^Effective\s+immediately",
                match[0],
                re.IGNORECASE,
            )
            and dated
        ):
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
