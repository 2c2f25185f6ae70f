"""The vocabulary of waivers."""

from __future__ import annotations

from django.db import models

from agreements.models import Instrument, Party
from audit.models import User
from audit.querysets import FactQuerySet, KeptQuerySet


class WaiverQuerySet(FactQuerySet):
    def visible_to(self, user: User) -> WaiverQuerySet:
        """Those under an instrument that the user sees."""
        return self.filter(instrument__in=Instrument.objects.visible_to(user))

    def limit_to_visible(self, rows: models.QuerySet, user: User) -> models.QuerySet:
        """Those of `rows`, waivers as they are or were, that `visible_to` shows; as quick in a large register."""
        return Instrument.objects.limit_to_visible(rows, user, by="instrument_id")


class CertificateQuerySet(KeptQuerySet):
    def visible_to(self, user: User) -> CertificateQuerySet:
        """Those about a borrower that the user sees."""
        return self.filter(party__in=Party.objects.visible_to(user))


CertificateManager = models.Manager.from_queryset(CertificateQuerySet)
WaiverManager = models.Manager.from_queryset(WaiverQuerySet)
