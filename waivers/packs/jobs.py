"""Asking for a pack, and building what was asked for: one at a time, by whoever holds the lease, whatever is killed."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import localtime

from agreements.models import Instrument, Party
from alerts.letters import Letter, spoken
from alerts.operations import put
from alerts.recipients import Told
from audit.chain import head
from audit.models import User
from audit.seals import SealError, SealFile, make_seal
from audit.signing import Signature
from waivers.models import Pack, Waiver
from waivers.operations import issue_certificate
from waivers.packs.build import build, folder_of
from waivers.packs.verify import hash_of
from waivers.papers.certificate import NothingKnownError
from waivers.papers.render import PaperTooLargeError

LEASE = timedelta(minutes=10)
MOST_TRIES = 3

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)


class LostLeaseError(RuntimeError):
    """Somebody else builds this pack by now."""


def order_pack(
    *, party: Party, waiver: Waiver | None, as_of: date, known_at: datetime, by: Signature, owner: User
) -> Pack:
    """Ask for a pack about a borrower, or about one waiver of it, of what its owner may see.

    It comes with a position certificate, unless the register knew of no such borrower then, or it would be too long.
    """
    debts = Instrument.objects.visible_to(owner)
    if waiver is None:
        refs = debts.of_obligors(Party.objects.filter(pk=party.pk)).values_list("ref", flat=True)
    else:
        named = Instrument.objects.filter(Q(pk=waiver.instrument_id) | Q(in_scope_of__waiver=waiver)).values("pk")
        refs = debts.filter(pk__in=named).values_list("ref", flat=True)
    with transaction.atomic():
        certificate = None
        try:
            with transaction.atomic():
                certificate = issue_certificate(party=party, as_of=as_of, known_at=known_at, by=by, owner=owner)
        except (NothingKnownError, PaperTooLargeError) as error:
            log.info("A pack without a certificate: %s", error)
        seal = _seal(by.at)
        return Pack.objects.create(
            owner=owner,
            party=party,
            waiver=waiver,
            instruments=sorted(set(refs)),
            as_of=as_of,
            known_at=known_at,
            asked_at=by.at,
            certificate=certificate,
            seal=seal.text(),
            links=seal.links,
        )


def _seal(at: datetime) -> SealFile:
    """The seal of the chain as it is; without a signature where the register has no key."""
    try:
        return make_seal(at)
    except SealError:
        last = head()
        return SealFile(at.isoformat(), last.number, last.hash, "", "")


def work_on_packs(clock: Clock) -> int:
    """Build what waits, and what was left lying; return how many packs were finished."""
    finished = 0
    while (pack := claim(clock())) is not None:
        finished += _work_on(pack, clock)
    return finished


def claim(now: datetime) -> Pack | None:
    """Take the oldest pack that nobody is building; None if there is none."""
    waiting = Pack.objects.filter(Q(state=Pack.State.WAITING) | Q(state=Pack.State.WORKING, lease_expires_at__lt=now))
    for number in waiting.order_by("id").values_list("pk", flat=True)[:20]:
        lease = uuid4().hex
        mine = waiting.filter(pk=number).update(
            state=Pack.State.WORKING, lease=lease, lease_expires_at=now + LEASE, tries=F("tries") + 1
        )
        if mine:
            return Pack.objects.select_related("owner", "party", "waiver", "certificate").get(pk=number)
    return None


def _work_on(pack: Pack, clock: Clock) -> bool:
    if pack.tries > MOST_TRIES:
        _fail(pack, "It was begun three times, and never came to its end.", clock())
        return False
    try:
        path = build(pack, lambda done, steps, said: _tell(pack, done, steps, said, clock()))
        _finish(pack, path, clock())
    except LostLeaseError:
        return False
    except Exception as error:
        log.exception("Pack %s could not be built", pack.pk)
        pack.refresh_from_db(fields=["tries"])
        if pack.tries >= MOST_TRIES:
            _fail(pack, f"{type(error).__name__}: {error}"[:500], clock())
        else:
            _mine(pack).update(lease_expires_at=clock() + timedelta(minutes=pack.tries), doing="waiting to try again")
        return False
    shutil.rmtree(folder_of(pack), ignore_errors=True)
    return True


def _mine(pack: Pack) -> QuerySet[Pack]:
    return Pack.objects.filter(pk=pack.pk, lease=pack.lease, state=Pack.State.WORKING)


def _tell(pack: Pack, done: int, steps: int, said: str, now: datetime) -> None:
    """Say how far it is, and go on holding it. Whoever comes further than anybody before begins to count tries anew."""
    further = {"tries": 1} if done > pack.done else {}
    held = {"done": done, "steps": steps, "doing": said[:600], "lease_expires_at": now + LEASE}
    if not _mine(pack).update(**held, **further):
        raise LostLeaseError


def _finish(pack: Pack, path: Path, now: datetime) -> None:
    """Keep the file, mark the pack done and announce it, in one transaction."""
    digest, size = hash_of(path), path.stat().st_size
    with path.open("rb") as file:
        name = pack.file.storage.save(f"packs/{digest}.zip", File(file))
    with transaction.atomic():
        ended = {"lease": "", "lease_expires_at": None, "doing": "", "finished_at": now}
        done = _mine(pack).update(
            state=Pack.State.DONE, done=F("steps"), file=name, size=size, sha256=digest, fault="", **ended
        )
        if not done:
            raise LostLeaseError
        _announce(pack, f"Pack {pack.pk} is ready", f"It has {size:,} bytes; its SHA-256 is {digest}.", now)


def _fail(pack: Pack, fault: str, now: datetime) -> None:
    shutil.rmtree(folder_of(pack), ignore_errors=True)
    with transaction.atomic():
        if _mine(pack).update(state=Pack.State.FAILED, fault=fault, lease="", lease_expires_at=None, finished_at=now):
            _announce(
                pack, f"Pack {pack.pk} could not be made", "Ask for it again, and tell who keeps the register.", now
            )


def _announce(pack: Pack, heading: str, what: str, now: datetime) -> None:
    """Tell its owner, as alerts are told."""
    today = localtime(now).date()
    letter = Letter(
        about=f"pack:{pack.pk}",
        kind="pack",
        version=str(pack.pk),
        contractual_date=today,
        reading="",
        due=today,
        heading=heading,
        what=what,
        why=(f"You asked for it on {spoken(localtime(pack.asked_at).date())}.",),
        sources=(f"pack {pack.pk}",),
        todo="Take it, and verify it with the verify.py that lies in it.",
        path=f"/packs/{pack.pk}/",
    )
    put([Told(letter, now, pack.owner)], raised_for=today, at=now)
