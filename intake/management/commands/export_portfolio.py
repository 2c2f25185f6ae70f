"""`manage.py export_portfolio`: write the whole register as a portfolio file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from intake.portfolio.dump import dump_register


class Command(BaseCommand):
    help = "Write the register as a portfolio file, to standard output or to --output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, help="write to this file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            document = dump_register()
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if options["output"]:
            options["output"].write_text(text + "\n", encoding="utf-8")
        else:
            self.stdout.write(text)
