"""An EDGAR page (HTML): what it shows, each character with its place in the source.

The source is gone through tag by tag and no tree is built: so the places are exact, depth costs nothing, and the
closing tags that filings leave out are not missed. Nothing is executed and nothing is fetched.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.entities import html5

from intake.readers.layout import BLANK, LINE, SPACE, Layout
from intake.readers.reading import Writer

TAG = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)(?P<rest>(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)>
    | <[!?/][^>]*+>""",
    re.DOTALL | re.VERBOSE,
)
REFERENCE = r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?|[A-Za-z][A-Za-z0-9]*+;?)?"
WORDS = re.compile(rf"[^ \t\n\r\f&]++(?: [^ \t\n\r\f&]++)*+|[ \t\n\r\f]++|{REFERENCE}")  # words one blank apart
KEPT = re.compile(rf"[^&]++|{REFERENCE}")  # the same within <pre>
PARAGRAPHS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "main", "nav", "ol", "p", "page", "pre"),
    *("section", "ul"),
}
LINES = {"caption", "li", "option"}
RAW = {  # what these hold is not markup, and is not shown
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
}
NEVER_SHOWN = {"ix:header", "ix:hidden", "template"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "page", "source", "wbr"}
CLOSED_BY_THE_NEXT = {"p", "li", "td", "th", "tr", "dt", "dd", "option"}
STYLE = re.compile(r"""\bstyle\s*=\s*("[^"]*"|'[^']*'|\S+)""", re.IGNORECASE)
NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
HIDDEN = re.compile(r"(?<![^\s/])hidden(?![^\s/=])", re.IGNORECASE)
LONGEST_BARE = max(len(name) for name in html5 if not name.endswith(";"))


def read_page(source: str, start: int, end: int, into: Writer) -> list[str]:
    """What the page from `start` to `end` of `source` shows. Returns notes."""
    page = _Page(source, Layout(into))
    at, last, never_closed = start, source.rfind(">", start, end) + 1, False
    while tag := TAG.search(source, at, last) if at < last else None:
        page.words(at, tag.start())
        at = tag.end()
        name = (tag["name"] or "").lower()
        if name in RAW and not tag["end"]:
            closing = RAW[name].search(source, at, end)
            at = closing.start() if closing else end
            never_closed = closing is None
        elif name:
            page.tag(name, bool(tag["end"]), tag["rest"], tag.start())
        else:
            never_closed = tag[0].startswith("<!--") and not tag[0].endswith(("->", "--!>"))
    page.words(at, end)
    notes = []
    if page.hidden_parts:
        notes.append(f"The page hides {page.hidden_parts:,} of its parts; they were not read.")
    if never_closed:
        notes.append("A comment or script of the page is never closed; what follows it was not read.")
    return notes


class _Page:
    """A page while it is read."""

    def __init__(self, source: str, layout: Layout) -> None:
        self.hidden_parts = 0
        self._source = source
        self._layout = layout
        self._preformatted = False
        self._hidden = ""  # the element that is not shown, and how many of its name and tables are open within it
        self._open = self._tables = 0

    def words(self, start: int, end: int) -> None:
        """Characters between two tags."""
        if self._hidden or start == end:
            return
        layout = self._layout
        for match in (KEPT if self._preformatted else WORDS).finditer(self._source, start, end):
            words, at = match[0], match.start()
            if words[0] == "&":
                shown, rest = _referred(words)
                for character in shown:
                    layout.write(character, 0, at)
                if rest:
                    layout.write(rest, 0, match.end() - len(rest))
            elif words[0] in " \t\n\r\f" and not self._preformatted:
                layout.part(SPACE, 0, at)
            else:
                layout.write(words, 0, at)

    def tag(self, name: str, ends: bool, rest: str, at: int) -> None:
        """A tag that stands at `at`."""
        if self._hidden and self._stays_hidden(name, ends):
            return
        if not ends and name not in VOID and _hides(name, rest):
            self.hidden_parts += 1
            if not (rest.endswith("/") and ":" in name):
                self._hidden, self._open, self._tables = name, 1, 0
            return
        layout = self._layout
        if name == "table":
            (layout.end_table if ends else layout.begin_table)(0, at)
        elif name == "tr":
            layout.row(0, at)
        elif name in ("td", "th"):
            layout.cell(0, at, begins=not ends)
        elif name == "br":
            layout.end_line(0, at)
        elif name in PARAGRAPHS:
            layout.part(BLANK, 0, at)
        elif name in LINES:
            layout.part(LINE, 0, at)
        if name == "pre":
            self._preformatted = not ends

    def _stays_hidden(self, name: str, ends: bool) -> bool:
        """Whether a tag belongs to what is hidden; not so what closes it where its own closing tag was left out."""
        element = self._hidden
        if element in CLOSED_BY_THE_NEXT and name == "table":
            self._tables += -1 if ends else 1
            self._open = self._open if self._tables >= 0 else 0
        elif name == element and not self._tables:
            self._open += -1 if ends or element in CLOSED_BY_THE_NEXT else 1
        if self._open <= 0:
            self._hidden = ""
        return bool(self._hidden) or (ends and name == element)


def _hides(name: str, rest: str) -> bool:
    if name in NEVER_SHOWN:
        return True
    lower = rest.lower()
    if "hidden" not in lower and "none" not in lower:
        return False
    style = STYLE.search(rest)
    return bool(style and NOT_SHOWN.search(style[1])) or bool(HIDDEN.search(QUOTED.sub('""', rest)))


@lru_cache(maxsize=4096)
def _referred(reference: str) -> tuple[str, str]:
    """What `&amp;` and the like stand for, and what of the words after `&` is not part of it."""
    if reference.startswith("&#"):
        return html.unescape(reference), ""
    if (found := html5.get(reference[1:])) is not None:
        return found, ""
    for length in range(min(LONGEST_BARE, len(reference) - 1), 1, -1):  # &nbspand
        if (found := html5.get(reference[1 : length + 1])) is not None:
            return found, reference[length + 1 :]
    return "", reference
