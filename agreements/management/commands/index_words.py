"""`manage.py index_words`: read the words of papers whose files were kept before the search had an index of them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from agreements.operations import index_words


class Command(BaseCommand):
    help = "Read the words of papers' files for the search, where they were not read yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write(f"The words of {index_words()} paper(s) were read.")
