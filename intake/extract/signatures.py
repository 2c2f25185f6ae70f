"""Who signed, as the blocks at the end show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice, pairwise

from intake.extract.columns import WITNESSES, Line, lines_of
from intake.extract.dates import dates_in
from intake.extract.flow import Flow, Span
from intake.extract.terms import SignatoryTerms, Value

BEGINS = re.compile(
    r"\bIN\s+WITNESS\s+(?:WHEREOF|HEREOF)\b|\b(?:very\s+truly|truly|sincerely|respectfully)\s+yours\b|\bsincerely\b,?\n"
    r"|\bIN\s+TESTIMONY\s+WHEREOF\b",
    re.IGNORECASE,
)
UNSIGNED = re.compile(r"\nBy:?[ _]*\n+(?:[^\n]{0,40}\n+)?(?:Name|Title|Its)\b:?", re.IGNORECASE)
CLOSES_A_LETTER = re.compile(r"(?:very\s+|yours\s+)?(?:truly|sincerely|respectfully)\b", re.IGNORECASE)
EXECUTED = re.compile(r"\bexecuted\s+(?:and\s+delivered\s+)?(?:as\s+of|on|this)\b", re.IGNORECASE)
SIGNED = re.compile(r"/s/\s*/?(?P<name>[^/_\n]*?)\s*(?:$|_|/s/)", re.IGNORECASE)
FIELD = re.compile(
    r"^(?:print(?:ed)?\s+)?(?P<what>by|name|title|its)\s*:\s*(?P<words>.*)$|^(?P<its>its)\s+(?P<office>[A-Z]\w.*)$",
    re.IGNORECASE,
)
OTHER_FIELD = re.compile(
    r"^(?:address|attention|attn|telephone|telecopy|facsimile|fax|email|e-mail|witness|attest)\b.*:", re.IGNORECASE
)
BY_TOO = re.compile(r"\s+by:.*$", re.IGNORECASE)  # of the block beside it
BLANK_BY = re.compile(r"^by\s*:?\s*[_\-.]{3,}.*$", re.IGNORECASE)
NAME_OF = re.compile(
    r"^(?:legal\s+|full\s+)?name\s+of\s+(?P<role>lender|bank|institution|(?:note)?holder|purchaser|guarantor)\s*:\s*(?P<party>\S.*)$",
    re.IGNORECASE,
)
LABEL_WITHIN = re.compile(r"\s+(?=(?:name|title|its)\s*:)", re.IGNORECASE)
ATTACHED = re.compile(r"^(?:schedule|annex|exhibit|appendix)\b", re.IGNORECASE)
RULE = re.compile(r"^[\s_\-.=]*$")
ROLE = (
    r"(?:co-?)?(?:borrowers?|company|companies|holders?|lenders?|banks?|guarantors?|obligors?|debtors?|issuers?|payee|makers?|purchasers?"
    r"|investors?|parent|trustee|(?:(?:administrative|collateral|syndication|documentation)\s+)?agent|note\s*holders?|surety|parties)"
)
CAPTION = re.compile(
    rf"^(?:the\s+)?(?:new\s+|existing\s+|initial\s+|co-)?(?P<role>(?:[A-Za-z]+\s+){{0,4}}[A-Za-z]+(?:\(s\))?)\s*:$|^(?:the\s+)?(?P<bare>{ROLE})$",
    re.IGNORECASE,
)
CAPTIONED = re.compile(rf"^(?P<role>(?:\w+\s+)?{ROLE})\s*:\s+(?P<party>[A-Z].*)$", re.IGNORECASE)
OFFICE = re.compile(
    r"\b(?:president|officer|treasurer|director|manager|secretary|partner|chairman|counsel|controller|member|cfo|ceo|[as]?v\.?p\.?|principal"
    r"|trustee|authorized|attorney|signatory|associate|representative|comptroller|agent)\b",
    re.IGNORECASE,
)
PERSON = re.compile(r"^(?:Dr\.|Mr\.|Ms\.)?\s*[A-Z][\w.'-]*(?:\s+[A-Z][\w.'-]*){1,4}(?:,?\s+(?:Jr|Sr|II|III|3rd)\.?)?$")
NO_PERSON = re.compile(
    r"\b(?:bank|trust|fund|inc|llc|corp|company|capital|partners|portfolio|income|insurance|limited|ltd|association|l\.p|group|holdings"
    r"|management|technology|technologies|systems|financial|credit|investments?|services?|securities|corporation|corp|agent|national|partnership|industries|energy|advis[oe]rs?|associates|gp|llp|asset|assets|lending|clo|cdo|manager|member)\b",
    re.IGNORECASE,
)
AGREED = re.compile(r"\b(?:accepted|agreed|acknowledged|consented|acceptance|confirmed)\b|^date", re.IGNORECASE)
FURNISHED = re.compile(
    r"^\[?\(?(?:seal|signature|signatures|l\.s\.|corporate\s+seal|conformed)\b.*$|^\[.*\]$|^\(.*\)$", re.IGNORECASE
)
VIA = re.compile(r"^by\s*:?\s+(?P<words>[^/_].*)$", re.IGNORECASE)
NO_PARTY = re.compile(
    r"^(?:(?:each\s+of\s+)?the\s+(?:undersigned|foregoing)\b.*|in\s+witness\b.*|signature\s+page\b.*|by\s+and\s+on\b.*|and|&"
    r"|\d+\s.*\b(?:avenue|street|floor|road|drive|blvd|boulevard|suite|parkway|plaza|way)\b.*|.*\b[A-Z]{2}\s+\d{5}(?:-\d{4})?"
    r"|(?:[\w.&'-]+\s+){0,12}(?:amendment|waiver|consent|agreement|forbearance)(?:\s+(?:no\.?|number|to)\b.*)?)$",
    re.IGNORECASE,
)
NAMES_AN_ENTITY = re.compile(
    r"\b(?:Inc|Corp|Corporation|L\.?L\.?C|L\.?P|N\.?A|Ltd|Limited|Bank|Association)\.?,?$", re.IGNORECASE
)
TELLS = re.compile(
    r"^(?:(?:each\s+of\s+)?the\s+(?:undersigned|foregoing)|each\s+of|by\s+(?:its|their)\s+signature|the\s+terms)\b",
    re.IGNORECASE,
)
AS_ROLE = re.compile(
    r"\bas\s+(?:an?\s+)?(?P<role>(?:\w+\s+)?(?:guarantors?|sureties|surety|lenders?|agent|borrowers?|trustee))\b",
    re.IGNORECASE,
)
THE_UNDERSIGNED = re.compile(
    r"(?:each\s+of\s+)?the\s+undersigned\s+(?P<group>guarantors|borrowers|lenders|banks|holders|purchasers|subsidiaries)\b",
    re.IGNORECASE,
)
ACKNOWLEDGES = "acknowledging"  # who signs below a sentence of its own is no lender by that
OFFICE_ALONE = re.compile(  # below a line for a signature, without a name
    r"^(?:(?:senior|executive|assistant|first|group|managing|vice|chief|financial|operating|authorized|general|commercial|loan|corporate"
    r"|deputy|regional|account|banking|relationship)\s+)*(?:president|officer|treasurer|director|manager|secretary|partner|chairman"
    r"|controller|member|signatory|representative)\b(?:\s*[-,&/].*)?$",
    re.IGNORECASE,
)
FOR_ANOTHER = re.compile(  # who signs under a power, and for whom
    r"^(?P<via>.{3,80}?),?\s+as\s+(?:an?\s+|its\s+)?(?:attorney[\s-]+in[\s-]+fact|(?:investment|collateral|portfolio|asset)\s+(?:manager|advis[eo]r))"
    r"\s*,?\s+(?:for|on\s+behalf\s+of|of)\s+(?P<party>[A-Z].+)$",
    re.IGNORECASE,
)
VENUE = re.compile(
    r"^(?:the\s+)?(?:state|commonwealth|province)\s+of\s+[a-z]+(?:\s+[a-z]+)?\s*(?:[,)].*)?$", re.IGNORECASE
)
COUNTY = re.compile(r"\b(?:county|parish)\s+of\b|\bss\b\.?|\bcounty\b", re.IGNORECASE)
NOBODY = re.compile(
    r"(?:authorized|duly\s+authorized)?\s*(?:signatory|signature|officer|illegible|signed)", re.IGNORECASE
)
LONGEST_CLOSING = 900
ENTITY_LINE = re.compile(
    r"(?:\b(?:Inc|Corp|L\.?L\.?C|L\.?P|Ltd|Co)\b|\b(?:Corporation|Incorporated|Limited|Company))\.?$", re.IGNORECASE
)
NOTARY = re.compile(r"\bnotary\s+public\b|\bcommission\s+expires\b", re.IGNORECASE)
JOINS = re.compile(r",?\s+as(?:\s+(?:an?|the))?$", re.IGNORECASE)
THROUGH = re.compile(r"(?:,\s+(?=[Bb][Yy])|(?<=[A-Z.])\s+(?=by|By))((?i:by)):?\s+(?=[A-Z])")
ALONE = re.compile(
    r"^(?P<name>[^,]{3,60}),\s+(?P<capacity>individually|an\s+individual|(?:as\s+)?(?:guarantor|borrower))$",
    re.IGNORECASE,
)
MORE_THAN_ONE = 2
SHORT = 10  # characters of a line that brackets a venue
LONGEST_PARTY, MOST_CLOSINGS, MOST_PLACES, LONGEST_SIGNATURES = 200, 12, 200, 30_000
DESCRIBES = re.compile(
    r"^(?:as\b|individually\b|an?\s|and\s+as\b|acting\b|in\s+its\b|successor\b|formerly\b|f/k/a\b|\("
    r"|(?:administrative|collateral|issuing|swingline|documentation)\b)",
    re.IGNORECASE,
)
ENTITY_TAIL = re.compile(
    r",?\s+(?:an?\s+[A-Z][a-z]+\s+(?:\w+\s+)*?(?:corporation|company|partnership|association|bank|trust)\b.*"
    r"|(?:(?:co-)?(?:guarantor|borrower|lender|agent|trustee|maker|issuer|holder)$|individually\b.*|(?:as|acting|in\s+its|f/k/a|formerly|successor\s+(?:by|to|in))\s.*))$",
    re.IGNORECASE,
)
ASIDE = re.compile(r"\s*\(\s*(?:[a-z\"][^()]*)\)\s*$")  # (for purposes of Section 5 only)
ROLE_LINE = re.compile(
    r"^(?:(?:guarantor|borrower|lender|agent|trustee|maker|issuer|holder)$|as\s|individually|and\s+as\s|in\s+its)",
    re.IGNORECASE,
)
NAME_THEN_TITLE = re.compile(
    r"^(?P<name>[^,]{3,60}),\s+(?P<title>(?:\w+\s+)*(?:president|officer|treasurer|director|manager|secretary|partner|chairman"
    r"|counsel|controller|member|agent|cfo|ceo|principal|trustee)\b.*)$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[a-z]+(?:\s+[a-z]+){5,}")  # running text is nobody's name
DAY_LINE = re.compile(r"^(?:date[d]?\s*:?\s*)?", re.IGNORECASE)
SIGNED_ON = re.compile(
    r"\b(?:executed|signed|accepted|agreed|acknowledged)\b[^.;()]{0,120}?\b(?:this|on|as\s+of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Block:
    """One signature while its lines are read."""

    start: int
    party: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    caption: str = ""
    name: str | None = None
    title: str | None = None
    signed: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)
    wants: str = ""  # a field whose words are on the next line
    asked: bool = False  # whether a label asks for the name
    parted: bool = False  # whether an empty line stands between

    def full(self) -> bool:
        return bool(self.spans)

    def is_notary(self) -> bool:
        return bool(NOTARY.search(f"{self.name} {self.title} {' '.join(self.party)}"))


def closings_of(flow: Flow) -> list[int]:
    """Where the signatures begin, below each of the closings: none where nothing closes."""
    starts = [match.start() for match in islice(BEGINS.finditer(flow.text), MOST_PLACES)]
    starts = starts or [match.start() for match in EXECUTED.finditer(flow.text)][-1:]
    lower = flow.text.lower()
    first = lower.find("/s/", starts[0] if starts else 0)
    if not starts:
        unsigned = UNSIGNED.search(flow.text) if first < 0 else None
        first = unsigned.start() if unsigned else first
        return [_above_first(flow.text, first)] if first > 0 else []
    begins = [start for start in starts if start < first or first < 0][-1 if first > 0 else 0]
    places = [_below(flow.text, start) for start in starts if start >= begins]
    ends = [*places[1:], len(flow.text)]
    return [
        place
        for number, (place, end) in enumerate(zip(places, ends, strict=True))
        if place < len(flow.text) and (not number or "/s/" in lower[place:end])
    ][:MOST_CLOSINGS]


def _below(text: str, start: int) -> int:
    """Where the paragraph of the closing words ends, or their line."""
    paragraph = text.find("\n\n", start, start + LONGEST_CLOSING)
    line = text.find("\n", start)
    if 0 <= line < paragraph and CLOSES_A_LETTER.match(text, start):
        return line + 1
    if 0 <= paragraph - start < LONGEST_CLOSING:
        return paragraph + 2
    return line + 1 if line >= 0 else len(text)


def _above_first(text: str, first: int) -> int:
    """Without closing words: the paragraph before the first signature."""
    paragraph = text.rfind("\n\n", 0, first)
    before = text.rfind("\n\n", 0, max(paragraph, 0))
    return max(before, 0) + 2 if before >= 0 and paragraph - before < LONGEST_PARTY else max(paragraph, 0)


def signatories_of(flow: Flow, text: str, closings: list[int]) -> tuple[SignatoryTerms, ...]:
    """Each block from the closing words on, in order: signed where a signature is conformed, blank otherwise.

    A file that holds several papers has several closings; a later one counts if somebody signed below it.
    """
    blocks: list[_Block] = []
    for place, end in pairwise([*closings, len(flow.text)]):
        blocks += _blocks(lines_of(text, flow.span(place, place + 1).start, _last(flow, place, end)))
    full = [
        block
        for block in blocks
        if block.full() and (block.signed or block.name or block.party) and not block.is_notary()
    ]
    return tuple(_done(one) for block in full for one in _each_party(block))


def _last(flow: Flow, place: int, end: int) -> int:
    """Where in the original the signatures below a closing end; what follows for pages is something else."""
    end = min(end, place + LONGEST_SIGNATURES)
    return flow.span(end - 1, end).end


def _blocks(lines: list[Line]) -> list[_Block]:
    blocks: list[_Block] = [_Block(0)]
    telling = False  # whether a sentence among the signatures goes on
    aside = False  # whether a witness signs
    venue = notarial = False  # whether a state, and then its county, open what a notary says; up to the next party
    for line in lines:
        if notarial and not (CAPTION.match(line.text) or NAMES_AN_ENTITY.search(line.text)):
            continue
        notarial = venue and bool(COUNTY.search(line.text))
        venue = bool(VENUE.match(line.text)) or (venue and len(line.text) < SHORT)
        if notarial or venue:
            blocks[-1].wants = ""
            continue
        if ATTACHED.match(line.text) and blocks[-1].full():
            break
        if not line.text:
            blocks[-1].parted = True
            continue
        if aside := WITNESSES.fullmatch(line.text) is not None or (aside and not _ends_aside(line.text)):
            continue
        if NAMES_AN_ENTITY.search(line.text):
            blocks[-1].wants = ""
        if TELLS.match(line.text) and not telling:
            telling = True
            _next(blocks, line.start, keep=False).caption = ACKNOWLEDGES
        if telling:
            if role := AS_ROLE.search(line.text):
                blocks[-1].caption = role["role"]
            elif group := THE_UNDERSIGNED.match(line.text):
                blocks[-1].caption = f"undersigned {group['group']}"
            telling = bool(line.text) and not line.text.endswith((".", ":"))
            continue
        if not line.text:
            continue
        if not (RULE.match(line.text) or FURNISHED.match(line.text) or NO_PARTY.match(line.text)):
            for part in _parts(line):
                _take(blocks, part)
            blocks[-1].parted = False
    return blocks


def _ends_aside(text: str) -> bool:
    """Whether a line below ATTEST is no more of the witness: a party, its caption, or who signs for it."""
    found = FIELD.match(text)
    by = found is not None and (found["what"] or "").lower() == "by"
    return bool(NAMES_AN_ENTITY.search(text) or CAPTION.match(text) or by)


def _is_wanted(block: _Block, text: str) -> bool:
    """Whether a line is the name or the title that the label before it left open; below an empty line not any is."""
    if not block.parted:
        return True
    return not NO_PERSON.search(text) and bool(OFFICE.search(text) if block.wants == "title" else _is_person(text))


def _is_person(text: str) -> bool:
    return bool(PERSON.match(text)) and not NO_PERSON.search(text)


def _parts(line: Line) -> list[Line]:
    """A line cut where it holds two labels: By: /s/ A. Weaver  Title: Treasurer. LENDER: NORWICK BANK."""
    if captioned := CAPTIONED.match(line.text) or NAME_OF.match(line.text):
        return [Line(f"{captioned['role']}:", line.start, line.end), Line(captioned["party"], line.start, line.end)]
    cuts = [0, *(cut.end() for cut in LABEL_WITHIN.finditer(line.text)), len(line.text)]
    if len(cuts) == 2:
        return [line]
    return [Line(line.text[a:b].strip(), line.start, line.end) for a, b in pairwise(cuts)]


def _take(blocks: list[_Block], line: Line) -> None:
    block, text, place = blocks[-1], line.text, (line.start, line.end)
    found, signed = FIELD.match(text), SIGNED.search(text)
    blank = text.lower() == "by" or bool(BLANK_BY.match(text) and not signed)
    what = "by" if blank else (found["what"] or found["its"]).lower() if found else ""
    words = (found["words"] or found["office"] or "").strip(" _-") if found and not blank else ""
    if signed:
        if block.signed:
            block = _next(blocks, line.start, keep=True)
        block.signed = True
        said = BY_TOO.sub("", signed["name"]).strip(" ,") or None
        said = None if said and NOBODY.fullmatch(said) else said
        block.name, title = _name_and_title(block.name or said)
        block.title = block.title or title
        block.spans.append(place)
        block.wants = ""
    elif what == "by" and words and not RULE.match(words):
        if block.signed and not block.title and _same(words, block.name):
            return  # the name again, below the line
        if block.full() and not (block.signed and not block.name):
            block = _next(blocks, line.start, keep=False)
        if block.signed or _is_person(words):
            block.name = words
            block.spans.append(place)
        else:
            block.via.append(words.rstrip(","))
    elif what == "by":
        if block.full():
            block = _next(blocks, line.start, keep=True)
        block.spans.append(place)
    elif what == "name":
        block.name, block.wants, block.asked = words or block.name, "" if words else "name", True
        block.spans.append(place)
    elif what in ("title", "its"):
        if what == "its" and not block.full() and (block.via or (block.party and VIA.match(block.party[-1]))):
            (block.via or block.party).append(text if not block.via else words)
            return
        block.title, block.wants = words or block.title, "" if words else "title"
        block.spans.append(place)
    elif OTHER_FIELD.match(text):
        block.wants = ""
    elif block.wants and _is_wanted(block, text):
        setattr(block, block.wants, text)
        block.wants = ""
        block.spans.append(place)
    elif block.title and (text.startswith("and ") or block.title.endswith((" and", ","))):
        block.title += f" {text}"
    elif block.via and not block.full():
        block.via[-1] += f" {text}"
    elif (caption := CAPTION.match(text)) and (caption["role"] or block.full() or not block.party):
        if block.full():
            block = _next(blocks, line.start, keep=False)
        block.caption, block.party = caption["role"] or caption["bare"], []
    elif not AGREED.search(text) and not SENTENCE.search(text) and next(dates_in(text), None) is None:
        _name_or_title(blocks, text, place)


def _name_or_title(blocks: list[_Block], text: str, place: tuple[int, int]) -> None:
    """A line without a label: below a signature its name and title, else the party that signs next."""
    block = blocks[-1]
    if block.full():
        name, title = _name_and_title(text)
        if block.signed and (alone := ALONE.match(text)) and _same(alone["name"], block.name):
            block.party, block.caption = [alone["name"]], alone["capacity"]
            return
        if not block.name and not block.title and OFFICE_ALONE.match(text):
            block.title = text
            block.spans.append(place)
            return
        waits = not block.name and not (block.parted and (block.asked or not block.signed))
        if (block.signed and _same(name or "", block.name)) or (waits and _is_person(name or "")):
            block.name, block.title = block.name or name, block.title or title
            block.spans.append(place)
            return
        shouts = text.isupper() and (NAMES_AN_ENTITY.search(text) or not OFFICE.search(text))
        if not block.title and block.name and not shouts and len(text.split()) <= 6 and not text.endswith(","):
            block.title = text
            block.spans.append(place)
            return
        block = _next(blocks, place[0], keep=False)
    block.party.append(text)


def _name_and_title(words: str | None) -> tuple[str | None, str | None]:
    both = NAME_THEN_TITLE.match(words or "")
    return (both["name"], both["title"]) if both else (words, None)


def _same(one: str, other: str | None) -> bool:
    return bool(other) and re.sub(r"\W", "", one).lower() == re.sub(r"\W", "", other or "").lower()


def _next(blocks: list[_Block], start: int, *, keep: bool) -> _Block:
    """The block after this one; a second signatory may sign for the same party."""
    before = blocks[-1]
    blocks.append(_Block(start, party=list(before.party) if keep else [], caption=before.caption))
    return blocks[-1]


def _each_party(block: _Block) -> list[_Block]:
    """A signature for each of the parties that one signs for, whose names stand below each other."""
    names: list[list[str]] = [[]]
    for line in block.party:
        if DESCRIBES.match(line) or '"' in line:
            return [block]
        names[-1].append(line)
        if ENTITY_LINE.search(line):
            names.append([])
    whole = [lines for lines in names if lines and ENTITY_LINE.search(lines[-1])]
    if len(whole) < len([lines for lines in names if lines]) or len(whole) < MORE_THAN_ONE:
        return [block]
    return [replace(block, party=lines, via=list(block.via)) for lines in whole]


def _whole_lines(lines: list[str]) -> Iterator[str]:
    """The lines of a party, one that ends in "as" or within brackets with the next."""
    before = ""
    for line in lines:
        joined = f"{before} {line}".strip()
        if JOINS.search(joined):
            before = joined
            continue
        before = ""
        yield joined
    if before:
        yield JOINS.sub("", before)


def _done(block: _Block) -> SignatoryTerms:
    party: list[str] = []
    capacity: list[str] = []
    through = 0  # how many of those that it signs through stand among the lines of the party
    for line in _whole_lines(block.party):
        if via := VIA.match(line):
            block.via.insert(through, via["words"].rstrip(","))
            through += 1
        elif through and line[0].islower():
            block.via[through - 1] += f"{' ' if not line.startswith('its ') else ', '}{line}"
        elif (party and (capacity or DESCRIBES.match(line))) or ROLE_LINE.match(line):
            capacity.append(line)
        else:
            party.append(line)
    whole, by, others = _partition(ASIDE.sub("", " ".join(party)[:LONGEST_PARTY]))
    if by:
        block.via.insert(0, others)
    name = ASIDE.sub("", ENTITY_TAIL.sub("", whole)).strip(" ,")
    said = [whole[len(name) :].strip(" ,"), *capacity] if ROLE_LINE.match(whole[len(name) :].strip(" ,")) else capacity
    stated = " ".join(word for word in said if word)
    if another := FOR_ANOTHER.match(f"{whole} {' '.join(capacity)}".strip()):
        block.via.insert(0, another["via"])
        name, stated = another["party"].strip(" ,"), ""
    return SignatoryTerms(
        name=block.name,
        title=block.title.strip(" ,") if block.title else None,
        party=name or (block.name if block.signed and not block.title and not block.via else None),
        via=", ".join(words.rstrip(",") for words in block.via) or None,
        signed=block.signed,
        capacity=stated or block.caption or None,
        spans=tuple(Span(start, end) for start, end in block.spans),
    )


def _partition(words: str) -> tuple[str, str, str]:
    """A party that signs through another on the same line: A FUND, by B Management, as Manager."""
    parts = THROUGH.split(words, maxsplit=1)
    return (parts[0], parts[1], parts[2]) if len(parts) > 1 else (words, "", "")


def signed_of(flow: Flow, closings: list[int]) -> tuple[Value[date], ...]:
    """The days on which it was signed, as "executed this 3rd day of" or a date in a signature block says."""
    found: dict[date, Value[date]] = {}
    if not closings:
        return ()
    begins = closings[0]
    for day in dates_in(flow.text, max(0, begins - LONGEST_CLOSING)):
        before = flow.text[max(0, day.start - 160) : day.start]
        line = flow.text[flow.text.rfind("\n", 0, day.start) + 1 : day.start]
        said = SIGNED_ON.search(before) and day.start < begins + LONGEST_CLOSING
        alone = day.start > begins and re.fullmatch(r"(?:date[d]?\s*:?\s*)?[_\s]*", line, re.IGNORECASE)
        if said or (alone and day.start < begins + 4 * LONGEST_CLOSING):
            found.setdefault(
                day.day,
                Value(
                    day.day, spans=(flow.span(day.start, day.end),), unclear=day.reading, alternatives=day.alternatives
                ),
            )
    return tuple(found.values())
