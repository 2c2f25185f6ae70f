"""Folders and zips of documents: each file in its order, each problem in its place, nothing from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from intake.readers.bundle import members
from intake.readers.file import read_file
from intake.readers.reading import Limits, ReadingError
from tests.unit.intake.filings import pdf_of, word_of, zip_of


def found(*paths: Path, limits: Limits | None = None) -> dict[str, bytes | str]:
    """Name -> bytes or the sentence, in the order in which they came."""
    return {
        member.name: str(member.content) if isinstance(member.content, ReadingError) else member.content
        for member in members(paths, limits)
    }


def test_a_folder_gives_its_files_by_name_and_none_that_is_hidden_or_outside(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    folder = tmp_path / "papers"
    (folder / "b").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("b/2.txt", "a.txt", ".hidden", ".git/config", "b/1\n.txt"):
        (folder / name).write_text(name)
    (folder / "c.txt").symlink_to("a.txt")
    (folder / "d.txt").symlink_to("../outside.txt")
    (folder / "e").symlink_to(tmp_path)
    (folder / "f.txt").symlink_to("f.txt")
    assert found(folder) == {
        f"{folder}/a.txt": b"a.txt",
        f"{folder}/c.txt": b"a.txt",
        f"{folder}/f.txt": f"{folder}/f.txt cannot be read: Too many levels of symbolic links.",
        f"{folder}/b/1\n.txt": b"b/1\n.txt",
        f"{folder}/b/2.txt": b"b/2.txt",
    }


def test_what_is_no_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "z.txt").write_text("z")
    none = tmp_path.parent / "none"
    assert found(tmp_path, none) == {
        f"{tmp_path}/pipe": f"{tmp_path}/pipe is no ordinary file; expected one.",
        f"{tmp_path}/z.txt": b"z",
        str(none): f"{none} cannot be read: No such file or directory.",
    }


def test_a_zip_gives_its_documents_under_labels_only(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    word = word_of("AGREEMENT")
    inside = {
        "../../up.txt": b"up",
        "/root.txt": b"root",
        "b/.hidden": b"",
        "a.docx": word,
        "c/": b"",
        "d.zip": zip_of({}),
    }
    path.write_bytes(zip_of(inside))
    given = found(path)
    assert given == {f"{path}/{name}": inside[name] for name in ("../../up.txt", "/root.txt", "a.docx", "d.zip")}
    assert [one.name for one in tmp_path.iterdir()] == ["papers.zip"]
    assert read_file(word, name="x").kind == "Word document"
    with pytest.raises(ReadingError, match=r"^d\.zip is a zip, and no Word document; expected plain text"):
        read_file(zip_of({"a": b"b"}), name="d.zip")


def test_a_word_document_is_one_file_though_it_is_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "letter.zip"
    path.write_bytes(word_of("AGREEMENT"))
    assert found(path) == {str(path): path.read_bytes()}


def test_a_member_that_cannot_be_had_is_told_and_the_others_come(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    inside = {"1.txt": b"one", "2.txt": bytes(5_000_000), "3.txt": os.urandom(2_000), "4.txt": b"", "5.txt": b"five"}
    content = bytearray(zip_of({**inside, "4.txt": os.urandom(1_000)}))
    content[content.index(b"4.txt") + 500] ^= 1
    listing = content.index(b"PK\x01\x02")
    content[content.index(b"5.txt", listing) - 46 + 8] |= 1  # the mark of an encrypted member
    path.write_bytes(content)
    given = found(path, limits=Limits(file_bytes=1_500))
    assert given == {
        f"{path}/1.txt": b"one",
        f"{path}/2.txt": f"{path}/2.txt unpacks to more than 1,500 bytes; expected a smaller one.",
        f"{path}/3.txt": f"{path}/3.txt unpacks to more than 1,500 bytes; expected a smaller one.",
        f"{path}/4.txt": f"{path}/4.txt is damaged within the zip; expected a whole file.",
        f"{path}/5.txt": f"{path}/5.txt is encrypted; expected a zip without a password.",
    }
    assert "to more than 200 times its size" in str(found(path)[f"{path}/2.txt"])


@pytest.mark.parametrize("name", ["[Content_Types].xml", "mimetype"])
def test_a_workbook_is_one_file_and_not_a_folder_of_parts(tmp_path: Path, name: str) -> None:
    path = tmp_path / "book"
    path.write_bytes(zip_of({name: b"", "xl/workbook.xml": b"<?xml version='1.0'?>"}))
    [(only, content)] = found(path).items()
    assert only == str(path)
    assert isinstance(content, bytes)
    with pytest.raises(ReadingError, match=r"^The file is a zip, and no Word document; expected plain text"):
        read_file(content)


def test_a_listing_is_not_believed_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    content = zip_of({"a": b"b"})
    end = content.index(b"PK\x05\x06")
    path.write_bytes(content[: end + 12] + (2**31).to_bytes(4, "little") + content[end + 16 :])
    assert found(path) == {str(path): f"{path} is a zip whose listing is too long; expected 10,000 members at most."}
    path.write_bytes(content[:end] + b"PK\x06\x07" + bytes(16) + content[end:])
    assert found(path) == {str(path): f"{path} is a zip of the kind for more than 4 GB; expected a smaller one."}
    path.write_bytes(content[: end + 10])
    assert found(path) == {str(path): f"{path} is a damaged zip; expected a whole one."}


def test_a_bundle_has_limits(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    path.write_bytes(zip_of(dict.fromkeys("abc", b"1234")))
    assert found(path, limits=Limits(members=2)) == {str(path): f"{path} is a zip of 3 members; expected 2 at most."}
    assert found(path, limits=Limits(bundle_bytes=6)) == {
        f"{path}/a": b"1234",
        str(path): f"{path} unpacks to more than 6 bytes; the rest of it was not read.",
    }
    path.write_bytes(path.read_bytes()[:-30])
    assert found(path) == {str(path): f"{path} is a damaged zip; expected a whole one."}
    path.unlink()
    for name in "abc":
        (tmp_path / name).write_bytes(pdf_of("x"))
    assert list(found(tmp_path, limits=Limits(members=2)).items())[2:] == [
        (str(tmp_path), f"{tmp_path} has more than 2 files; the rest of them was not read.")
    ]
