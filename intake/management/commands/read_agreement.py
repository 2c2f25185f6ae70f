"""`manage.py read_agreement PATH ...`: what the texts of documents propose for the register, as JSON."""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from intake.readers.bundle import members
from intake.readers.file import read_file
from intake.readers.reading import ReadingError
from intake.review.drafting import draft_of


class Command(BaseCommand):
    help = (
        "Read waivers, amendments and the like (plain text, EDGAR pages and submissions, PDF, .docx; folders and zips"
        " of them), and print a draft of each as one line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--exhibit", help="which document of a submission: EX-10.1, 10.1, its sequence or file name"
        )
        parser.add_argument(
            "--text", type=Path, metavar="FOLDER", help="write each text there, as its SHA-256 and .txt"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done = unread = 0
        for member in members(options["paths"]):
            try:
                if isinstance(member.content, ReadingError):
                    raise member.content
                reading = read_file(member.content, name=member.name, exhibit=options["exhibit"])
                draft = draft_of(reading.text)
            except ReadingError as error:
                self.stderr.write(str(error))
                unread += 1
                continue
            done += 1
            text = reading.text.encode()
            sha256 = hashlib.sha256(text).hexdigest()
            if folder := options["text"]:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{sha256}.txt").write_bytes(text)
            told = {
                "file": member.name,
                "read_as": reading.kind,
                "document": reading.exhibit,
                "notes": reading.notes,
                "text_sha256": sha256,
            }
            self.stdout.write(json.dumps(told | draft, ensure_ascii=False))
        if unread:
            raise CommandError(f"{unread} of {done + unread} could not be read.")
