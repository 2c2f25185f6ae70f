"""EDGAR pages: what a page shows, in lines as it shows them, and each character's place in the source."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from intake.readers.child import reading_of
from intake.readers.page import RAW
from intake.readers.reading import Limits, Reading, ReadingError
from tests.unit.intake.filings import FOUNDING, page_of

INLINE = ["b", "i", "font", "span", "u"]
BLOCKS = ["p", "div", "h2", "center", "blockquote", "li"]
REFERENCES = ["&nbsp;", "&amp;", "&#147;", "&#8217;", "&sect;", "&lt;", "&copy ", "& ", "&NotEqualTilde;", "&bogus;"]
WORDS = st.one_of(st.sampled_from([" ", "\n", "\r\n  ", "\t", *REFERENCES]), st.text("abÄ7.,'\"(/)—", min_size=1))
TEXTS = st.lists(WORDS, max_size=5).map("".join)
SKIPPED = [
    "<!-- a > b -->",
    "<script>if (a < b) { '</p>' }</script>",
    "<style>p > b {}</style>",
    "<hr>",
    "<br/>",
    "<PAGE>",
]


def read(body: str) -> Reading:
    return reading_of(f"<HTML><BODY>{body}</BODY></HTML>".encode(), None, Limits())


def element(names: list[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def made(name: str, words: list[str], capitals: bool) -> str:
        shown = name.upper() if capitals else name
        return f"<{shown} ALIGN='a>b' x=\"it's\">{''.join(words)}</{shown}>"

    return st.builds(made, st.sampled_from(names), st.lists(inner, max_size=4), st.booleans())


def table(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.lists(
        st.lists(inner, min_size=1, max_size=3).map(lambda cells: "<tr><td>" + "</td><td>".join(cells) + "</td></tr>")
    )
    return rows.map(lambda made: f"<table>{''.join(made)}</table>")


INLINES = st.recursive(
    st.one_of(TEXTS, st.sampled_from(SKIPPED[:3])), lambda inner: element(INLINE, inner), max_leaves=4
)
BODIES = st.recursive(
    st.one_of(INLINES, st.sampled_from(SKIPPED)),
    lambda inner: st.one_of(element(BLOCKS[1:], inner), element(["p"], INLINES), table(inner)),
    max_leaves=20,
)


def assert_each_place_is_its_source(reading: Reading, source: str) -> None:
    for at, character in enumerate(reading.text):
        place = reading.place(at)
        there = source[place.offset :]
        assert place.unit == "file"
        if there[0] == character and character not in " \t\n&":
            continue
        reference = re.match(r"&#?\w*;?", there)
        if reference:
            assert character in html.unescape(reference[0])
        elif character == " ":
            assert there[0] in " \t\n\r\f"
        else:
            assert (character in "\t\n", there[0]) == (True, "<")


@given(BODIES)
def test_a_page_reads_as_a_browser_parses_it_and_each_character_leads_to_its_source(body: str) -> None:
    source = f"<HTML><HEAD><TITLE>t</TITLE></HEAD><BODY>{body}</BODY></HTML>"
    parsed = LexborHTMLParser(source)
    parsed.strip_tags(["script", "style", "title"])
    shown = "".join(parsed.text().split())
    if not shown:
        with pytest.raises(ReadingError, match=r"^has no text\.$"):
            reading_of(source.encode(), None, Limits())
        return
    reading = reading_of(source.encode(), None, Limits())
    assert "".join(reading.text.split()) == shown
    assert_each_place_is_its_source(reading, source)


def test_each_character_of_the_founding_document_as_a_page_leads_to_its_source() -> None:
    source = page_of(FOUNDING)
    reading = reading_of(source.encode(), None, Limits())
    assert (reading.kind, "".join(reading.text.split())[:14]) == ("page", "1Exhibit10-106")
    assert_each_place_is_its_source(reading, source)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>One\n   two<p>Three", "One two\n\nThree"),
        ("a<br>b<BR/><br />c", "a\nb\n\nc"),
        ("<b>W</b>HEREAS,&nbsp;the <i>Lender</i> ...", "WHEREAS,\u00a0the Lender ..."),
        (
            "&#147;Bank&#148; &amp; &sect;&#x32; &lt;b&gt; AT&T &copy2000 &nosuch;",
            "“Bank” & §2 <b> AT&T ©2000 &nosuch;",
        ),
        ("a < b and 5 <6", "a < b and 5 <6"),
        (
            "<table><tr><td>By:<td>/s/ A. Weaver<tr><td>Title:</td><td>Treasurer</td></table>after",
            "By:\t/s/ A. Weaver\nTitle:\tTreasurer\n\nafter",
        ),
        ("<table><tr><td><p>(a)</p></td><td><div>first</div><div>more</div></td></tr></table>", "(a)\tfirst\n\nmore"),
        (
            "<table><tr><td>MILL, INC.<br>By: A</td><td>BANK, N.A.<br>By: B</td></tr></table>",
            "MILL, INC.\nBy: A\nBANK, N.A.\nBy: B",
        ),
        (
            "<table><tr><td></td><td><table><tr><td>By:</td><td>A</td></tr></table></td><td>B</td></tr></table>",
            "By:\tA\tB",
        ),
        ("x<table><tr><td><table><tr><td>1<tr><td>2</table><td>3</table>y", "x\n\n1\n2\n3\n\ny"),
        ("<pre>two  blanks\n   kept &amp; so</pre>end", "two  blanks\n   kept & so\n\nend"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("a<hr>2<PAGE>b", "a\n\n2\n\nb"),
        ("<p style='page-break-before: always'>x</p>", "x"),
        ("a<!-- b -->c<!-->d<!--- e --->f<![CDATA[g]]>h<?i?>j</>k", "acdfhjk"),
        ('<a title="1 > 0" href=x>link</a><img alt="no">', "link"),
        ("1<ix:header><ix:hidden>2</ix:hidden></ix:header><ix:nonNumeric>3</ix:nonNumeric>", "13"),
    ],
)
def test_it_reads_as_it_is_shown(body: str, text: str) -> None:
    assert read(body).text == text


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">x<div>x</div>x</div>',
        "<div STYLE='color: red; DISPLAY : none'>x</div>",
        "<span style=visibility:hidden>x</span>",
        "<font hidden>x</font>",
        "<font hidden=''>x</font>",
        "<p style='display:none'>x<p>",
        "<table><tr><td style='display:none'>x<table><tr><td>x</table>x<td></table>",
        "<table><tr style='display:none'><td>x</table>",
        "<template>x</template>",
        "<div style='display:none'><script>'</div>'</script>x</div>",
    ],
)
def test_what_a_page_hides_is_not_read_and_said(hidden: str) -> None:
    reading = read(f"before{hidden}after")
    assert "".join(reading.text.split()) == "beforeafter"
    assert reading.notes == ("The page hides 1 of its parts; they were not read.",)


def test_what_only_sounds_hidden_is_read() -> None:
    reading = read('<p class="hidden" title="hidden none" data-hidden="1" style="border: none">shown</p>')
    assert (reading.text, reading.notes) == ("shown", ())


@pytest.mark.parametrize("name", sorted(RAW))
def test_what_is_not_markup_is_not_read(name: str) -> None:
    assert read(f"a<{name} x='1'>if (1 < 2) {{ '<p>no' }}</{name}>b").text == "ab"


@pytest.mark.parametrize("open_", ["<!-- ", "<script>", "<title>"])
def test_what_is_never_closed_takes_the_rest_and_is_said(open_: str) -> None:
    reading = read(f"<p>one<!-- closed --><script>closed</script>{open_}<p>two</p>")
    assert reading.text.split()[0] == "one"
    assert "two" not in reading.text
    assert reading.notes == ("A comment or script of the page is never closed; what follows it was not read.",)


def test_a_page_is_known_by_its_first_tags_and_an_old_text_is_not_one() -> None:
    assert reading_of(b"\xef\xbb\xbf\n<P>Dear Sirs", None, Limits()).kind == "page"
    assert reading_of(b"<?xml version='1.0'?>\n<html xmlns='x'><p>Dear Sirs</html>", None, Limits()).text == "Dear Sirs"
    assert reading_of(b"<PAGE>\n<TABLE>\n<CAPTION>\nNotes <S> <C>", None, Limits()).kind == "text"
