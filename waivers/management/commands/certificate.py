"""`manage.py certificate NUMBER`: a certificate as it was issued, or whether the register still gives the same."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from waivers.models import Certificate
from waivers.papers.certificate import check


def number(text: str) -> int:
    """7, PC-7 or PC-0007."""
    digits = text.upper().removeprefix("PC-")
    if not (digits.isascii() and digits.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not the number of a certificate such as PC-0007")
    return int(digits)


class Command(BaseCommand):
    help = "A position certificate: written out as it was issued, or worked out anew from the register and compared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=number, help="its number, such as 7 or PC-0007")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--check", action="store_true", help="compare it with what the register gives, byte for byte")
        what.add_argument("--format", choices=["json", "pdf"], help="write it to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Certificate.objects.filter(number=options["number"]).first()
        if found is None:
            raise CommandError(f"There is no certificate {options['number']}.")
        if options["format"] == "json":
            self.stdout.write(found.content, ending="")
        elif options["format"] == "pdf":
            with found.pdf.open("rb") as file:
                sys.stdout.buffer.write(file.read())
        elif faults := check(found):
            raise CommandError(f"{found.ref} does not fit. {' '.join(faults)}")
        else:
            self.stdout.write(f"{found.ref} fits: the register gives the same JSON and PDF, byte for byte.\n")
