"""Word documents: what is read of them, in which order, and from which paragraph."""

from __future__ import annotations

import io
import re

import docx
import pytest
from docx.oxml.ns import qn

from intake.readers.child import reading_of
from intake.readers.reading import Limits, Place, Reading
from tests.unit.intake.filings import FOUNDING, saved, word_of, word_xml

CHANGED = "The document has tracked changes: what they insert was read, what they delete was not."
HIDDEN = "The document has hidden text; it was not read."


def read(content: bytes) -> Reading:
    return reading_of(content, None, Limits())


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{words}</w:t></w:r>"


def p(*parts: str) -> str:
    return f"<w:p>{''.join(parts)}</w:p>"


def cell(*paragraphs: str) -> str:
    return f"<w:tc>{''.join(paragraphs)}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


A, B, C, D = (run(letter) for letter in "abcd")
DELETED = "<w:del><w:r><w:delText>May</w:delText></w:r></w:del>"
BOX = f"<w:txbxContent>{p(B)}</w:txbxContent>"
TWICE = f"<mc:AlternateContent><mc:Choice>{BOX}</mc:Choice><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>"
MARKED = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r>"
STOPS = "<w:pPr><w:tabs><w:tab/></w:tabs><w:rPr><w:vanish/></w:rPr></w:pPr>"
BEFORE = "<w:pPr><w:pPrChange><w:pPr><w:pStyle w:val='x'/></w:pPr></w:pPrChange></w:pPr>"


@pytest.mark.parametrize(
    ("body", "text", "notes"),
    [
        (p(f"<w:ins>{run('until ')}</w:ins>{DELETED}", run("June")), "until June", [CHANGED]),
        (p(f"<w:moveFrom>{A}</w:moveFrom><w:moveTo>{B}</w:moveTo>"), "b", [CHANGED]),
        (p(A, run("b", "<w:vanish/>"), run("c", "<w:vanish w:val='0'/>")), "ac", [HIDDEN]),
        (p(STOPS, MARKED), "a\tb\nc-", []),
        (p(BEFORE, A), "a", []),
        (f"<w:sdt><w:sdtContent>{p(f'<w:hyperlink>{A}</w:hyperlink>')}</w:sdtContent></w:sdt>{p(B)}", "a\n\nb", []),
        (p(A, f"<w:r>{TWICE}</w:r>", C), "a\n\nb\n\nc", []),
        (f"<w:tbl>{row(cell(p(A)), cell(p(B)))}{row(cell(p()), cell(p(C)))}</w:tbl>{p(D)}", "a\tb\nc\n\nd", []),
        (f"<w:tbl>{row(cell(p(A), p(B)), cell(p(C), p(D)))}</w:tbl>", "a\n\nb\nc\n\nd", []),
        (p("<w:r><w:instrText>PAGE</w:instrText></w:r>", A), "a", []),
    ],
)
def test_word_says_what_is_read_of_a_paragraph(body: str, text: str, notes: list[str]) -> None:
    reading = read(word_xml(body))
    assert (reading.text, [*reading.notes]) == (text, notes)


def test_each_character_of_a_word_document_leads_to_its_paragraph() -> None:
    content = word_of(FOUNDING)
    paragraphs = list(docx.Document(io.BytesIO(content)).element.body.iter(qn("w:p")))
    reading = read(content)
    for at, character in enumerate(reading.text):
        place = reading.place(at)
        number = int(place.unit.removeprefix("paragraph "))
        words = "".join(text.text for text in paragraphs[number - 1].iter(qn("w:t")))
        assert words[place.offset : place.offset + 1] == character or character in "\t\n"


def test_python_docx_finds_the_same_words_in_the_same_order() -> None:
    content = word_of(FOUNDING)
    words: list[str] = []
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, docx.table.Table):
            words += [one.text for line in block.rows for one in line.cells]
        else:
            words.append(block.text)
    assert read(content).text.split() == " ".join(words).split()


def test_list_numbers_stand_before_their_paragraphs_and_at_their_place() -> None:
    document = docx.Document()
    for style, words in (("List Number", "one"), ("List Number", "two"), ("List Bullet", "dot"), ("Normal", "plain")):
        document.add_paragraph(words, style=style)
    reading = read(saved(document))
    assert reading.text == "1.\tone\n\n2.\ttwo\n\n•\tdot\n\nplain"
    assert [reading.place(at) for at in range(4)] == [Place("paragraph 1", 0)] * 4


def test_levels_of_a_list_count_each_by_itself() -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{said}"/></w:lvl>'
        for at, (start, form, said) in enumerate(
            [(1, "upperRoman", "%1."), (2, "lowerLetter", "(%2)"), (1, "", "%1.%3")]
        )
    )
    lists = '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    body = "".join(
        p(f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr></w:pPr>', A)
        for level in [0, 1, 1, 2, 0, 1]
    )
    text = read(word_xml(body, numbering=f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>{lists}')).text
    assert re.findall(r"\S+\t", text) == ["I.\t", "(b)\t", "(c)\t", "I.1\t", "II.\t", "(b)\t"]
