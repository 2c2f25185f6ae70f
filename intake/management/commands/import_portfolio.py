"""`manage.py import_portfolio FILE`: read a portfolio file into the register, all of it or nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from agreements.models import Desk
from audit.dates import day
from audit.signing import sign_for_the_system
from intake.portfolio.faults import FaultyPortfolioError
from intake.portfolio.load import import_portfolio, item_count
from intake.portfolio.read import read_document

LONG_FILE = 2000


class Command(BaseCommand):
    help = "Import a portfolio file: every fault at once, all or nothing; importing it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--monitored-from",
            type=day,
            help="what ended before this day raises no alert (default: today)",
        )
        parser.add_argument("--desk", help="the ref of the desk that gets the new borrowers")
        parser.add_argument("--reason", default="Imported from a portfolio file")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        desk = None
        if options["desk"]:
            desk = Desk.objects.filter(ref=options["desk"]).first()
            if desk is None:
                raise CommandError(f"There is no desk {options['desk']!r}.")
        try:
            document = read_document(path, largest=settings.MAX_PORTFOLIO_BYTES)
            items = item_count(document)
            with tqdm(total=items * 4, disable=items < LONG_FILE, file=sys.stderr, unit="step", leave=False) as bar:
                added = import_portfolio(
                    document,
                    by=sign_for_the_system("import_portfolio", timezone.now()),
                    reason=f"{options['reason']} ({path.name})",
                    monitored_from=options["monitored_from"] or timezone.localdate(),
                    desk=desk,
                    step=bar.update,
                )
        except FaultyPortfolioError as error:
            count = len(error.faults)
            lines = "\n".join(f"  {fault}" for fault in error.faults)
            raise CommandError(
                f"{path.name}: {count} fault{'s' * (count != 1)}; nothing was imported.\n{lines}"
            ) from error
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in added.items() if count)
        self.stderr.write(f"Imported {told}." if told else "The register already holds all of this; nothing changed.")
