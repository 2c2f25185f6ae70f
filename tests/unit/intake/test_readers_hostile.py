"""Files made to harm, and files that are broken: each costs its limits at most, and is told in one sentence."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.readers import process
from intake.readers.child import reading_of, work
from intake.readers.file import read_file
from intake.readers.process import answered
from intake.readers.reading import Limits, Reading, ReadingError
from tests.unit.intake.filings import FOUNDING, page_of, pdf_of, submission_of, word_of, word_xml, zip_of

SMALL = Limits(seconds=3, memory_bytes=400_000_000)
SECONDS = 6  # that any file may take here
WORD = word_of("Exhibit 10\n\nAGREEMENT\n")
SOUND = {
    "page": page_of(FOUNDING).encode(),
    "submission": submission_of(("10-K", "x"), ("EX-10.1", page_of(FOUNDING))).encode(),
    "PDF": pdf_of("the first page", "the second page"),
    "Word document": WORD,
}


def outcome(content: bytes, limits: Limits = SMALL, **asked: str) -> Reading | str:
    """The reading, or the sentence; never anything else, and never late."""
    begun = time.monotonic()
    try:
        return read_file(content, limits=limits, **asked)
    except ReadingError as error:
        said = str(error)
        assert said.startswith("The file ")
        assert said.endswith(".")
        assert "\n" not in said
        assert "Traceback" not in said
        return said
    finally:
        assert time.monotonic() - begun < SECONDS


def read_or_told(content: bytes) -> Reading | None:
    """The reading, in this process, or None where it is refused with a sentence; anything else is raised."""
    try:
        return reading_of(content, None, Limits())
    except ReadingError as error:
        if not str(error).endswith("."):
            raise AssertionError(str(error)) from error
        return None


def pdf_objects(*objects: str) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, said in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{said}\nendobj\n".encode("latin-1"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010} 00000 n \n".encode() for place in places)
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def page_with(content: str) -> bytes:
    return pdf_objects(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R"
        " /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    )


def lying_zip() -> bytes:
    """A Word document whose listing says that a part of 300 MB unpacks to ten bytes."""
    content = bytearray(zip_of({"word/document.xml": bytes(300_000_000)}))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.index(mark) + at
        content[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def many_members(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"word/{number}.xml", b"")
    return out.getvalue()


LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in zip("abcdefghi", "bcdefghij", strict=True)
)
TREE = "<< /Type /Catalog /Pages 2 0 R >>"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a document of zeros that packs well": (
        lambda: zip_of({"word/document.xml": bytes(50_000_000)}),
        "is a Word document whose word/document.xml unpacks to more than 200 times its size",
    ),
    "a document of more zeros": (
        lambda: zip_of({"word/document.xml": bytes(100_000_001)}),
        "is a Word document whose word/document.xml unpacks to more than 100,000,000 bytes",
    ),
    "a zip that lies": (lying_zip, "is a Word document whose word/document.xml is damaged within the zip"),
    "a zip of many members": (lambda: many_members(10_001), "is a zip of 10,001 members; expected 10,000 at most."),
    "a zip of a zip": (lambda: zip_of({"a.zip": zip_of({"b": b"c"})}), "is a zip, and no Word document; expected"),
    "entities that multiply": (
        lambda: zip_of({"word/document.xml": f"{LAUGHS}]><x>&j;</x>".encode()}),
        "is a Word document whose word/document.xml declares a DOCTYPE; expected none",
    ),
    "entities that multiply, in UTF-16": (
        lambda: zip_of({"word/document.xml": f"{LAUGHS[21:]}]><x>&j;</x>".encode("utf-16")}),
        "declares a DOCTYPE",
    ),
    "an entity that names a file": (
        lambda: zip_of({"word/document.xml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}),
        "declares a DOCTYPE",
    ),
    "elements nested a million deep": (
        lambda: word_xml("".join(f"<w:p{at % 977:x}>" for at in range(1_000_000))),
        "is a Word document whose word/document.xml is not XML",
    ),
    "a PDF of pages that are not there": (
        lambda: pdf_objects(TREE, "<< /Type /Pages /Count 2000000000 /Kids [] >>"),
        "is a PDF without pages; expected some",
    ),
    "a PDF whose pages hold themselves": (
        lambda: pdf_objects(TREE, "<< /Type /Pages /Count 2 /Kids [2 0 R 2 0 R] >>"),
        "is a damaged PDF (Detected cyclic page references); expected a whole one.",
    ),
    "a PDF of many pages": (
        lambda: pdf_objects(
            TREE,
            f"<< /Type /Pages /Count 2001 /Kids [{'3 0 R ' * 2001}] >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        ),
        "is a PDF of 2,001 pages; expected 2,000 at most.",
    ),
    "a PDF nested deeply": (lambda: pdf_objects(TREE, "[" * 200_000 + "]" * 200_000), "is nested too deeply"),
    "a PDF whose words are far apart": (
        lambda: page_with("BT /F 1 Tf (a) Tj 1 0 0 1 900000000 0 Tm (b) Tj 1 0 0 1 0 -900000000 Tm (c) Tj ET"),
        "",
    ),
    "a PDF of operators without end": (lambda: page_with("q " * 5_000_000), "takes more than 3 seconds to read"),
    "fifty megabytes of blanks": (lambda: b" " * 50_000_000, "is larger than 25,000,000 bytes"),
    "blanks": (lambda: b" " * 20_000_000, "is empty."),
    "more text than a document has": (lambda: b"word " * 2_000_001, "has more than 10,000,000 characters of text"),
    "tags that never end": (lambda: b"<html>" + b"<a " * 1_000_000 + b"=\">", "has no text."),
    "quotes that never end": (lambda: b"<html>" + b"<a b='<a c=\"" * 300_000 + b">", "has no text."),
    "comments that never end": (lambda: b"<html>x" + b"<!-" * 100_000 + b"<!--" * 1_000_000, ""),
    "scripts that never end": (lambda: b"<html>x" + b"<script><style>" * 300_000, ""),
    "a submission of marks": (lambda: b"<DOCUMENT>\n" * 500_000, "is a submission without documents"),
    "a submission of empty documents": (lambda: b"<DOCUMENT>\n<TEXT>\n" * 100_000, "100,000 documents can be meant"),
    "a NUL": (lambda: b"abc\0def", "is not text: it has a NUL at byte 3."),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_harm_costs_its_limits_at_most(name: str) -> None:
    made, said = HOSTILE[name]
    found = outcome(made())
    assert said in found if isinstance(found, str) else not said, found


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["div", "table", "b", "p", "td", "ul"])
def test_depth_costs_a_page_nothing(tag: str) -> None:
    found = outcome(f"<html>{f'<{tag}>' * 100_000}deep{f'</{tag}>' * 100_000}".encode())
    assert isinstance(found, Reading)
    assert found.text == "deep"


@pytest.mark.parametrize("kind", SOUND)
def test_a_file_that_ends_early_is_read_or_told(kind: str) -> None:
    content = SOUND[kind]
    for part in range(1, 12):
        reading = read_or_told(content[: len(content) * part // 12])
        assert reading is None or reading.text.strip()


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"<DOCUMENT>\n<TEXT>\n"]), st.binary(max_size=400)
)
def test_any_bytes_are_read_or_told(start: bytes, rest: bytes) -> None:
    if reading := read_or_told(start + rest):
        assert reading.pieces[0].start == 0
        assert reading.place(len(reading.text) - 1).offset >= 0


@pytest.mark.slow
@settings(max_examples=150)
@given(st.sampled_from(["PDF", "Word document"]), st.integers(0, 10**6), st.binary(min_size=1, max_size=30))
def test_any_damage_is_read_or_told(kind: str, at: int, damage: bytes) -> None:
    content = SOUND[kind]
    at %= len(content)
    said = json.loads(answered(work, content[:at] + damage + content[at + len(damage) :], {"exhibit": None}, Limits()))
    assert said.get("text") or said["error"].endswith(".")
    assert "irregular" not in said.get("error", "") or kind == "PDF"  # in which pypdf may stumble over anything


PEOPLE = "expected a document that people wrote."
PART = "is a Word document whose word/document.xml"


@pytest.mark.parametrize(
    ("content", "limits", "said"),
    [
        (b"x" * 11, Limits(file_bytes=10), "is larger than 10 bytes; expected a single document."),
        (b"four", Limits(characters=3), "has more than 3 characters of text; expected a single document."),
        (SOUND["PDF"], Limits(pages=1), "is a PDF of 2 pages; expected 1 at most."),
        (b"<p>a&lt;b&lt;c", Limits(pieces=2), f"has its text in more than 2 pieces; {PEOPLE}"),
        (b"x", Limits(seconds=0), f"takes more than 0 seconds to read; {PEOPLE}"),
        (
            b"x" * 9_000_000,
            Limits(memory_bytes=50_000_000),
            "needs more than 50,000,000 bytes of memory; expected a smaller document.",
        ),
        (WORD, Limits(unpacked_bytes=1000), f"{PART} unpacks to more than 1,000 bytes; expected a smaller one."),
    ],
)
def test_each_limit_gives_a_sentence(content: bytes, limits: Limits, said: str) -> None:
    assert outcome(content, limits) == f"The file {said}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0...", "is an old Office document (.doc, .xls)"),
        (b"{\\rtf1 ...", "is an RTF document"),
        (b"\x89PNG\r\n", "is an image (PNG)"),
        (b"\xff\xd8\xff\xe0", "is an image (JPEG)"),
        (b"GIF89a", "is an image (GIF)"),
        (b"<?xml version='1.0'?><a/>", "is XML, and not a page"),
        ("text".encode("utf-16"), "is text in UTF-16"),
    ],
)
def test_a_file_of_another_kind_is_named(content: bytes, said: str) -> None:
    with pytest.raises(ReadingError) as told:
        reading_of(content, None, Limits())
    assert str(told.value) == f"{said}; expected plain text, an EDGAR page or submission, a PDF or a .docx."


def test_the_child_is_told_nothing_and_can_write_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for readers")
    tells = (
        "import json, os; from pathlib import Path; from intake.readers.process import restrict\n"
        "from intake.readers.reading import *\n"
        "restrict(Limits())\n"
        f"try: Path({str(tmp_path / 'written')!r}).write_text('x'); wrote = 'wrote'\n"
        "except OSError as error: wrote = error.strerror\n"
        "print(json.dumps(Reading('text', wrote, None, (*os.environ,), (Piece(0, 0, 0),)).as_json()))\n"
    )
    monkeypatch.setattr(process, "command", lambda module: ("-B", "-c", tells))
    found = outcome(b"text")
    assert isinstance(found, Reading)
    assert found.text == "File too large"
    assert {*found.notes} <= {"LC_CTYPE"}


@pytest.mark.parametrize(("dies", "said"), [("os.abort()", "status -6"), ("sys.exit(3)", "status 3")])
def test_a_child_that_dies_is_told(monkeypatch: pytest.MonkeyPatch, dies: str, said: str) -> None:
    monkeypatch.setattr(process, "command", lambda module: ("-c", f"import os, sys; {dies}"))
    assert (
        outcome(b"text") == f"The file ended the program that reads it ({said}); expected a document that people wrote."
    )


@pytest.mark.slow
def test_a_child_that_waits_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "command", lambda module: ("-c", "import time; time.sleep(60)"))
    assert outcome(b"text", Limits(seconds=1)).startswith("The file takes more than 1 seconds")  # type: ignore[union-attr]


def test_what_a_file_says_of_itself_is_shown_on_one_line_and_obeyed_by_no_terminal() -> None:
    filed = submission_of(("EX-10.1\x1b[2J", "a"), ("EX-10.2\u202e", "b")).replace(" OF A MILL", "x" * 10_000)
    said = outcome(filed.encode())
    assert isinstance(said, str)
    assert said.isprintable()
    assert len(said) < 1_000
