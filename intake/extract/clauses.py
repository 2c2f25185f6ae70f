"""The clauses that most of these documents have, each as the words of its sentence."""

from __future__ import annotations

import re

from intake.extract.flow import Flow
from intake.extract.sentences import plain_words, sentences
from intake.extract.terms import Value

CLAUSES = {
    "reservation_of_rights": re.compile(
        r"\breserv(?:es?|ed|ing|ation)\b[^.;]{0,120}\b(?:rights?|remed)|\bwithout\s+prejudice\s+to\b[^.;]{0,80}\brights",
        re.IGNORECASE,
    ),
    "no_other_waiver": re.compile(
        r"\b(?:no|not)\b[^.;]{0,200}\b(?:other|further|future|continuing|subsequent)\b[^.;]{0,120}\b(?:waivers?|consents?|defaults?)\b"
        r"|\b(?:waivers?|consents?|amendments?)\b[^.;]{0,160}\b(?:(?:is|are|be)\s+(?:\w+ly\s+)?limited\s+(?:\w+ly\s+)?(?:to|as)|limited\s+(?:precisely|solely|strictly|specifically|expressly)|one-time|shall\s+not\s+(?:be\s+(?:deemed|construed)|constitute|operate|extend))"
        r"|\b(?:shall|does|do|will)\s+not\b[^.;]{0,140}\b(?:constitute|operate\s+as|be\s+(?:deemed|construed)(?:\s+as|\s+to\s+be)?)\b[^.;]{0,60}\bwaiver"
        r"|\bnothing\b[^.;]{0,120}\b(?:waive|waiver)\b",
        re.IGNORECASE,
    ),
    "ratification": re.compile(
        r"\bratif(?:y|ies|ied)\b|\b(?:remains?|continues?|be)\s+(?:unchanged\s+and\s+)?in\s+full\s+force\s+and\s+effect",
        re.IGNORECASE,
    ),
    "release": re.compile(
        r"\b(?:hereby|does|do|fully|irrevocably)\s+(?:[\w,]+\s+){0,5}?releas(?:es?|ed)\b[^.;]{0,160}\b(?:claims?|liabilit|actions?|causes)"
        r"|\breleases?\s*,?\s*(?:and\s+)?(?:acquits?|remises?|waives?)?\s*,?\s*(?:and\s+)?(?:forever\s+)?discharges?\b",
        re.IGNORECASE,
    ),
    "counterparts": re.compile(
        r"\b(?:may|shall)\s+be\s+(?:\w+\s+){0,3}(?:executed|signed)\b[^.;]{0,160}\bcounterparts?\b|\bexecuted\s+in\s+(?:\w+\s+){0,6}counterparts?\b"
        r"|\b(?:execut|sign)\w*\b[^.;]{0,160}\b(?:any\s+number\s+of|multiple|several|separate|two\s+or\s+more|one\s+or\s+more)\s+(?:\w+\s+)?counterparts?\b",
        re.IGNORECASE,
    ),
}
STEMS = {
    "reservation_of_rights": ("reserv", "prejudice"),
    "no_other_waiver": ("waive",),
    "ratification": ("ratif", "force"),
    "release": ("releas",),
    "counterparts": ("counterpart",),
}  # what a sentence must hold to be looked at
LONGEST = 400
SHORT = 8  # words: a heading, and no sentence


def clause_of(flow: Flow, name: str) -> Value[str] | None:
    """The first sentence that is such a clause: its words, no more than some lines of them."""
    pattern, stems = CLAUSES[name], STEMS[name]
    for start, end in sentences(flow.text):
        words = flow.text[start:end].lower()
        if not any(stem in words for stem in stems) or not pattern.search(flow.text, start, end):
            continue
        if len(flow.text[start:end].split()) < SHORT:
            continue
        start += len(flow.text[start:end]) - len(flow.text[start:end].lstrip())
        return Value(shortened(plain_words(flow.text[start:end])), spans=(flow.span(start, end),))
    return None


def shortened(words: str) -> str:
    """Words up to a limit, cut where a sentence ends, else a clause, else a word."""
    if len(words) <= LONGEST:
        return words
    head = words[:LONGEST]
    for mark in (". ", "; ", ", ", " "):
        if (cut := head.rfind(mark)) > LONGEST // 2:
            return head[: cut + 1].strip()
    return head
