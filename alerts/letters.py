"""What an alert says: made by whoever knows the matter, kept as it was said, shown in mail and inbox alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

URGENT_ANSWER_WITHIN = 8


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to tell.

    `about`, `kind` and `version` say which thing it is: told once to each person. `contractual_date` is the date that
    matters and `reading` its words and how they are read. `due` is the day on which it was to be told. `why` and
    `sources` are sentences; `todo` says what to do now; `path` is where in the application to look.

    `topics` are what people subscribe to, such as `instrument:cit-lsa`. With `lead_days` the letter speaks of a date
    ahead, and `for_leads` makes of it what is told at a lead time. `answer_within`: hours until it is passed on if
    nobody acknowledges it; 0 for never. `open_subject`: whether the heading may stand in the subject of a mail.
    """

    about: str
    kind: str
    version: str
    contractual_date: date
    reading: str
    due: date
    heading: str
    what: str
    why: tuple[str, ...]
    sources: tuple[str, ...]
    todo: str
    path: str
    urgent: bool = False
    topics: tuple[str, ...] = ()
    lead_days: tuple[int, ...] = ()
    answer_within: int = 0
    open_subject: bool = False
    matter: str = ""

    def content(self) -> dict[str, Any]:
        """What is shown, as JSON."""
        shown = ("heading", "what", "why", "sources", "todo", "path", "open_subject")
        return {name: value for name, value in asdict(self).items() if name in shown}

    def for_leads(self, leads: Iterable[int], today: date) -> Letter | None:
        """The letter as it is told at the most urgent of these lead times; None while none has come.

        A date that has passed and still matters is told at the shortest of them. A letter of no date ahead is itself.
        """
        if not self.lead_days:
            return self
        wanted = tuple(leads) or self.lead_days
        past = self.contractual_date < today
        lead = min(wanted) if past else most_urgent(self.contractual_date, today, wanted)
        if lead is None:
            return None
        urgent = self.urgent and lead <= 1
        return replace(
            self,
            version=f"{self.version}:{lead}",
            matter=self.version,
            due=self.contractual_date - timedelta(days=lead),
            urgent=urgent,
            answer_within=min(self.answer_within, URGENT_ANSWER_WITHIN) if urgent else self.answer_within,
            lead_days=(),
        )


def most_urgent(on: date, today: date, leads: Iterable[int]) -> int | None:
    """The shortest lead time whose day has come, for a date that has not passed."""
    return min((days for days in leads if today >= on - timedelta(days=days)), default=None) if on >= today else None


def spoken(on: date) -> str:
    """A date that nobody can misread: 1 May 2000, Mon."""
    return f"{on.day} {on:%B %Y, %a}"
