"""Builds a pack, file by file, in a folder of its own: whoever goes on after a crash begins with what is missing."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.db.models.expressions import RawSQL

from agreements.models import LoanDocument
from alerts.models import Act
from audit.exports import Listing, lines_of
from audit.models import Link
from audit.row_text import row_text
from audit.seals import private_key, public_key_of
from waivers.models import Pack
from waivers.packs import chronology, verify
from waivers.packs.subject import Subject, subject_of
from waivers.packs.tables import alerts_of, tables

FORMAT = "standstill/pack/1"
AT_ONCE = 2000
MOST_CELL = 32_767  # characters that a workbook's cell takes
MOST_SHEET_ROWS = 1_048_576  # the last row that a workbook has
README = """{title}
{line}

Everything that the register has about it as of {as_of}, as it knew it at {known_at}.
Made for {owner}, {asked_at}.

  chronology.txt        what happened, day by day, with the record that says so
  tables/*.csv          the register: waivers, scopes, triggers, payments, acts, default lines by date,
                        alerts with what became of each, and the full history, field by field
  tables.xlsx           the same tables as one workbook
  documents/            the papers themselves, as they were kept; tables/papers.csv tells which is which
  certificate.pdf/.json the position certificate {certificate}
  history.jsonl         the history as the chain holds it: a line a row; history-links.txt: link and salt of each line
  chain.txt             every link of the register's chain up to the seal: its moment and its digest
  seal.json             the seal: the number of links and the hash of the last of them, signed
  manifest.json, .sig   the SHA-256 of each file, and the signature of that list
  verify.py             checks all of it: python3 verify.py

Dates are YYYY-MM-DD; moments are in UTC unless they say otherwise. In CSV, a text that a spreadsheet would take for a
formula has an apostrophe before it.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the pack: its name in it, what is being done, and how it is written to a path."""

    name: str
    said: str
    write: Callable[[Path], None]


def folder_of(pack: Pack) -> Path:
    """Where a pack is built."""
    return Path(settings.VAR) / "packs" / str(pack.pk)


def build(pack: Pack, tell: Callable[[int, int, str], None]) -> Path:
    """Build what is missing of a pack and put it into one zip; return its path. `tell`: how far it is, of how many.

    The files are a function of the pack's date, moment and seal, so that it does not matter who built which of them;
    but for what became of alerts, which is told as it stood when its table was written.
    """
    folder = folder_of(pack)
    folder.mkdir(parents=True, exist_ok=True)
    with subject_of(pack) as subject:
        steps = list(_steps(subject))
        for number, step in enumerate(steps):
            tell(number, len(steps) + 1, step.said)
            _write_once(folder / "pack" / step.name, step.write, pack.lease)
    tell(len(steps), len(steps) + 1, "putting it together")
    _sign(pack, folder / "pack", [step.name for step in steps])
    return _zipped(pack, folder)


def _write_once(path: Path, write: Callable[[Path], None], whose: str) -> None:
    """Beside its place, under a name of one's own: whoever was overtaken writes into nobody else's file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.parent / f".{whose}.part"
        write(beside)
        beside.replace(path)


def _steps(subject: Subject) -> Iterator[Step]:
    for listing in tables(subject):
        said = f"writing {listing.name.replace('-', ' ')}"
        yield Step(f"tables/{listing.name}.csv", said, partial(_csv, listing=listing, subject=subject))
    yield Step("tables.xlsx", "writing the workbook", lambda path: _workbook(path, subject))
    yield Step("chronology.txt", "writing the chronology", lambda path: _text(path, chronology.text(subject)))
    for paper in _documents(subject):
        name = f"documents/{document_name(paper)}"
        yield Step(name, f"copying {paper.title}", partial(_copy, paper=paper))
    certificate = subject.pack.certificate
    if certificate is not None:
        yield Step("certificate.json", "copying the certificate", lambda path: _text(path, certificate.content))
        yield Step("certificate.pdf", "copying the certificate", lambda path: _copy_file(path, certificate.pdf))
    yield Step("history.jsonl", "copying the history", lambda path: _history(path, subject))
    yield Step("history-links.txt", "copying the history", lambda path: _places(path, subject))
    yield Step("chain.txt", "copying the chain", lambda path: _chain(path, subject.pack))
    yield Step("seal.json", "copying the seal", lambda path: _text(path, subject.pack.seal))
    yield Step("verify.py", "adding what verifies it", _verifier)
    yield Step("README.txt", "writing what is in it", lambda path: _text(path, _readme(subject)))


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _verifier(path: Path) -> None:
    shutil.copyfile(verify.__file__, path)


def _readme(subject: Subject) -> str:
    pack = subject.pack
    title = f"Counsel's pack: {chronology.subject_name(subject)}"
    return README.format(
        title=title,
        line="=" * len(title),
        as_of=chronology.spoken(pack.as_of),
        known_at=chronology.moment(pack.known_at),
        owner=pack.owner,
        asked_at=chronology.moment(pack.asked_at),
        certificate=pack.certificate.ref if pack.certificate else "(none: the register did not know the borrower then)",
    )


# Tables


def _head(listing: Listing, subject: Subject) -> list[tuple[Any, ...]]:
    pack = subject.pack
    return [
        ("export", listing.name.replace("-", " ")),
        ("about", chronology.subject_name(subject)),
        ("as of", pack.as_of),
        ("known at", pack.known_at.astimezone(UTC)),
        ("made at", pack.asked_at.astimezone(UTC)),
    ]


def _csv(path: Path, listing: Listing, subject: Subject) -> None:
    with path.open("wb") as file:
        for block, _ in lines_of(listing, _head(listing, subject)):
            file.write(block)


def _workbook(path: Path, subject: Subject) -> None:
    """A sheet a table, of typed cells: dates are dates, amounts are numbers, and text is never a formula."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": subject.pack.asked_at.astimezone(UTC).replace(tzinfo=None)})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "date": book.add_format({"num_format": "d mmmm yyyy", "align": "left"}),
            "moment": book.add_format({"num_format": 'd mmmm yyyy hh:mm:ss "UTC"', "align": "left"}),
            "amount": book.add_format({"num_format": "#,##0.00"}),
        }
        for listing in tables(subject):
            sheet = book.add_worksheet(listing.name[:31])
            sheet.freeze_panes(1, 1)
            for column, name in enumerate(listing.columns):
                sheet.write_string(0, column, name, formats["head"])
                sheet.set_column(column, column, max(12, min(len(name) + 4, 28)))
            for number, row in enumerate(listing.rows, 1):
                if number == MOST_SHEET_ROWS - 1:
                    sheet.write_string(number, 0, "There is more: the CSV file has all of it.")
                    break
                for column, value in enumerate(row):
                    _cell(sheet, number, column, value, formats)


def _cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case Decimal():
            sheet.write_number(row, column, float(value), formats["amount"])
        case int():
            sheet.write_number(row, column, value)
        case datetime():
            sheet.write_datetime(row, column, value.astimezone(UTC), formats["moment"])
        case date() if value.year < 1900:  # a workbook has no such days
            sheet.write_string(row, column, value.isoformat())
        case date():
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), formats["date"])  # noqa: DTZ001
        case _:
            text = str(value).replace("\x00", "")
            cut = text if len(text) <= MOST_CELL else f"{text[: MOST_CELL - 40]} [cut: the CSV file has all of it]"
            sheet.write_string(row, column, cut)


# Documents


def _documents(subject: Subject) -> Iterator[LoanDocument]:
    """The papers whose files were kept, each file by the version that the register knew."""
    for debt in subject.instruments:
        for row in debt.papers:
            if row.file and not row.recorded_in_error:
                yield row


def document_name(paper: Any) -> str:
    """A name that any system takes and no other paper has: its ref, its number, the ending of the file as it came."""
    ending = PurePosixPath(paper.file_name or "").suffix
    return f"{paper.ref.replace(':', '_')}-{paper.id}{ending if ending[1:].isalnum() and len(ending) < 9 else '.bin'}"


def _copy(path: Path, paper: Any) -> None:
    storage = LoanDocument._meta.get_field("file").storage
    with storage.open(str(paper.file), "rb") as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


def _copy_file(path: Path, stored: Any) -> None:
    with stored.storage.open(stored.name, "rb") as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


# History and chain


def _rows_of_the_chain(subject: Subject) -> list[tuple[int, str, str]]:
    """Each kept row about the subject, by its link: the salt and the text of which the digest is made."""
    known_at = subject.pack.known_at
    sources = [
        (part.model._meta.label_lower, part.rows().filter(history_date__lte=known_at)) for part in subject.parts()
    ]
    acts = Act.objects.filter(alert__in=alerts_of(subject), at__lte=known_at)
    sources.append((Act._meta.label_lower, acts.order_by()))
    found: list[tuple[int, str, str]] = []
    for kind, rows in sources:
        table = connection.ops.quote_name(rows.model._meta.db_table)
        text = row_text(rows.model, kind, connection.vendor, table).replace("%", "%%")
        texts = dict(rows.annotate(chain_text=RawSQL(text, ())).values_list("pk", "chain_text"))  # noqa: S611
        keys = sorted(texts)
        for start in range(0, len(keys), AT_ONCE // 4):
            links = Link.objects.filter(kind=kind, row__in=keys[start : start + AT_ONCE // 4])
            for number, row, salt in links.filter(number__lte=subject.pack.links).values_list("number", "row", "salt"):
                found.append((number, salt, texts[row]))
    return sorted(set(found))


def _history(path: Path, subject: Subject) -> None:
    _text(path, "".join(f"{text}\n" for _, _, text in _rows_of_the_chain(subject)))


def _places(path: Path, subject: Subject) -> None:
    _text(path, "".join(f"{number} {salt}\n" for number, salt, _ in _rows_of_the_chain(subject)))


def _chain(path: Path, pack: Pack) -> None:
    links = Link.objects.filter(number__lte=pack.links).order_by("number").values_list("at", "digest")
    with path.open("w", encoding="ascii", newline="\n") as file:
        for at, digest in links.iterator(AT_ONCE):
            file.write(f"{at} {digest}\n")


# The whole


def _sign(pack: Pack, folder: Path, names: list[str]) -> None:
    """The manifest of what is in the folder, and its signature, if the register has a key."""
    manifest = {
        "format": FORMAT,
        "number": pack.pk,
        "about": {"borrower": pack.party.ref, "waiver": pack.waiver.ref if pack.waiver else None},
        "as_of": pack.as_of.isoformat(),
        "known_at": pack.known_at.astimezone(UTC).isoformat(),
        "made_at": pack.asked_at.astimezone(UTC).isoformat(),
        "made_for": pack.owner.get_username(),
        "public_key": public_key_of(private_key()) if settings.SEAL_KEY else "",
        "files": [
            {"name": name, "size": (folder / name).stat().st_size, "sha256": verify.hash_of(folder / name)}
            for name in sorted(names)
        ],
    }
    raw = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
    (folder / "manifest.json").write_bytes(raw)
    if manifest["public_key"]:
        (folder / "manifest.sig").write_text(private_key().sign(raw).hex() + "\n")


def _zipped(pack: Pack, folder: Path) -> Path:
    path, inside = folder / f"{pack.lease}.zip", folder / "pack"
    moment = pack.asked_at.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in sorted(inside.rglob("*")):
            if file.is_file() and file.suffix != ".part":
                entry = zipfile.ZipInfo(f"{pack.name}/{file.relative_to(inside).as_posix()}", moment)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with file.open("rb") as source, whole.open(entry, "w") as target:
                    shutil.copyfileobj(source, target)
    return path
