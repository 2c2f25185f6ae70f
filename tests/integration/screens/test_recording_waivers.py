"""Recording a waiver and its extension: what is ticked and nothing else, and what cannot be carried over is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from agreements.models import Instrument
from tests.factories import (
    ConditionFactory,
    GrantorFactory,
    PartyFactory,
    PaymentFactory,
    ScopeLineFactory,
    TriggerFactory,
    TriggerTargetFactory,
)
from tests.integration.screens.recording import preview, record
from tests.integration.screens.test_recording import TOMORROW, See, counts, held_by, pk, status, text
from waivers.models import Condition, ScopeLine, Trigger, Waiver

PAPER = {
    "kind": "waiver",
    "name": "Second Agreement",
    "dated_as_of": "2000-04-28",
    "executed": "2000-04-28",
    "effective_from": "2000-05-01",
    "until_date": "2000-08-01",
    "until_text": "until August 1, 2000",
    "granted_by": ["cit"],
    "payments": [
        "jr14/jr14-2000-02-01-interest/2000-02-01",
        "sr-sub/sr-sub-2000-02-01-interest/2000-02-01",
        "sr-sub/sr-sub-2000-02-01-principal/2000-02-01",
    ],
    "scope_paragraph": "1",
    "ends_on": ["acceleration", "remedies"],
    "by": "holder,trustee",
    "effect": "automatic",
    "trigger_paragraph": "2",
    "conditions": "The borrower has paid the fee.\n\n The guarantor has consented. ",
    "reason": "The signed paper",
}


def test_a_waiver_is_recorded_with_its_terms_and_previewed_with_its_reading(officer: Client, see: See) -> None:
    page = text(preview(officer, "waiver", "cit-lsa", **PAPER))
    assert "the date itself is not included, so the last day in force is 31 July 2000, Mon." in page
    assert not Waiver.objects.filter(title="Second Agreement").exists()
    done = record(officer, "waiver", "cit-lsa", **PAPER)
    assert done["Location"] == "/waivers/cit-lsa-2000-04-28/"
    lines = ScopeLine.objects.filter(waiver__ref="cit-lsa-2000-04-28").values_list(
        "number", "instrument__ref", "kinds", "due"
    )
    assert set(lines) == {
        (1, "jr14", "interest", date(2000, 2, 1)),
        (2, "sr-sub", "interest", date(2000, 2, 1)),
        (3, "sr-sub", "principal", date(2000, 2, 1)),
    }
    assert list(Condition.objects.values_list("text", flat=True)) == [
        "The borrower has paid the fee.",
        "The guarantor has consented.",
    ]
    shown = see(done["Location"])
    for said in (
        "until August 1, 2000",
        "31 July 2000, Mon",
        "Automatically, without notice",
        "paragraph 2",
        "officer",
    ):
        assert said in shown
    assert status("cit-lsa-2000-04-28", date(2000, 5, 2)) == "pending"


def test_an_extension_is_filled_in_from_the_earlier_waiver_and_linked_to_it(officer: Client, see: See) -> None:
    opened = officer.get("/record/extension/", {"instrument": "cit-lsa", "waiver": "cit-2000-01-31"})
    page = text(opened)
    assert 'name="effective_from" value="2000-05-01"' in page
    assert page.count("checked") >= 7  # who granted it, four payments with their dates, two triggers
    waiver = pk(Waiver, ref="cit-2000-01-31")
    without = {name: value for name, value in PAPER.items() if name != "conditions"}
    done = record(officer, "extension", "cit-lsa", extends=waiver, **without)
    assert done.status_code == 302
    assert Waiver.objects.get(title="Second Agreement").extends.ref == "cit-2000-01-31"
    assert Waiver.objects.get(ref="cit-2000-01-31").until_date == date(2000, 5, 1)  # an end date is never edited
    assert status("cit-lsa-2000-04-28", date(2000, 5, 2)) == "in_force"
    assert held_by("cit-lsa", date(2000, 5, 2)) == {
        "jr14-2000-02-01-interest": "cit-lsa-2000-04-28",
        "sr-sub-2000-02-01-interest": "cit-lsa-2000-04-28",
        "sr-sub-2000-02-01-principal": "cit-lsa-2000-04-28",
        "jr14-2000-05-01-principal": None,  # it matured, and is in no waiver's scope
        "jr-conv-2000-02-01-interest": None,
        "sr-unsec-principal": None,
    }
    chain = see("/borrowers/lpc/coverage/?as_of=2000-05-02")
    assert "What changed since cit-2000-01-31" in chain
    assert "<ins>effective from 1 May 2000, Mon</ins>" in chain


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "Give the paper&#x27;s title."),
        ({"until_date": "2000-04-30"}, "Its last day would be before its first, 1 May 2000, Mon"),
        ({"until_date": "2000-05-01"}, "Its last day would be before its first, 1 May 2000, Mon"),
        ({"until_date": ""}, "Words of an end, or their reading, need the date itself."),
        ({"payments": []}, "Tick what it covers"),
        ({"executed": TOMORROW}, "It cannot have been executed after today"),
        ({"payments": ["jr14/none/2000-02-01"]}, "is not among what can be chosen"),
        ({"granted_by": ["lubin"]}, "is not among what can be chosen"),
    ],
)
def test_a_waiver_that_makes_no_sense_is_refused_in_a_sentence(
    officer: Client, changed: dict[str, Any], said: str
) -> None:
    before = counts()
    page = preview(officer, "waiver", "cit-lsa", **(PAPER | changed))
    assert said in text(page)
    assert page.status_code == 422
    assert counts() == before


def test_a_waiver_covers_nothing_that_was_not_ticked(officer: Client) -> None:
    """A scope names no fees: by its words it would cover the interest of that day as well."""
    PaymentFactory(ref="jr14-fee", instrument=Instrument.objects.get(ref="jr14"), kind="fee", due=date(2000, 2, 1))
    fee = "jr14/jr14-fee/2000-02-01"
    page = preview(officer, "waiver", "cit-lsa", **(PAPER | {"payments": [fee]}))
    assert page.status_code == 422
    assert "so this covers as well: interest jr14-2000-02-01-interest of 14% Junior" in text(page)
    both = PAPER | {"payments": [fee, "jr14/jr14-2000-02-01-interest/2000-02-01"]}
    assert record(officer, "waiver", "cit-lsa", **both).status_code == 302


def test_an_extension_says_what_it_cannot_fill_in(officer: Client) -> None:
    trigger = Trigger.objects.get(waiver__ref="cit-2000-01-31")
    TriggerTargetFactory(trigger=trigger, instrument=Instrument.objects.get(ref="sr-sub"))
    TriggerFactory(waiver=trigger.waiver, number=2, effect="on_notice")
    ConditionFactory(waiver=trigger.waiver, text="The fee is paid.")
    GrantorFactory(waiver=trigger.waiver, party=PartyFactory(name="Bank of Elsewhere (fictional)"))
    ScopeLineFactory(waiver=trigger.waiver, number=2, instrument=trigger.waiver.instrument, paragraph="1(b)")
    page = text(officer.get("/record/extension/", {"instrument": "cit-lsa", "waiver": "cit-2000-01-31"}))
    for said in (
        "The earlier waiver says more than this form can fill in.",
        "<li>trigger 2</li>",
        "<li>trigger 1, in respect of 12 3/4% Senior Subordinated Notes due February 1, 2000</li>",
        "<li>the condition: The fee is paid.</li>",
        "<li>granted by Bank of Elsewhere (fictional)</li>",
        "<li>its paragraphs 1, 1(b)</li>",
    ):
        assert said in page


def test_an_extension_does_not_begin_before_what_it_extends(officer: Client) -> None:
    fields = PAPER | {"extends": pk(Waiver, ref="cit-2000-01-31"), "effective_from": "2000-01-01"}
    assert "cit-2000-01-31 begins later, on 31 January 2000, Mon." in text(
        preview(officer, "extension", "cit-lsa", **fields)
    )
