"""The XML parts of a Word document, as a stream of elements."""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from intake.readers.reading import ReadingError

WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"


class Handler(Protocol):
    """What takes the elements of a part: their names are those of WordprocessingML, without a prefix."""

    def begin(self, name: str, said: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def words(self, words: str) -> None: ...


def parse(content: bytes, part: str, handler: Handler) -> None:
    """Go through a part; elements of other vocabularies are named "". Raises `ReadingError`."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    names: dict[str, str] = {}

    def named(name: str) -> str:
        space, _, local = name.rpartition(" ")
        return local if space in WORD or (space, local) == (COMPATIBILITY, "Fallback") else ""

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name not in names:
            names[name] = named(name)
        handler.begin(names[name], {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def end(name: str) -> None:
        handler.end(names[name])

    def refuse(*_: object) -> None:
        raise ReadingError(f"is a Word document whose {part} declares a DOCTYPE; expected none, as Word writes it.")

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.words
    parser.StartDoctypeDeclHandler = refuse  # before any entity is declared, let alone expanded
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ReadingError(f"is a Word document whose {part} is not XML ({error}); expected a whole one.") from error
