"""`manage.py bring_agreements PATH ... --by USER`: bring files, folders and zips in, to be read and reviewed."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from agreements.models import Desk
from audit.models import User
from audit.permissions import NotAllowedError, Permission, check_may
from audit.signing import sign
from intake.forms import open_desks
from intake.models import Incoming
from intake.operations import receive
from intake.readers.bundle import members
from intake.readers.reading import ReadingError
from intake.review.jobs import read_what_waits
from intake.tasks import wake_the_reader

LOOK_EVERY = 0.5  # seconds
LONGEST_WAIT = 180  # seconds without progress: a document takes 80 at most


class Command(BaseCommand):
    help = (
        "Bring documents in, each to be read by a worker and then reviewed by a person; what is here already is"
        " recognised by its content. Files, folders and zips."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="none: only read what waits, --here")
        parser.add_argument("--by", metavar="USER", help="who brings them in")
        parser.add_argument("--desk", metavar="REF", help="for which desk (default: the only one of the user)")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--here", action="store_true", help="read them in this process instead of by a worker")
        how.add_argument("--no-wait", action="store_true", help="do not wait until they are read")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["paths"]:
            if not options["here"]:
                raise CommandError("Name a file, a folder or a zip; or read what waits, with --here.")
            read_what_waits(timezone.now)
            return
        if not options["by"]:
            raise CommandError("Say with --by who brings them in.")
        user, desk = _who(options["by"], options["desk"])
        by = sign(user, timezone.now())
        brought: list[Incoming] = []
        unkept = 0
        for member in members(options["paths"]):
            try:
                if isinstance(member.content, ReadingError):
                    raise member.content
                brought.append(receive(name=member.name, data=member.content, desk=desk, owner=user, by=by))
            except (ReadingError, ValidationError) as error:
                self.stderr.write(" ".join(getattr(error, "messages", [str(error)])))
                unkept += 1
        if options["here"]:
            read_what_waits(timezone.now)
        else:
            wake_the_reader()
            if not options["no_wait"]:
                self._wait({one.pk for one in brought})
        self._report([one.pk for one in brought])
        if unkept:
            raise CommandError(f"{unkept} of {unkept + len(brought)} could not be brought in.")

    def _wait(self, numbers: set[int]) -> None:
        """Show how far the reading is, until it is done, or nothing more comes of it."""
        waiting = Incoming.objects.filter(pk__in=numbers, state__in=("waiting", "reading"))
        moved = time.monotonic()
        with tqdm(total=len(numbers), file=sys.stderr, unit="document", leave=False) as bar:
            while left := waiting.count():
                if len(numbers) - left > bar.n:
                    bar.update(len(numbers) - left - bar.n)
                    moved = time.monotonic()
                if time.monotonic() - moved > LONGEST_WAIT:
                    self.stderr.write(f"Nothing was read for {LONGEST_WAIT} seconds: is a worker running? They wait.")
                    return
                time.sleep(LOOK_EVERY)

    def _report(self, numbers: list[int]) -> None:
        for incoming in Incoming.objects.filter(pk__in=numbers).select_related("same_as").order_by("pk"):
            told = f" {incoming.fault}" if incoming.fault else ""
            told = f" as {incoming.same_as.pk}" if incoming.same_as else told
            self.stdout.write(f"{incoming.pk}\t{incoming.get_state_display().lower()}{told}\t{incoming.name}")


def _who(name: str, desk_ref: str | None) -> tuple[User, Desk]:
    """The person and the desk, if that person may bring documents in for it."""
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {name!r}.")
    try:
        check_may(user, Permission.RECORD)
    except NotAllowedError as error:
        raise CommandError(str(error)) from error
    desks = {desk.ref: desk for desk in open_desks(user)}
    if desk_ref is None and len(desks) == 1:
        return user, next(iter(desks.values()))
    if desk_ref not in desks:
        known = ", ".join(sorted(desks)) or "none"
        raise CommandError(f"Name the desk with --desk; {name} may bring documents in for: {known}.")
    return user, desks[desk_ref]
