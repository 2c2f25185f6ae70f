"""An EDGAR submission (.txt): a filing and its exhibits in one file, each between <DOCUMENT> and </DOCUMENT>."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intake.readers.reading import ReadingError

BEGINS = re.compile(r"^<DOCUMENT>", re.MULTILINE | re.IGNORECASE)
TEXT = re.compile(r"^<TEXT>", re.MULTILINE | re.IGNORECASE)
ENDS = re.compile(r"^(?:</TEXT>|</DOCUMENT>)", re.MULTILINE | re.IGNORECASE)
FIELD = re.compile(r"^<(TYPE|SEQUENCE|FILENAME|DESCRIPTION)>([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
UNREADABLE = re.compile(r"\s*(?:<PDF>|begin [0-7]{3,4} )", re.IGNORECASE)
AN_EXHIBIT = re.compile(r"EX-(?:4|10|99)(?!\d)", re.IGNORECASE)
MOST_LISTED = 40
LONGEST = 100  # characters of a type, a name or a description


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a submission: its text is the characters from `start` to `end` of the file.

    `whole`: it is closed as it should be. `readable`: it is no PDF or picture, which submissions hold uuencoded.
    """

    type: str
    sequence: str
    name: str
    description: str
    start: int
    end: int
    whole: bool
    readable: bool

    def __str__(self) -> str:
        said = " ".join(
            word for word in (self.sequence, self.type, self.name, self.description and f"({self.description})") if word
        )
        return f"{said}, {self.end - self.start:,} characters{'' if self.readable else ', encoded and not readable'}"


def documents_of(source: str) -> list[Document]:
    """The documents of a submission in their order. Raises `ReadingError` where it has none."""
    begins = [match.end() for match in BEGINS.finditer(source)]
    found = []
    for begin, end in zip(begins, [*begins, len(source)][1:], strict=True):
        text = TEXT.search(source, begin, end)
        if text is None:
            continue
        closed = ENDS.search(source, text.end(), end)
        said = {match[1].upper(): match[2].strip()[:LONGEST] for match in FIELD.finditer(source, begin, text.start())}
        found.append(
            Document(
                type=said.get("TYPE", ""),
                sequence=said.get("SEQUENCE", ""),
                name=said.get("FILENAME", ""),
                description=said.get("DESCRIPTION", ""),
                start=text.end(),
                end=closed.start() if closed else end,
                whole=bool(closed),
                readable=not UNREADABLE.match(source, text.end(), end),
            )
        )
    if not found:
        raise ReadingError("is a submission without documents; expected <DOCUMENT> and <TEXT>, each on a line.")
    return found


def chosen(documents: list[Document], exhibit: str | None) -> Document:
    """The document that is asked for, by type or number ("EX-10.106", "10.106"), sequence ("3") or file name.

    Without a choice, the only one that is an exhibit 4, 10 or 99, or the only one. Raises `ReadingError`.
    """
    if exhibit is None:
        readable = [document for document in documents if document.readable] or documents
        fit = [document for document in readable if AN_EXHIBIT.match(document.type)] or readable
    else:
        fit = (
            [document for document in documents if _number(document.type) == _number(exhibit)]
            or [document for document in documents if document.sequence == exhibit.strip()]
            or [document for document in documents if document.name.lower() == exhibit.strip().lower()]
        )
    if not fit:
        raise ReadingError(f"is a submission that has no exhibit {exhibit}; expected one of {_listed(documents)}.")
    if len(fit) > 1:
        raise ReadingError(
            f"is a submission in which {len(fit):,} documents can be meant; expected one to be named by its type,"
            f" sequence or file name: {_listed(fit)}."
        )
    if not fit[0].readable:
        raise ReadingError(
            f"has as {fit[0].type} a PDF or another file in encoded form; expected text or a page."
            " Read that file by itself."
        )
    return fit[0]


def _listed(documents: list[Document]) -> str:
    more = f"; and {len(documents) - MOST_LISTED:,} more" if len(documents) > MOST_LISTED else ""
    return "; ".join(map(str, documents[:MOST_LISTED])) + more


def _number(said: str) -> str:
    """EX-10.106, Exhibit 10-106 and 10.106 as the same."""
    return re.sub(r"[\s_.-]+", ".", re.sub(r"^\s*ex(?:hibit)?[\s._-]*(?=\d)", "", said.strip().lower()))
