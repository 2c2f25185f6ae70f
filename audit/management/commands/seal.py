"""`manage.py seal`: sign the head of the chain, write it to a file and mail it to where it cannot be changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.seals import SealError, new_key, seal


class Command(BaseCommand):
    help = "Seal the record: sign the head of its chain with SEAL_KEY, write it to SEAL_DIR, and mail it to SEAL_TO."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="write it here, in place of SEAL_DIR")
        parser.add_argument("--to", action="append", metavar="ADDRESS", help="mail it here, in place of SEAL_TO")
        parser.add_argument("--new-key", action="store_true", help="print a new key for SEAL_KEY, and do nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(new_key())
            return
        to = options["to"] or settings.SEAL_TO
        try:
            made = seal(timezone.now(), to, options["folder"])
        except (SealError, OSError) as error:  # a mail server's refusals are OSErrors too
            raise CommandError(f"Not sealed: {error}") from error
        self.stdout.write(made.text(), ending="")
        self.stderr.write(f"Written as {made.name}; " + (f"mailed to {', '.join(to)}." if to else "mailed to nobody."))
