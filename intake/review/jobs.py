"""Reading what came in: one file at a time, by whoever holds the lease, whatever is killed."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet

from audit.signing import Signature
from intake.models import Incoming
from intake.operations import LONGEST_NAME, receive
from intake.readers.bundle import Member, members
from intake.readers.file import read_file
from intake.readers.reading import ReadingError
from intake.review.drafting import draft_of

LEASE = timedelta(minutes=2)  # a document takes 80 seconds at most, and a zip takes a new lease for each
MOST_TRIES = 3
LONGEST_NUMBER = 5  # of a page
NOT_AS_IT_CAME = "The file that is kept is not the one that came in: its SHA-256 is another. Bring it in again."
TOO_OFTEN = "It was begun three times, and its reading never came to its end."

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)


class LostLeaseError(RuntimeError):
    """Somebody else reads this document by now."""


def read_what_waits(clock: Clock, until: datetime | None = None) -> int:
    """Read what waits, and what was left lying, or begin no more `until`; return how many files came to their end."""
    finished = 0
    while (until is None or clock() < until) and (incoming := claim(clock())) is not None:
        finished += _read(incoming, clock)
    return finished


def claim(now: datetime) -> Incoming | None:
    """Take the oldest file that nobody is reading; None if there is none."""
    waiting = Incoming.objects.all().to_read(now)
    for number in waiting.order_by("id").values_list("pk", flat=True)[:20]:
        mine = waiting.filter(pk=number).update(
            state=Incoming.State.READING, lease=uuid4().hex, lease_expires_at=now + LEASE, tries=F("tries") + 1
        )
        if mine:
            return Incoming.objects.select_related("by", "desk").get(pk=number)
    return None


def _read(incoming: Incoming, clock: Clock) -> bool:
    if incoming.tries > MOST_TRIES:
        return _end(incoming, state=Incoming.State.REFUSED, fault=TOO_OFTEN)
    path = Path(incoming.file.path)
    unpacked = False
    try:
        for member in members([path]):
            if member.name == str(path) and not unpacked:
                return _read_document(incoming, member)
            unpacked = True
            _receive(incoming, member, path, clock())
        return _end(incoming, state=Incoming.State.READ, kind="zip")
    except LostLeaseError:
        return False
    except Exception:
        # It is tried again when the lease is over, and told after the third time; the others do not wait for it.
        log.exception("Incoming %s could not be read", incoming.pk)
        return False


def _read_document(incoming: Incoming, member: Member) -> bool:
    if isinstance(member.content, ReadingError):
        return _end(incoming, state=Incoming.State.REFUSED, fault=_said(member.content, member.name, incoming.name))
    if hashlib.sha256(member.content).hexdigest() != incoming.sha256:
        return _end(incoming, state=Incoming.State.REFUSED, fault=NOT_AS_IT_CAME)
    try:
        reading = read_file(member.content, name=incoming.name, exhibit=incoming.exhibit or None)
        draft = draft_of(reading.text)
    except ReadingError as error:
        return _end(incoming, state=Incoming.State.REFUSED, fault=str(error)[:2000])
    return _end(
        incoming,
        state=Incoming.State.READ,
        kind=reading.kind,
        notes=list(reading.notes),
        text=reading.text,
        places=[list(piece) for piece in reading.pieces],
        words_sha256=words_print(reading.text),
        draft=draft,
    )


def _said(error: ReadingError, path: str, name: str) -> str:
    """A sentence about a file, by the name that it came under."""
    return str(error).replace(path, name)[:2000]


def words_print(text: str) -> str:
    """The SHA-256 of a text's words alone, so that line breaks, page marks and typography make no difference."""
    lines = (line.strip(" \t-") for line in text.lower().splitlines())
    kept = "\n".join(
        line for line in lines if line != "<page>" and not (line.isdecimal() and len(line) < LONGEST_NUMBER)
    )
    return hashlib.sha256(" ".join(re.findall(r"[^\W_]+", kept)).encode()).hexdigest()


def _receive(zipped: Incoming, member: Member, path: Path, now: datetime) -> None:
    """A document of a zip, as one that came in by itself; read once, however often the zip is gone through."""
    name = member.name.removeprefix(f"{path}/") if member.name != str(path) else zipped.name
    name = name[-LONGEST_NAME:]
    by = Signature(zipped.received_at, zipped.by.get_username(), zipped.by.role, zipped.by.pk)
    if not _mine(zipped).update(lease_expires_at=now + LEASE):
        raise LostLeaseError
    before = zipped.documents.filter(name=name)
    if isinstance(member.content, ReadingError):
        if not before.exists():
            _refuse(zipped, name, _said(member.content, str(path), zipped.name))
    elif not before.filter(sha256=hashlib.sha256(member.content).hexdigest()).exists():
        try:
            receive(
                name=name,
                data=member.content,
                desk=zipped.desk,
                owner=zipped.by,
                by=by,
                exhibit=zipped.exhibit,
                parent=zipped,
            )
        except ValidationError as error:
            _refuse(zipped, name, " ".join(error.messages))


def _refuse(zipped: Incoming, name: str, fault: str) -> None:
    """Keep that a zip has a document that cannot be had."""
    Incoming.objects.create(
        desk=zipped.desk,
        by=zipped.by,
        received_at=zipped.received_at,
        parent=zipped,
        name=name,
        file=zipped.file.name,
        size=0,
        sha256=zipped.sha256,
        state=Incoming.State.REFUSED,
        fault=fault[:2000],
    )


def _mine(incoming: Incoming) -> QuerySet[Incoming]:
    return Incoming.objects.filter(pk=incoming.pk, lease=incoming.lease, state=Incoming.State.READING)


def _end(incoming: Incoming, **values: object) -> bool:
    """Say how it came out, unless somebody else holds it by now; of what repeats it too, if it cannot be read."""
    ended = bool(_mine(incoming).update(lease="", lease_expires_at=None, **values))
    if ended and values["state"] == Incoming.State.REFUSED:
        incoming.repeats.update(state=Incoming.State.REFUSED, same_as=None, fault=values["fault"])
    return ended
