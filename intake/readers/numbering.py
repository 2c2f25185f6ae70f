"""The numbers of a Word document's lists: they are not in its text, but follow from numbering.xml and styles.xml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from intake.readers.parts import parse

LEVELS = 9
LARGEST = 3999  # that Roman numerals are written for
ROMAN = [
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
]  # fmt: skip


@dataclass(slots=True)
class Level:
    """How one level of a list counts; `pattern` is Word's: "%1.%2" stands for the numbers of the first two levels."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""


@dataclass(slots=True)
class _Lists:
    """What numbering.xml says."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # abstract list -> its levels
    of: dict[str, str] = field(default_factory=dict)  # list -> abstract list
    _list: str = ""
    _abstract: str = ""
    _level: Level | None = None

    def begin(self, name: str, said: dict[str, str]) -> None:
        value = said.get("val", "")
        if name == "abstractNum":
            self._abstract = said.get("abstractNumId", "")
            self.levels[self._abstract] = {}
        elif name == "lvl" and self._abstract:
            self._level = self.levels[self._abstract].setdefault(_number(said.get("ilvl"), 0), Level())
        elif name == "num":
            self._list, self._abstract = said.get("numId", ""), ""
        elif name == "abstractNumId" and self._list:
            self.of[self._list] = value
        elif self._level and name == "start":
            self._level.start = _number(value, 1)
        elif self._level and name == "numFmt":
            self._level.form = value
        elif self._level and name == "lvlText":
            self._level.pattern = value

    def end(self, name: str) -> None:
        if name == "lvl":
            self._level = None

    def words(self, words: str) -> None:
        """Has none."""


@dataclass(slots=True)
class _Styles:
    """What styles.xml says of lists: style -> list and level."""

    lists: dict[str, tuple[str, int]] = field(default_factory=dict)
    _style: str = ""
    _level: int = 0

    def begin(self, name: str, said: dict[str, str]) -> None:
        if name == "style":
            self._style, self._level = said.get("styleId", ""), 0
        elif name == "ilvl":
            self._level = _number(said.get("val"), 0)
            if self._style in self.lists:
                self.lists[self._style] = (self.lists[self._style][0], self._level)
        elif name == "numId" and self._style:
            self.lists[self._style] = (said.get("val", ""), self._level)

    def end(self, name: str) -> None:
        """Nothing ends here that matters."""

    def words(self, words: str) -> None:
        """Has none."""


class Numbering:
    """Counts the paragraphs of lists as they come by."""

    def __init__(self, numbering: bytes | None, styles: bytes | None) -> None:
        self._lists, self._styles = _Lists(), _Styles()
        self._counts: dict[str, dict[int, int]] = {}
        if numbering:
            parse(numbering, "word/numbering.xml", self._lists)
        if numbering and styles:
            parse(styles, "word/styles.xml", self._styles)

    def next(self, style: str, number: str | None, level: str | None) -> str:
        """What stands before a paragraph of this style, list (numId) and level (ilvl): "2.", "(a)", a bullet, or ""."""
        styled = self._styles.lists.get(style, ("", 0))
        abstract = self._lists.of.get(styled[0] if number is None else number)
        at = min(_number(level, styled[1]), LEVELS - 1)
        levels = self._lists.levels.get(abstract or "", {})
        if abstract is None or at not in levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts[at] = counts[at] + 1 if at in counts else levels[at].start
        for deeper in range(at + 1, LEVELS):
            counts.pop(deeper, None)
        if levels[at].form == "bullet":
            return "•"

        def counted(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            here = levels.get(other, Level())
            return _written(counts.get(other, here.start), here.form)

        return re.sub(r"%([1-9])", counted, levels[at].pattern)


def _number(said: str | None, otherwise: int) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < LEVELS else otherwise


def _written(count: int, form: str) -> str:
    if form == "none":
        return ""
    if "Letter" in form and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * min(1 + (count - 1) // 26, LEVELS)
        return letter.upper() if form.startswith("upper") else letter
    if "Roman" in form and 0 < count <= LARGEST:
        roman = ""
        for value, sign in ROMAN:
            roman += sign * (count // value)
            count %= value
        return roman.upper() if form.startswith("upper") else roman
    return f"{count:02}" if form == "decimalZero" else str(count)
