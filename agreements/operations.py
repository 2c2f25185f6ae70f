"""Writes of parties, instruments and their papers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction

from agreements.models import Instrument, LoanDocument
from audit.signing import Signature, signed

LARGEST_FILE = 25 * 1024 * 1024
MOST_WORDS = 200_000  # characters; PostgreSQL indexes no more than a megabyte of a text


def join_groups(instrument_ids: Iterable[int]) -> int:
    """Put instruments that can reach each other into one group, with all that is in theirs; return its number.

    Groups only ever grow: a group that is wider than need be costs time, not truth (docs/decisions/0004-groups.md).
    """
    ids = set(instrument_ids)
    together = Instrument.objects.filter(id__in=ids)
    groups = set(together.values_list("group", flat=True)) - {0}
    number = min(groups | ids)
    Instrument.objects.filter(group__in=groups).regroup(number)
    together.regroup(number)
    return number


def check_size(name: str, size: int) -> None:
    """Raise `ValidationError` with a sentence unless a file of this size is kept."""
    if size == 0:
        raise ValidationError(f"The file {PurePath(name).name} is empty.")
    if size > LARGEST_FILE:
        raise ValidationError(f"The file is {size / 2**20:,.0f} MB; at most {LARGEST_FILE / 2**20:,.0f} MB are kept.")


def attach_file(*, document: LoanDocument, name: str, data: bytes, by: Signature, reason: str) -> None:
    """Keep a paper's file with its SHA-256, under a name of our own. Raises `ValidationError` with a sentence."""
    name_file(document, name=name, data=data, words=_words_of(data))
    with transaction.atomic(), signed(by, reason):
        keep_file(document, data)
        document.save()


def name_file(document: LoanDocument, *, name: str, data: bytes, words: str = "") -> None:
    """Say of a paper which file it has, without writing either. `words`: what the file says, for the search.

    Raises `ValidationError` with a sentence.
    """
    check_size(name, len(data))
    document.sha256 = hashlib.sha256(data).hexdigest()
    document.file_name = PurePath(name).name[:200]
    document.words = words[:MOST_WORDS]
    document.file.name = f"documents/{document.sha256}.bin"


def keep_file(document: LoanDocument, data: bytes) -> None:
    """Write the file of a paper, as `name_file` named it. A file is named by what it holds, so it is written once."""
    storage, name = document.file.storage, str(document.file.name)
    if not storage.exists(name):
        storage.save(name, ContentFile(data))


def _words_of(data: bytes) -> str:
    """What a file says, as far as it is plain text: for the search. Other files are found by their titles only."""
    if b"\x00" in data:
        return ""
    try:
        return data.decode()[:MOST_WORDS]
    except UnicodeDecodeError:
        return ""


def index_words() -> int:
    """Read the words of kept files that were not read yet; return of how many papers. An index, so without history."""
    unread = LoanDocument.objects.filter(words="").exclude(file="")
    read = 0
    for paper in unread.iterator(chunk_size=100):
        with paper.file.open("rb") as file:
            words = _words_of(file.read())
        read += models.QuerySet(LoanDocument).filter(pk=paper.pk).update(words=words) if words else 0
    return read
