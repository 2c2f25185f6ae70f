"""`manage.py read_agreement`, as somebody uses it who has files of all kinds."""

from __future__ import annotations

import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from intake import example
from tests.unit.intake.filings import page_of, pdf_of, submission_of, word_of, zip_of

EXPECTED = "expected plain text, an EDGAR page or submission, a PDF or a .docx."
EXHIBIT = Path(example.__file__).parent / "exhibit-10-106.txt"


def test_each_file_gives_a_line_of_json_whose_places_lead_into_it(tmp_path: Path) -> None:
    old = tmp_path / "old.txt"
    old.write_bytes(EXHIBIT.read_text(encoding="utf-8").replace('"Lender"', "\u201cLender\u201d").encode("cp1252"))
    out = StringIO()
    call_command("read_agreement", EXHIBIT, old, stdout=out)
    drafts = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [draft["file"] for draft in drafts] == [str(EXHIBIT), str(old)]
    text = EXHIBIT.read_text(encoding="utf-8")
    for draft in drafts:
        [[start, end]] = draft["ends"][0]["spans"]
        assert (draft["ends"][0]["day"], text[start:end]) == ("2000-05-01", "until May 1, 2000")
    assert drafts[1]["parties"] == drafts[0]["parties"]


def test_a_folder_and_a_zip_of_every_kind_give_a_draft_each_and_the_texts(tmp_path: Path) -> None:
    folder, texts = tmp_path / "papers", tmp_path / "texts"
    folder.mkdir()
    text = EXHIBIT.read_text(encoding="utf-8")
    (folder / "1.htm").write_text(page_of(text))
    (folder / "2.txt").write_text(submission_of(("10-K", "..."), ("EX-10.106", text), ("EX-10.107", "...")))
    (folder / "3.zip").write_bytes(zip_of({"a.docx": word_of(text), "b.pdf": pdf_of(*text.split("\n\n   2\n"))}))
    out = StringIO()
    call_command("read_agreement", folder, exhibit="10.106", text=texts, stdout=out)
    drafts = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(draft["file"].removeprefix(f"{folder}/"), draft["read_as"], draft["document"]) for draft in drafts] == [
        ("1.htm", "page", None),
        ("2.txt", "submission", "EX-10.106"),
        ("3.zip/a.docx", "Word document", None),
        ("3.zip/b.pdf", "PDF", None),
    ]
    for draft in drafts:
        read = (texts / f"{draft['text_sha256']}.txt").read_bytes()
        assert hashlib.sha256(read).hexdigest() == draft["text_sha256"]
        [[start, end]] = draft["ends"][0]["spans"]
        assert (draft["ends"][0]["day"], read.decode()[start:end]) == ("2000-05-01", "until May 1, 2000")
    assert "The page hides 1 of its parts; they were not read." in drafts[0]["notes"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4 ...", "is a damaged PDF (Stream has ended unexpectedly); expected a whole one."),
        (b"PK\x03\x04...", "is a damaged zip; expected a whole one."),
        (b"\xd0\xcf\x11\xe0...", f"is an old Office document (.doc, .xls); {EXPECTED}"),
        (b"{\\rtf1 ...", f"is an RTF document; {EXPECTED}"),
        (b"\n<HTML><BODY>", "has no text."),
        (b"<SEC-DOCUMENT>0000", "is a submission without documents; expected <DOCUMENT> and <TEXT>, each on a line."),
        (b"abc\0def", "is not text: it has a NUL at byte 3."),
        (b" \n ", "is empty."),
        (b"a" * 25_000_001, "is larger than 25,000,000 bytes; expected a single document."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence_and_the_others_are_read(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "odd"
    if content is not None:
        path.write_bytes(content)
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match=r"1 of 2 could not be read\."):
        call_command("read_agreement", path, EXHIBIT, stdout=out, stderr=err)
    assert err.getvalue().strip() == f"{path} {said}"
    assert json.loads(out.getvalue())["exhibit"]["value"] == "10-106"
