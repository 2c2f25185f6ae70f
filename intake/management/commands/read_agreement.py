"""`manage.py read_agreement FILE ...`: what the texts of documents propose for the register, as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from intake.extract.read import read
from intake.extract.terms import as_json
from intake.readers.file import read_file
from intake.readers.reading import ReadingError


class Command(BaseCommand):
    help = "Read the plain texts of waivers, amendments and the like, and print a draft of each as one line of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        unread = 0
        for path in options["files"]:
            try:
                text = read_file(path).text
            except ReadingError as error:
                self.stderr.write(str(error))
                unread += 1
                continue
            draft = {"file": str(path), **as_json(read(text))}
            self.stdout.write(json.dumps(draft, ensure_ascii=False))
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} could not be read.")
