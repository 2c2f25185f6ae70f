"""The generated portfolio is one that the register takes and gives back, and reading it costs no more queries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import Instrument, Party
from audit.signing import sign_for_the_system
from benchmarks.portfolio import REFERENCE_DAY, portfolio
from intake.portfolio.dump import dump_register
from intake.portfolio.load import import_portfolio
from intake.portfolio.schema import LISTS
from waivers.models import Waiver
from waivers.position.rules import Status
from waivers.positions import all_groups, answer, groups_at, groups_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def bring_in(document):
    by = sign_for_the_system("test", datetime(2026, 6, 30, tzinfo=UTC))
    return import_portfolio(document, by=by, reason="Test", monitored_from=REFERENCE_DAY)


def queries_of_reading():
    """How many queries one borrower's position takes, and that of all."""
    borrower = Party.objects.get(ref="b000001")
    with CaptureQueriesContext(connection) as one:
        groups = groups_of(Instrument.objects.of_obligors(Party.objects.filter(pk=borrower.pk)))
        answer(groups_at(groups, today=REFERENCE_DAY), REFERENCE_DAY, borrower=borrower.ref)
    with CaptureQueriesContext(connection) as everyone:
        found = answer(groups_at(all_groups(), today=REFERENCE_DAY), REFERENCE_DAY)
    return len(one), len(everyone), found


def test_a_generated_portfolio_comes_back_as_it_went_in():
    document = portfolio(300)
    added = bring_in(document)
    assert added == {name: len(document[name]) for name in LISTS}

    written = dump_register()
    assert {name: len(written[name]) for name in LISTS} == added
    assert not +bring_in(written)
    assert not +bring_in(portfolio(300))
    assert dump_register() == written


def test_the_same_seed_makes_the_same_portfolio_and_a_smaller_one_is_its_beginning():
    assert portfolio(120, seed=7) == portfolio(120, seed=7)
    assert portfolio(120, seed=7)["waivers"] != portfolio(120, seed=8)["waivers"]
    assert portfolio(90)["waivers"] == portfolio(120)["waivers"][:90]


def test_queries_do_not_grow_with_the_register():
    bring_in(portfolio(120))
    few = queries_of_reading()
    bring_in(portfolio(300))
    assert Waiver.objects.count() == 300
    many = queries_of_reading()
    assert few[:2] == many[:2]
    in_force = sum(waiver.status is Status.IN_FORCE for waiver in many[2].waivers)
    assert 20 <= in_force <= 40
