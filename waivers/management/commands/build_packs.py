"""`manage.py build_packs`: build the packs that were asked for, where no worker does it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from waivers.packs.jobs import work_on_packs


class Command(BaseCommand):
    help = "Build the packs that wait, and those that somebody was killed while building."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write(f"{work_on_packs(timezone.now)} pack(s) were finished.")
