"""One document in each kind of file: the same is read from all, and each character leads back into its file."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from intake.extract.read import read
from intake.extract.terms import as_json
from intake.readers.child import reading_of
from intake.readers.file import read_file
from intake.readers.reading import Limits, Place, Reading, ReadingError
from tests.unit.intake.filings import FOUNDING, page_of, pdf_of, submission_of, typeset_pdf_of, word_of

FIRST, SECOND = FOUNDING.split("\n\n   2\n")
LETTER = "Norwick Mills, Inc. (fictional)\n\nDear Sirs: the Bank waives nothing.\n"
KINDS = {
    "text": FOUNDING.encode(),
    "text of Windows": FOUNDING.replace('"Lender"', "“Lender”").replace("\n", "\r\n").encode("cp1252"),
    "page": page_of(FOUNDING).encode(),
    "submission": submission_of(("10-K", LETTER), ("EX-10.106", FOUNDING), ("EX-27", "<S> <C>")).encode(),
    "submission of pages": submission_of(("10-K", LETTER), ("EX-10.106", page_of(FOUNDING)), pem=True).encode(),
    "PDF": pdf_of(FIRST, f"   2\n{SECOND}"),
    "PDF of a printed page": typeset_pdf_of(FOUNDING),
    "Word document": word_of(FOUNDING),
}


def said(text: str) -> Any:
    """What a text proposes, without where its words stand."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bare(part) for name, part in value.items() if name != "spans"}
        return [bare(part) for part in value] if isinstance(value, list) else value

    return bare(as_json(read(text)))


def here(content: bytes, exhibit: str | None = None) -> Reading:
    return reading_of(content, exhibit, Limits())


@pytest.mark.parametrize("kind", KINDS)
def test_the_founding_document_says_the_same_in_every_kind(kind: str) -> None:
    reading = read_file(KINDS[kind])
    assert reading.kind == kind.partition(" of ")[0]
    assert reading.exhibit == ("EX-10.106" if "submission" in kind else None)
    assert said(reading.text) == said(FOUNDING)
    [end] = read(reading.text).ends
    assert (end.day, bool(end.unclear)) == (date(2000, 5, 1), True), "the words are out of order"


@pytest.mark.parametrize("kind", ["text", "text of Windows", "submission"])
def test_each_character_of_a_text_leads_to_itself(kind: str) -> None:
    source = KINDS[kind].decode("cp1252")
    reading = here(KINDS[kind])
    assert all(source[reading.place(at).offset] == character for at, character in enumerate(reading.text))


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20), max_size=5),
    st.booleans(),
)
def test_any_text_is_read_as_it_is(lines: list[str], mark: bool) -> None:
    source = "A" + "\r\n".join(lines)
    reading = here((b"\xef\xbb\xbf" if mark else b"") + source.encode())
    assert reading.text == source
    assert [reading.place(at).offset for at in range(len(source))] == list(range(len(source)))


def test_there_is_no_place_outside_the_text() -> None:
    reading = here(b"four")
    assert reading.place(3) == Place("file", 3)
    for at in (-1, 4):
        with pytest.raises(IndexError, match=f"The text has 4 characters, and none at {at}."):
            reading.place(at)


# Submissions


@pytest.mark.parametrize("asked", ["EX-10.2", "ex-10.2", "10.2", "10-2", "Exhibit 10.2", "3", "d3.txt"])
def test_an_exhibit_is_chosen_by_type_number_sequence_or_name(asked: str) -> None:
    filed = submission_of(("10-Q", "quarterly"), ("EX-10.1", "first"), ("EX-10.2", "second"), ("EX-99", "news"))
    reading = here(filed.encode(), asked)
    assert (reading.text.strip(), reading.exhibit) == ("second", "EX-10.2")


def test_a_choice_that_has_to_be_made_is_told_with_what_there_is() -> None:
    filed = submission_of(("10-Q", "quarterly"), ("EX-10.1", "first"), ("EX-99.1", "news")).encode()
    listed = "2 EX-10.1 d2.txt (EX-10.1 OF A MILL), 7 characters; 3 EX-99.1 d3.txt (EX-99.1 OF A MILL), 6 characters."
    with pytest.raises(ReadingError) as told:
        here(filed)
    assert str(told.value) == (
        "is a submission in which 2 documents can be meant; expected one to be named by its type, sequence or file"
        f" name: {listed}"
    )
    with pytest.raises(
        ReadingError, match=r"that has no exhibit 10\.7; expected one of 1 10-Q d1\.txt .*; 2 EX-10\.1 "
    ):
        here(filed, "10.7")
    with pytest.raises(
        ReadingError, match=r"in which 2 documents can be meant; .*: 1 EX-10 d1\.txt .*; 2 EX-10 d2\.txt"
    ):
        here(submission_of(("EX-10", "a"), ("EX-10", "b")).encode(), "EX-10")


