"""The conditions under which a document takes effect, each item of their list as one."""

from __future__ import annotations

import re
from itertools import islice

from intake.extract.clauses import shortened
from intake.extract.flow import Flow
from intake.extract.sentences import plain_words, sentence_at
from intake.extract.terms import ConditionTerms

OWN = (
    r"(?:this\s+(?:\w+\s+){0,4}(?:amendment|waiver|agreement|consent|letter|forbearance)"
    r"|the\s+(?:foregoing\s+|limited\s+|temporary\s+)?(?:waivers?|amendments?|consents?|forbearance)|the\s+effectiveness|effectiveness|hereof)"
)
CONDITIONS = re.compile(
    rf"\bconditions?\s+(?:precedent|of\s+effectiveness|to\s+(?:the\s+)?effectiveness)\b|\b(?:conditioned|conditional|contingent)\s+(?:upon|on)\b"
    rf"|\b{OWN}\b[^.;:]{{0,160}}?\b(?:become|becomes|be|is|are|take|takes)\s+effect(?:ive)?\b[^.;:]{{0,160}}?\b(?:upon|when|until|unless|only|on\s+which|that|on\s+the\s+(?:first\s+)?date|if|subject\s+to|provided)\b"
    rf"|\bsubject\s+to\s+(?:the\s+)?(?:prior\s+)?(?:satisfaction|fulfillment|receipt)\b",
    re.IGNORECASE,
)
ABOUT_ITSELF = re.compile(rf"\b{OWN}\b|\beffective\b|\bprecedent\b", re.IGNORECASE)
AMENDED = re.compile(r"\b(?:is|are)\s+(?:hereby\s+)?amended\b|\bto\s+read\b", re.IGNORECASE)
ELSEWHERE = re.compile(r"\b(?:set\s+forth|specified|contained|described)\s+in\b|^of\b", re.IGNORECASE)
MARK = re.compile(
    r"(?:(?<=\s)|^)(?:\((?P<in>[a-zA-Z]{1,4}|\d{1,2})\)|(?P<out>[a-zA-Z]|[ivx]{1,4})[.)]|(?P<number>\d{1,2}(?:\.\d{1,2}){1,2})\.?)\s"
)
NEXT_SECTION = re.compile(r"\n\n\s*(?:(?:SECTION|Section|ARTICLE|Article)\s+\w+|\d{1,2}\.\s*[A-Z]|[IVX]+\.\s)")
FIRST = {"a", "A", "i", "I", "1"}
LONGEST_LIST, MOST_ITEMS, MOST_PLACES, FEW = 9000, 40, 12, 3
ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
]


def conditions_of(flow: Flow) -> tuple[ConditionTerms, ...]:
    """The items of the first list of conditions; where there is no list, the sentence that states them."""
    places = []
    for match in islice(CONDITIONS.finditer(flow.text), MOST_PLACES):
        start, end = sentence_at(flow.text, match.start())
        if ABOUT_ITSELF.search(flow.text, start, end) and not AMENDED.search(flow.text, start, end):
            places.append((match.end(), end))
    for begins, end in places:  # a list after a colon
        if flow.text[end - 1] == ":" or re.search(r"\bfollowing\b", flow.text[begins:end]):
            following = NEXT_SECTION.search(flow.text, end)
            limit = min(following.start() if following else len(flow.text), end + LONGEST_LIST)
            if len(items := _items(flow.text, begins, limit)) > 1:
                return tuple(_condition(flow, *item) for item in items)
    for begins, end in places:  # a list within the sentence
        stop = flow.text.find("\n\n", end)
        if len(items := _items(flow.text, begins, stop if stop >= 0 else len(flow.text))) > 1:
            return tuple(_condition(flow, *item) for item in items)
    for begins, end in places:
        words = flow.text[begins:end].strip(" .:;,\n")
        if len(words.split()) > FEW and not ELSEWHERE.search(words):
            return (_condition(flow, begins, end),)
    return ()


def _condition(flow: Flow, start: int, end: int) -> ConditionTerms:
    text = flow.text[start:end]
    start, end = start + len(text) - len(text.lstrip(" ,:;\n")), end - len(text) + len(text.rstrip())
    words = re.sub(r"[;,]?\s*(?:and|or)?[;,]?$", "", plain_words(flow.text[start:end]))
    return ConditionTerms(shortened(words).strip(" .;,"), spans=(flow.span(start, max(end, start + 1)),))


def _items(text: str, start: int, limit: int) -> list[tuple[int, int]]:
    """The items of a list that begins in some words: (a), (b), (c), or 5.1, 5.2; of lists within it nothing."""
    marks: list[re.Match[str]] = []
    style = expected = ""
    for mark in MARK.finditer(text, start, limit):
        group = str(mark.lastgroup)
        said = mark[group]
        if not marks and (said in FIRST or (group == "number" and said.endswith(".1"))):
            style, marks = group, [mark]
        elif marks and group == style and said == expected:
            marks.append(mark)
        else:
            continue
        expected = _next(said)
        if len(marks) >= MOST_ITEMS:
            break
    ends = [*(mark.start() for mark in marks[1:]), _last(text, marks[-1].end(), limit)] if marks else []
    return [(mark.end(), end) for mark, end in zip(marks, ends, strict=True) if len(text[mark.end() : end].split()) > 1]


def _next(said: str) -> str:
    """The mark after one: b after a, ii after i, 5.2 after 5.1."""
    if "." in said:
        whole, _, last = said.rpartition(".")
        return f"{whole}.{int(last) + 1}"
    if said.isdigit():
        return str(int(said) + 1)
    if said.lower() in ROMAN[:-1] and said != "c":
        after = ROMAN[ROMAN.index(said.lower()) + 1]
        return after if said.islower() else after.upper()
    return chr(ord(said) + 1) if len(said) == 1 else ""


def _last(text: str, start: int, limit: int) -> int:
    """Where the last item ends: with its paragraph."""
    stop = text.find("\n\n", start, limit)
    return stop if stop >= 0 else limit
