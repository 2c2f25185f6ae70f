"""`manage.py verify_audit`: exit status 0 if everything that is kept still fits, 1 with the first row that does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from audit.seals import kept_seals, read_seal
from audit.verify import verify


class Command(BaseCommand):
    help = "Verify the chain over all that is kept, its seals, and that each fact is what its history says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seal",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help="a seal kept elsewhere; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seals = [*kept_seals(), *(read_seal(path.read_text(), path.name) for path in options["seal"])]
        except (ValueError, OSError) as error:  # a SealError is one, and so is a file that is no text
            raise CommandError(f"A seal cannot be read: {error}", returncode=1) from error
        tell = self.stderr.write if options["verbosity"] > 1 else lambda said: None
        verdict = verify(connection, seals, tell=tell)
        if verdict.faults:
            said = [f"{f'link {fault.link}: ' if fault.link else ''}{fault.said}" for fault in verdict.faults]
            raise CommandError("\n".join(["The record was tampered with.", *said]), returncode=1)
        self.stdout.write(
            f"All fits: {verdict.head.number} links, {verdict.seals} seal(s).\n{verdict.head.hash or 'no head'}"
        )
