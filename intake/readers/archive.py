"""Zip files, none of whose claims is believed: what is unpacked is counted as it comes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from intake.readers.reading import Limits, ReadingError

END = b"PK\x05\x06"
END_64 = b"PK\x06\x07"
END_SIZE = 22
LONGEST_COMMENT = 65_535
DIRECTORY_ENTRY = 1_000  # bytes that the listing of one member may take on average
FROM = 1_000_000  # bytes of a member above which its ratio counts
AT_ONCE = 1 << 20
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, struct.error)


def opened(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The zip in a file. Raises `ReadingError` where it is damaged or lists too much."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_SIZE - LONGEST_COMMENT - len(END_64) - 16))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise ReadingError("is a damaged zip; expected a whole one.")
    if tail[max(0, at - 20) :].startswith(END_64):
        raise ReadingError("is a zip of the kind for more than 4 GB; expected a smaller one.")
    (listing,) = struct.unpack_from("<I", tail, at + 12)
    if listing > limits.members * DIRECTORY_ENTRY:  # before it is read into memory
        raise ReadingError(f"is a zip whose listing is too long; expected {limits.members:,} members at most.")
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise ReadingError("is a damaged zip; expected a whole one.") from error
    if len(archive.infolist()) > limits.members:
        raise ReadingError(f"is a zip of {len(archive.infolist()):,} members; expected {limits.members:,} at most.")
    return archive


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int, limits: Limits) -> bytes:
    """The bytes of a member, `most` of them at most. Raises `ReadingError`."""
    if member.flag_bits & 1:
        raise ReadingError("is encrypted; expected a zip without a password.")
    _check(member.file_size, member, most, limits)  # what it claims, which costs nothing
    parts: list[bytes] = []
    count = 0
    try:
        with archive.open(member) as file:
            while part := file.read(AT_ONCE):
                parts.append(part)
                count += len(part)
                _check(count, member, most, limits)
    except ReadingError:
        raise
    except DAMAGE as error:
        raise ReadingError("is damaged within the zip; expected a whole file.") from error
    return b"".join(parts)


def _check(count: int, member: zipfile.ZipInfo, most: int, limits: Limits) -> None:
    if count > most:
        raise ReadingError(f"unpacks to more than {most:,} bytes; expected a smaller one.")
    if count > FROM and count > limits.ratio * max(1, member.compress_size):
        raise ReadingError(
            f"unpacks to more than {limits.ratio:,} times its size; expected a document that people wrote."
        )
