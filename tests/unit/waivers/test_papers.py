"""Papers: text stays text whatever it is, the bytes are the same everywhere, and each page says what it is."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from waivers.papers import render as rendering
from waivers.papers.certificate import first_difference, pdf_of, text_of
from waivers.papers.letters import Letter, Part, lettered
from waivers.papers.render import FONTS, MAY_BREAK, NOT_SHOWN, PaperTooLargeError, shown

AT = datetime(2000, 3, 20, 15, 30, tzinfo=UTC)
HOSTILE = [
    '#eval("1+1") $x^2$ *b* _i_ = h @ref <label> \\ \\u{41} // c',
    '`raw` ```raw``` [#panic()] #import "x.typ" #read("/etc/passwd") \'quotes\' "more"',
    "NUL \x00 bell \x07 escape \x1b line \n two \r\n three \t tab",
    "turned \u202egnikaT\u202c \u2066and\u2069 \u200fmarks\u200e",
    "中文 العربية 🙂 \ue000 \ufffe",
    "x" * 10_000,
    "word " * 2_000,
    "",
    " ",
]


def letter(name: str) -> Letter:
    """A letter in which all that could come from the register is one text."""
    return Letter(
        kind="reservation_of_rights",
        instrument="loan",
        waiver="",
        as_of=date(2000, 3, 14),
        known_at=AT,
        creditors=(name,),
        addressees=(name,),
        copies=(name,),
        subject=name,
        parts=(Part(name, (name,), (name,)),),
        law=name,
        sources=(name,),
        to_see_to=(name,),
    )


def certificate(name: str) -> dict[str, Any]:
    """A certificate in which all that could come from the register is one text."""
    document = {"ref": name, "title": name, "sha256": "0" * 64}
    item = {"ref": "loan", "state": "waived", "waived_through": "2000-04-30", "lines": []}
    waiver = {"ref": "w", "status": "in_force", "first_day": "2000-01-31", "last_day": None}
    return {
        "format": "standstill/certificate/1",
        "number": "PC-0001",
        "issued": {"at": "2000-03-20T10:30:00-05:00", "by": name, "role": "officer", "request": "r"},
        "assumed": name,
        "as_of": "2000-03-01",
        "known_at": "2000-03-20T10:00:00.123456-05:00",
        "seal": {"number": 7, "hash": "0" * 64},
        "settings": {"paper_size": "a4", "time_zone": "America/New_York", "unwaived_days": 30},
        "made_by": {"standstill": "0", "typst": "0"},
        "borrower": dict.fromkeys(("ref", "name", "entity_type", "jurisdiction", "cik", "lei"), name),
        "answer": {
            "instruments": [item],
            "waivers": [waiver],
            "warnings": [{"rule": 30, "about": "w", "text": name}],
        },
        "instruments": [
            {
                **dict.fromkeys(("title", "currency"), name),
                "ref": "loan",
                "principal_outstanding": "1234567.00",
                "creditors": [name, name],
            }
        ],
        "reasons": [
            {
                "instrument": "loan",
                "state": "waived",
                "heading": name,
                "sentences": [name, name],
                "citations": [{"what": name, "paper": name, "place": name, "document": document}],
            }
        ],
        "waivers": [
            {
                **dict.fromkeys(("title", "kind", "reading", "ending", "extends"), name),
                "ref": "w",
                "instrument": "loan",
                "status": "in_force",
                "granted_by": [name],
                "document": document,
                "dated_as_of": "2000-01-31",
                "executed": None,
                "effective_from": "2000-01-31",
                "covers": [{"paragraph": name, "words": name}],
                "ends_on": [{"paragraph": name, "words": name}],
                "conditions": [{"text": name, "satisfied": None}],
            }
        ],
        "open_questions": [{"about": name, "text": name}],
        "records": [
            {
                **dict.fromkeys(("ref", "words", "by", "role", "reason"), name),
                "kind": "payment",
                "version": 1,
                "at": "2000-01-31T07:00:00-05:00",
            }
        ],
    }


def pages(pdf: bytes, most: int = 50) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages[:most]]


def letters_of(text: str) -> str:
    """What of a text is left once spaces and breaks are taken out."""
    return re.sub(rf"[\s{MAY_BREAK}]", "", text)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_text_is_it_is_printed_as_it_is_and_nothing_else(name: str) -> None:
    for pdf in (letter(name).pdf(), letter(name).pdf(ref="x"), pdf_of(text_of(certificate(name)), AT)):
        text = letters_of("".join(pages(pdf, most=2)))
        for word in shown(name).split()[:20]:
            assert letters_of(word[:20]) in text


@pytest.mark.slow
@settings(max_examples=40)
@given(st.text(max_size=60))
@example("\u202e")
def test_any_text_at_all_makes_a_paper(name: str) -> None:
    assert letter(name).pdf().startswith(b"%PDF")
    assert letter(name).text().endswith("\n")


def test_a_mark_that_turns_the_direction_is_printed_by_its_number_and_travels_in_no_file() -> None:
    name = "Lexington \u202enoitaroproC\u202c"
    assert "Lexington [U+202E]noitaroproC[U+202C]" in pages(letter(name).pdf())[0]
    assert "Lexington [U+202E]noitaroproC[U+202C]" in letter(name).text()


def test_a_long_word_may_be_broken_and_a_short_one_is_left_alone() -> None:
    broken = MAY_BREAK.join(["x" * 30, "x" * 30, "x" * 10])
    assert shown({"a": ["x" * 70, 7, None]}) == {"a": [broken, 7, None]}
    for whole in ("antidisestablishmentarianism", "2000-03-20T10:00:00.123456-05:00", f"SHA-256 {'0a' * 32}"):
        assert shown(whole) == whole


@pytest.mark.slow
def test_the_typefaces_can_show_all_that_is_not_written_by_its_number() -> None:
    every = "".join(chr(code) for code in range(0x20, 0x10000) if not 0xD800 <= code < 0xE000)
    kept = NOT_SHOWN.sub("", every)
    assert len(kept) > 1800
    assert letter(" ".join(kept)).pdf().startswith(b"%PDF")


def test_only_the_typefaces_inside_typst_are_used() -> None:
    embedded = typst.Fonts(include_system_fonts=False)
    assert FONTS.families() == embedded.families()
    reader = PdfReader(io.BytesIO(pdf_of(text_of(certificate("Ж Ω ▲ name")), AT)))
    names = {font["/BaseFont"] for page in reader.pages for font in (page["/Resources"]["/Font"] or {}).values()}
    used = {re.sub(r"^/[A-Z]{6}\+", "", name) for name in names}
    assert all(name.startswith(("LibertinusSerif", "DejaVuSansMono", "NewCM")) for name in used), used


def test_the_same_data_gives_the_same_bytes_also_from_many_threads() -> None:
    text = text_of(certificate("Mill (fictional)"))
    made: set[bytes] = set()
    threads = [threading.Thread(target=lambda: made.add(pdf_of(text, AT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {pdf_of(text, AT)}
    assert pdf_of(text, AT.replace(hour=16)) not in made


def test_a_pdf_is_dated_by_the_moment_that_it_is_given() -> None:
    found = PdfReader(io.BytesIO(letter("Mill").pdf())).metadata
    assert found.creation_date == AT
    assert found.modification_date == AT


def test_each_page_bears_number_date_moment_and_its_place() -> None:
    found = pages(pdf_of(text_of(certificate("long " * 60)), AT))
    assert len(found) > 3
    for number, page in enumerate(found, 1):
        assert "PC-0001" in page
        assert "As of 1 March 2000, Wed · as known at 20 March 2000, Mon 10:00:00 (UTC−05:00)" in page
        assert f"{number} of {len(found)}" in page
    assert any("1,234,567.00" in page for page in found)


def test_a_certificate_carries_its_json_to_the_byte() -> None:
    text = text_of(certificate("Mill"))
    reader = PdfReader(io.BytesIO(pdf_of(text, AT)))
    assert dict(reader.attachments) == {"certificate.json": [text.encode()]}
    assert "/MarkInfo" in reader.trailer["/Root"]  # tagged, so that it can be read aloud


def test_a_draft_says_so_on_every_page_and_a_letter_that_was_sent_on_none() -> None:
    long = replace(letter("Mill"), parts=tuple(Part("H", ("words " * 400,)) for _ in range(4)))
    draft, sent = pages(long.pdf()), pages(long.pdf(ref="loan-reservation"))
    assert len(draft) > 2
    assert all("DRAFT" in page for page in draft)
    assert not any("draft" in page.lower() for page in sent)
    assert all("loan-reservation" in page for page in sent)
    assert "To see to before it is sent" in draft[-1]


def test_a_text_to_edit_says_that_it_is_a_draft_and_its_blanks_stand_out() -> None:
    text = letter("Mill").text()
    assert text.startswith("DRAFT, as of 14 March 2000, Tue, as the register knew it at 20 March 2000, Mon 10:30.\n")
    assert text.count("[address not recorded]") == 3
    assert "[signatory not recorded]" in text
    assert "DRAFT" not in letter("Mill").text(draft=False)


@pytest.mark.parametrize(("size", "width"), [("a4", 595), ("us-letter", 612)])
def test_the_paper_is_the_one_that_is_set(settings: Any, size: str, width: int) -> None:
    settings.PAPER_SIZE = size
    assert int(PdfReader(io.BytesIO(letter("Mill").pdf())).pages[0].mediabox.width) == width


def test_more_than_fits_a_paper_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MOST_CHARACTERS", 5000)
    with pytest.raises(PaperTooLargeError, match="characters; at most 5,000 are printed"):
        letter("x" * 5000).pdf()


def test_items_are_lettered_beyond_the_alphabet() -> None:
    marks = [mark for mark, _ in lettered("." * 54)]
    assert (marks[0], marks[25], marks[26], marks[53]) == ("a", "z", "aa", "bb")
    assert len(set(marks)) == 54


@pytest.mark.parametrize(
    ("issued", "now", "said"),
    [
        ({"a": 1}, {"a": 2}, "/a is 2, and was 1."),
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1 is 3, and was 2."),
        ({"a": [1]}, {"a": [1, 3]}, "/a has 2 items, and had 1."),
        ({"a": None}, {}, "/a is null, and was null."),
        ({"b": {"c": "é"}}, {"b": {"c": ""}}, '/b/c is "", and was "é".'),
        ([], {}, "/ is {}, and was []."),
    ],
)
def test_the_first_difference_is_named_by_its_pointer(issued: Any, now: Any, said: str) -> None:
    assert first_difference(issued, now) == said
