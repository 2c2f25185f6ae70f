"""The terms that a document defines, and what each stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from intake.extract.flow import Flow
from intake.extract.sentences import LONGEST_SENTENCE, plain_words, sentence_at, with_list
from intake.extract.terms import DefinitionTerms, PartyTerms

MEANS = re.compile(
    r'"(?P<term>[A-Z][^"\n]{1,60}?),?"\s+(?:means?|shall\s+(?:mean|have\s+the\s+meaning)|has\s+the\s+meaning|refers?\s+to|is\s+defined)\b'
)
BRACKETED = re.compile(
    r'\((?P<before>(?:[^()"]|\([^()"]{0,40}\)){0,300})"(?P<term>[A-Z][^"\n]{1,60}?),?"(?P<after>[^()]{0,160})\)'
)
QUOTED = re.compile(r'"(?P<term>[A-Z][^"\n]{1,60}?),?"')
REFERRED = re.compile(
    r",?\s*(?:(?:is|are|being|be|shall\s+be)\s+)?(?:(?:herein(?:after)?|sometimes|collectively)\s+)*(?:referred\s+to|called|known|defined)\b"
    r"(?:\s+(?:herein(?:after)?|collectively|as|the|sometimes|this|individually|to))*\s*$",
    re.IGNORECASE,
)
BEGINS_BEFORE = re.compile(
    r"(?:\b(?:between|among|with|(?:that|a)\s+certain|certain|WHEREAS,?|under|from|of\s+the|by|to\s+the|and\s+the|or\s+the)\s"
    r"|[;:]\s|\n\n|,\s+and\s+|\)\s*,?\s*(?:and\s+)?)(?=\S)",
    re.IGNORECASE,
)
LITTLE = re.compile(
    r"^(?:the|this|such|collectively|together|each|individually|an?|as|so|hereinafter|herein|in|capacity|,|\s)*$",
    re.IGNORECASE,
)
OF_ANOTHER_PAPER = re.compile(
    r"\b(?:(?:is|are|be)\s+(?:(?:hereby|further)\s+)*(?:amended|restated)|amended\s+(?:and\s+restated\s+)?(?:to|in\s+its|as\s+follows)"
    r"|(?:text|definitions?|sections?)\s+(?:\w+\s+){0,6}restated|inserting|adding|added|replac\w+|insert(?:ed)?|delet\w+|substitut\w+|new\s+definitions?)\b",
    re.IGNORECASE,
)
OWN = re.compile(r"\b(?:used|in)\s+(?:herein|this)\b|\bfor\s+(?:the\s+)?purposes\s+of\s+this\b", re.IGNORECASE)
AN_ITEM = re.compile(r"\s*(?:and\s+)?\((?:[a-z]{1,4}|\d{1,2})\)\s")
MOST_ITEMS, MOST = 12, 1000
CAPITALIZED = re.compile(r"(?:(?:[A-Z][\w'&-]*|of|and|to|No\.\s\d+)\s){1,12}$")
BACK, FAR_BACK, LONGEST_MEANING, NEAR_MEANING, NEXT_MEANING = 300, 900, 600, 500, 1500


@dataclass(frozen=True, slots=True)
class Definition:
    """A term, the sentence of the flow that defines it, and where in that sentence its meaning stands."""

    term: str
    place: int
    end: int
    meaning: tuple[int, int]


def definitions_in(flow: Flow) -> tuple[Definition, ...]:
    """All definitions, in the order of the flow, each term once."""
    found: dict[str, Definition] = {}
    for one in sorted((*_meanings(flow.text), *_brackets(flow.text)), key=lambda one: one.place):
        found.setdefault(one.term, one)
    return tuple(found.values())


def definitions_of(
    flow: Flow, definitions: tuple[Definition, ...], parties: tuple[PartyTerms, ...]
) -> tuple[DefinitionTerms, ...]:
    """The same as terms of a draft; what a party is called stands for the party."""
    named = {term: party.name for party in parties for term in party.defined}
    return tuple(
        DefinitionTerms(
            one.term,
            named.get(one.term) or plain_words(flow.text[slice(*one.meaning)]).strip(" ,;:"),
            spans=(flow.span(min(one.place, one.meaning[0]), max(one.end, one.meaning[1])),),
        )
        for one in definitions
        if flow.text[slice(*one.meaning)].strip(" ,;:\n")
    )


def _meanings(text: str) -> Iterator[Definition]:
    """ "X" means ...; not what a paper that is amended shall define."""
    left_out = -NEXT_MEANING  # where the last that was left out ends: those after it stand in the same list
    for match in islice(MEANS.finditer(text), MOST):
        before = text[max(0, match.start() - NEAR_MEANING) : match.start()]
        if (OF_ANOTHER_PAPER.search(before) or match.start() - left_out < NEXT_MEANING) and not OWN.search(before):
            left_out = match.end()
            continue
        _, stop = sentence_at(text, match.end())
        yield Definition(
            match["term"],
            match.start(),
            match.end(),
            (match.end(), min(with_list(text, stop), match.end() + LONGEST_MEANING)),
        )


def _brackets(text: str) -> Iterator[Definition]:
    """Words (the "X"), and words (what is called the "X")."""
    for match in islice(BRACKETED.finditer(text), MOST):
        inside = match.start("before"), match.end("before")
        said = REFERRED.sub("", match["before"])
        first = max(0, match.start() - BACK)
        starts = [before.end() for before in BEGINS_BEFORE.finditer(text, first, match.start())]
        itself = _itself(text, match["term"], match.start())
        meaning = (starts[-1] if starts else first) if itself is None else itself, match.start()
        if not LITTLE.match(said) and REFERRED.search(match["before"]):
            meaning = inside[0], inside[0] + len(said)
        if not text[slice(*meaning)].strip():
            continue
        yield Definition(match["term"], match.start(), match.end(), meaning)
        for more in QUOTED.finditer(text, match.end("term") + 1, match.end()):
            yield Definition(more["term"], match.start(), match.end(), meaning)


def _itself(text: str, term: str, end: int) -> int | None:
    """Where what is defined is named by the last word of its term: ... Agreement dated ... (the "Agreement")."""
    first = max(text.rfind("\n\n", max(0, end - FAR_BACK), end) + 2, end - FAR_BACK, 0)
    lower = text[first:end].lower()
    at = lower.rfind(term.lower())
    at = lower.rfind(term.split()[-1].rstrip("s").lower()) if at < 0 else at
    if at < 0 or not text[max(0, first + at - 1)].isspace():
        return None
    before = CAPITALIZED.search(text, max(first, first + at - BACK), first + at)
    return before.start() if before else first + at


def defined_sentence(text: str, one: Definition) -> tuple[int, int]:
    """The sentence, with the list after it, in which a term is defined."""
    start, stop = sentence_at(text, one.place)
    for _ in range(MOST_ITEMS):  # an item of a list: from the words before it
        if not start or not AN_ITEM.match(text, start):
            break
        start = sentence_at(text, start - 1)[0]
    return max(start, one.place - LONGEST_SENTENCE), with_list(text, stop)
