"""Who signed, as the blocks at the end show it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from intake.extract.flow import Flow
from intake.extract.terms import SignatoryTerms

BEGINS = re.compile(r"\bIN\s+WITNESS\s+WHEREOF\b|\bvery\s+truly\s+yours\b|\bsincerely\b", re.IGNORECASE)
EXECUTED = re.compile(r"\bexecuted\s+(?:and\s+delivered\s+)?(?:as\s+of|on)\b", re.IGNORECASE)
SIGNED = re.compile(r"/s/\s*(?P<name>[^/_\n]*?)\s*(?:$|_|/s/)", re.IGNORECASE)
FIELD = re.compile(r"^(?P<what>by|name|title|its)\s*:\s*(?P<words>.*)$", re.IGNORECASE)
BY_TOO = re.compile(r"\s+by:.*$", re.IGNORECASE)  # of the block beside it
ATTACHED = re.compile(r"^(?:schedule|annex|exhibit|appendix)\b", re.IGNORECASE)
RULE = re.compile(r"^[\s_\-.=]*$")
CAPTION = re.compile(r"^[A-Z][A-Za-z\s]{2,40}:$")
AGREED = re.compile(r"\b(?:accepted|agreed|acknowledged|consented)\b|^date", re.IGNORECASE)
VIA = re.compile(r"^by\s*:?\s+(?P<words>[^/_].*)$", re.IGNORECASE)
LONGEST_CLOSING = 900
DESCRIBES = re.compile(
    r"^(?:as\b|individually\b|an?\s|and\s+as\b|(?:administrative|collateral|issuing|swingline|documentation)\b)",
    re.IGNORECASE,
)
ENTITY_TAIL = re.compile(
    r",?\s+(?:an?\s+[A-Z][a-z]+\s+(?:\w+\s+)*?(?:corporation|company|partnership|association|bank|trust)"
    r"|(?:individually|as)\s.*)$"
)


@dataclass(slots=True)
class _Block:
    """One signature while its lines are read."""

    start: int
    party: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    name: str | None = None
    title: str | None = None
    signed: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)
    wants: str = ""  # a field whose words are on the next line

    def full(self) -> bool:
        return bool(self.spans)


def signatories_of(flow: Flow) -> tuple[SignatoryTerms, ...]:
    """Each block from the closing words on, in order: signed where a signature is conformed, blank otherwise."""
    starts = [match.start() for match in BEGINS.finditer(flow.text)]
    starts = starts or [match.start() for match in EXECUTED.finditer(flow.text)][-1:]
    if not starts:
        return ()
    first = flow.text.lower().find("/s/", starts[0])
    begins = [start for start in starts if start < first or first < 0][-1 if first > 0 else 0]
    closing = flow.text.find("\n\n", begins)  # the paragraph of the closing words
    at = begins = closing + 2 if 0 <= closing - begins < LONGEST_CLOSING else flow.text.find("\n", begins) + 1
    blocks: list[_Block] = [_Block(begins)]
    for line in flow.text[begins:].split("\n"):
        start, at = at, at + len(line) + 1
        if ATTACHED.match(line) and blocks[-1].full():
            break
        if RULE.match(line):
            continue
        _take(blocks, line, start)
    return tuple(_done(flow, block) for block in blocks if block.full() and (block.signed or block.name or block.party))


def _take(blocks: list[_Block], line: str, start: int) -> None:
    block = blocks[-1]
    found, signed = FIELD.match(line), SIGNED.search(line)
    what = found["what"].lower() if found else ""
    words = found["words"].strip(" _-") if found else ""
    if signed:
        if block.signed:
            block = _next(blocks, start, keep=True)
        block.signed = True
        block.name = block.name or BY_TOO.sub("", signed["name"]).strip(" ,") or None
        block.spans.append((start, start + len(line)))
        block.wants = ""
    elif what == "by" and words and not RULE.match(words):
        if block.full():
            block = _next(blocks, start, keep=False)
        block.via.append(words.rstrip(","))
    elif what == "by":
        if block.full():
            block = _next(blocks, start, keep=True)
        block.spans.append((start, start + len(line)))
    elif what == "name":
        block.name, block.wants = words or block.name, "" if words else "name"
        block.spans.append((start, start + len(line)))
    elif what in ("title", "its"):
        if what == "its" and block.via and not block.full():
            block.via.append(words)
            return
        block.title, block.wants = words or block.title, "" if words else "title"
        block.spans.append((start, start + len(line)))
    elif block.wants and line.strip():
        setattr(block, block.wants, line.strip())
        block.wants = ""
        block.spans.append((start, start + len(line)))
    elif block.title and line.startswith("and "):
        block.title += f" {line.strip()}"
    elif block.via and not block.full():
        block.via[-1] += f" {line.strip()}"
    elif not CAPTION.match(line) and not AGREED.search(line):
        if block.full():
            if (
                not block.title
                and block.name
                and not line.isupper()
                and len(line.split()) <= 6
                and not line.endswith(",")
            ):
                block.title = line.strip()
                block.spans.append((start, start + len(line)))
                return
            block = _next(blocks, start, keep=False)
        block.party.append(line.strip())


def _next(blocks: list[_Block], start: int, *, keep: bool) -> _Block:
    """The block after this one; a second signatory may sign for the same party."""
    blocks.append(_Block(start, party=list(blocks[-1].party) if keep else []))
    return blocks[-1]


def _done(flow: Flow, block: _Block) -> SignatoryTerms:
    party: list[str] = []
    for line in block.party:
        if via := VIA.match(line):
            block.via.insert(0, via["words"].rstrip(","))
        elif party and DESCRIBES.match(line):
            break
        else:
            party.append(line)
    name = ENTITY_TAIL.sub("", " ".join(party)).strip(" ,")
    return SignatoryTerms(
        name=block.name,
        title=block.title,
        party=name or None,
        via=", ".join(words.rstrip(",") for words in block.via) or None,
        signed=block.signed,
        spans=tuple(flow.span(start, end) for start, end in block.spans),
    )
