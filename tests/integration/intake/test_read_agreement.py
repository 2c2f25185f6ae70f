"""`manage.py read_agreement`, as somebody uses it who has files of all kinds."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from intake import example

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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4 ...", "is a PDF; expected plain text."),
        (b"PK\x03\x04...", "is a zip, or a document that is one (.docx); expected plain text."),
        (b"\xd0\xcf\x11\xe0...", "is an old Office document (.doc); expected plain text."),
        (b"{\\rtf1 ...", "is an RTF document; expected plain text."),
        (b"\n<HTML><BODY>", "is a page or a submission with markup; expected the plain text of one document."),
        (b"<SEC-DOCUMENT>0000", "is a page or a submission with markup; expected the plain text of one document."),
        (b"abc\0def", "is not text: it has a NUL at byte 3."),
        (b" \n ", "is empty."),
        (b"a" * 10_000_001, "is larger than 10,000,000 bytes; expected the text of one document."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_what_is_not_plain_text_is_told_in_a_sentence_and_the_others_are_read(
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