@pytest.mark.parametrize(
    ("documents", "text"),
    [
        ([("8-K", "only")], "only"),
        ([("10-K", "a"), ("EX-100", "b"), ("EX-4.1", "c"), ("EX-27", "d")], "c"),
        (
            [("10-K", "a"), ("EX-10", "<PDF>\nbegin 644 x.pdf\nM"), ("EX-10", "c"), ("GRAPHIC", "begin 644 x.gif\nM")],
            "c",
        ),
    ],
)
def test_what_can_only_be_one_need_not_be_named(documents: list[tuple[str, str]], text: str) -> None:
    assert here(submission_of(*documents).encode()).text.strip() == text


def test_what_a_submission_holds_encoded_is_told() -> None:
    filed = submission_of(("10-K", "a"), ("EX-10", "<PDF>\nbegin 644 x.pdf\nM")).encode()
    with pytest.raises(
        ReadingError, match=r"has as EX-10 a PDF or another file in encoded form; expected text or a page"
    ):
        here(filed, "EX-10")


def test_a_submission_that_ends_early_is_read_and_said() -> None:
    filed = submission_of(("10-K", "a"), ("EX-10", "the Lender waives"))
    reading = here(filed[: filed.rindex("waives")].encode())
    assert (reading.text.strip(), reading.notes) == (
        "the Lender",
        ("The file ends within EX-10: the rest of it is missing.",),
    )
    with pytest.raises(ReadingError, match="is a submission without documents; expected <DOCUMENT> and <TEXT>"):
        here(filed[:150].encode())


def test_an_exhibit_asked_of_a_single_document_is_said_not_to_be_looked_for() -> None:
    for content in (b"a text", pdf_of("a text"), word_of("a text")):
        [note] = here(content, "10.1").notes
        assert note == "The file is one document; exhibit 10.1 was not looked for in it."


# PDF


def test_each_character_of_a_pdf_leads_to_its_page() -> None:
    reading = here(pdf_of("one", "", "two\n\n  three"))
    assert reading.notes == ("Of 3 pages, page 2 has no text: blank or scanned, and not read.",)
    assert reading.text == "one\n\ntwo\n\n  three"
    assert reading.place(reading.text.index("w")) == Place("page 3", 1)
    assert reading.place(0) == Place("page 1", 0)
    pages = [page.extract_text(extraction_mode="layout") for page in PdfReader(io.BytesIO(KINDS["PDF"])).pages]
    founding = here(KINDS["PDF"])
    for at, character in enumerate(founding.text):
        place = founding.place(at)
        page = pages[int(place.unit.removeprefix("page ")) - 1]
        assert page[place.offset] == character if place.offset < len(page) else character == "\n"


def test_a_scan_is_told() -> None:
    with pytest.raises(
        ReadingError, match=r"is a PDF of 3 pages and no text: it is a scan\. Expected text on the pages; run"
    ):
        here(pdf_of("", "", ""))


def test_pages_without_text_are_listed_in_runs() -> None:
    writer = PdfWriter(io.BytesIO(pdf_of("text")))
    for at in (0, 1, 2, 4):
        writer.insert_blank_page(200, 200, at)
    out = io.BytesIO()
    writer.write(out)
    assert here(out.getvalue()).notes == ("Of 5 pages, pages 1-3, 5 have no text: blank or scanned, and not read.",)


def test_words_that_stand_upright_on_a_page_are_read_too() -> None:
    made = typst.compile(b"#rotate(90deg, reflow: true)[The Lender hereby waives]\n\nplain")
    assert here(made).text.split("\n") == ["The Lender hereby waives", "plain"]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_with_a_password_is_told_and_one_that_opens_without_is_read(algorithm: str) -> None:
    for user, readable in (("secret", False), ("", True)):
        writer = PdfWriter(io.BytesIO(pdf_of("text")))
        writer.encrypt(user, "owner", algorithm=algorithm)
        out = io.BytesIO()
        writer.write(out)
        if readable:
            assert here(out.getvalue()).text == "text"
        else:
            with pytest.raises(ReadingError, match="is a PDF that opens with a password only; expected one without"):
                here(out.getvalue())


# What looks odd


def test_characters_that_nobody_sees_are_kept_and_said() -> None:
    words = "pay\u202e nothing\u202c to the\u200bLender\x07 \x81"
    reading = here(words.encode() + b"\n")
    assert reading.text == words + "\n"
    assert reading.notes == (
        "The text has 2 right-to-left or direction marks: what is shown may differ from what is read.",
        "The text has 1 invisible character: words that look whole may be parted.",
        "The text has 2 control characters: the file may be damaged, or not a text.",
    )
    assert here(b"caf\x81\n").notes == ("The text has 1 character that could not be decoded: words may be incomplete.",)


def test_a_path_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a\nname.jpg"
    path.write_bytes(KINDS["page"])
    assert read_file(path).kind == "page"
    path.write_bytes(b" ")
    with pytest.raises(ReadingError, match=r"a\ufffdname\.jpg is empty\.$"):
        read_file(path)
