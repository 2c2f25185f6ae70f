"""The files of folders and zips, one after the other."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from intake.readers.archive import opened, unpacked
from intake.readers.file import content_of, shown
from intake.readers.kinds import ZIP
from intake.readers.reading import Limits, ReadingError
from intake.readers.word import DOCUMENT

PACKAGE = {DOCUMENT, "[Content_Types].xml", "mimetype"}  # a zip that has one of these is one document


@dataclass(frozen=True, slots=True)
class Member:
    """A file: its name, which is a label and never a path to write to, and its bytes or why there are none."""

    name: str
    content: bytes | ReadingError


def members(paths: Iterable[Path], limits: Limits | None = None) -> Iterator[Member]:
    """What the paths name: a file itself, the files of a folder and those below it, the files in a zip; by name.

    Left out: hidden files, and links that lead out of their folder. What cannot be had is told in its place (a
    sentence that begins with the name), and the others still come.
    """
    limits = limits or Limits()
    for path in paths:
        if path.is_dir():
            yield from _of_folder(path, limits)
        else:
            yield from _of_file(path, str(path), limits)


def _of_folder(folder: Path, limits: Limits) -> Iterator[Member]:
    inside = os.path.realpath(folder)
    count = 0
    closed: list[OSError] = []
    for here, below, names in os.walk(folder, onerror=closed.append):  # which follows no link to a folder
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            if name.startswith(".") or not Path(os.path.realpath(path)).is_relative_to(inside):
                continue
            count += 1
            if count > limits.members:
                said = f"has more than {limits.members:,} files; the rest of them was not read."
                yield _problem(str(folder), ReadingError(said))
                return
            yield from _of_file(path, str(path), limits)
    for error in closed:
        yield _problem(str(error.filename), ReadingError(f"cannot be listed: {error.strerror}."))


def _of_file(path: Path, name: str, limits: Limits) -> Iterator[Member]:
    try:
        if not path.is_file() or not _is_zip(path):
            yield Member(name, content_of(path, limits))
            return
        with path.open("rb") as file, opened(file, limits) as archive:
            if PACKAGE & {*archive.namelist()}:
                yield Member(name, content_of(path, limits))
            else:
                yield from _of_zip(archive, name, limits)
    except OSError as error:
        yield _problem(name, ReadingError(f"cannot be read: {error.strerror}."))
    except ReadingError as error:
        yield _problem(name, error)


def _of_zip(archive: zipfile.ZipFile, name: str, limits: Limits) -> Iterator[Member]:
    left = limits.bundle_bytes
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        if info.is_dir() or any(part.startswith(".") and part.strip(".") for part in info.filename.split("/")):
            continue
        cost = min(info.file_size, limits.file_bytes)  # a member gives no more than it claims
        if cost > left:
            said = f"unpacks to more than {limits.bundle_bytes:,} bytes; the rest of it was not read."
            yield _problem(name, ReadingError(said))
            return
        left -= cost
        label = f"{name}/{info.filename}"
        try:
            yield Member(label, unpacked(archive, info, limits.file_bytes, limits))
        except ReadingError as error:
            yield _problem(label, error)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in ZIP


def _problem(name: str, error: ReadingError) -> Member:
    return Member(name, ReadingError(f"{shown(name)} {error}"))
