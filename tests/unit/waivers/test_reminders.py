"""Which lead time is told on a day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from waivers.reminders import Paper, most_urgent

LAST = date(2000, 4, 30)


@given(st.sets(st.integers(0, 366), min_size=1), st.integers(-400, 30))
def test_the_shortest_lead_time_that_has_come_is_told_and_none_once_the_date_has_passed(
    leads: set[int], days_after: int
) -> None:
    lead = most_urgent(LAST, LAST + timedelta(days=days_after), leads)
    come = {days for days in leads if days >= -days_after}
    assert lead == (min(come) if come and days_after <= 0 else None)


def paper(**columns: object) -> Paper:
    return Paper(
        **{
            "title": "Agreement",
            "instrument": "loan",
            "instrument_title": "Loan",
            "until": date(2000, 5, 1),
            "until_text": "until May 1, 2000",
            "inclusive": False,
            "lead_days": None,
            "paragraphs": (),
            **columns,
        }
    )


def test_both_readings_of_an_end_are_said_in_words() -> None:
    assert paper().reading == (
        '"until May 1, 2000": the date itself is not included, so the last day in force is 30 April 2000, Sun.'
    )
    assert paper(inclusive=True, until_text="through May 1, 2000").reading == (
        '"through May 1, 2000": the date itself is included, so the last day in force is 1 May 2000, Mon.'
    )
    assert paper(until_text="").reading.startswith("until 1 May 2000, Mon: the date itself is not included")
    assert paper(until=None, until_text="").reading == "No end date is stated."
