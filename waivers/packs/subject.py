"""What a pack is about, read once: the debts, their groups, their papers, as of its date and as known at its moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agreements.models import Instrument
from audit.querysets import up_to_link
from audit.trail import Part
from waivers.dossier import Dossier, InstrumentRecord, WaiverRecord, dossier
from waivers.histories import parts_of_borrower, parts_of_instruments
from waivers.models import Pack
from waivers.positions import Group, day_seen_from, groups_at, groups_of
from waivers.reasons import Reasons


@dataclass(frozen=True)
class Subject:
    """`own`: the refs of the debts that the pack speaks of; a waiver's are its own instrument and those it names."""

    pack: Pack
    own: frozenset[str]
    groups: list[Group]
    papers: Dossier

    @property
    def instruments(self) -> list[InstrumentRecord]:
        return [record for ref, record in sorted(self.papers.instruments.items()) if ref in self.own]

    @property
    def waivers(self) -> list[WaiverRecord]:
        """All under its debts; of a pack about a waiver, that one with what it extends and is extended by."""
        about = self.pack.waiver.ref if self.pack.waiver else ""
        return [
            record
            for ref, record in sorted(self.papers.waivers.items())
            if record.instrument in self.own and (not about or ref in self._chain(about))
        ]

    def _chain(self, ref: str) -> set[str]:
        found = {ref}
        while True:
            beside = {
                other
                for other, record in self.papers.waivers.items()
                if record.extends in found or other in {self.papers.waivers[one].extends for one in found}
            }
            if beside <= found:
                return found
            found |= beside

    @property
    def reasons(self) -> Reasons:
        return Reasons(self.groups, self.papers, self.pack.as_of)

    def parts(self) -> list[Part]:
        """What has a history here."""
        ids = Instrument.objects.filter(ref__in=self.own).values_list("pk", flat=True)
        if self.pack.waiver is not None:
            return parts_of_instruments(ids)
        return parts_of_borrower(self.pack.party, ids)


@contextmanager
def subject_of(pack: Pack) -> Iterator[Subject]:
    """What the pack is about, and inside the block nothing is read that was linked after its seal."""
    own = frozenset(pack.instruments)
    with up_to_link(pack.links):
        numbers = groups_of(Instrument.objects.filter(ref__in=own))
        today = day_seen_from(None, pack.known_at)
        groups = list(groups_at(numbers, today=today, known_at=pack.known_at))
        yield Subject(pack, own, groups, dossier(numbers, pack.known_at, own))
