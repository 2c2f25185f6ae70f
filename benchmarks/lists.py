"""The lists and the borrower's page at several sizes, as a browser asks, by an officer whose desk owns all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.portfolio import REFERENCE_DAY

if TYPE_CHECKING:
    from benchmarks.__main__ import Run
    from benchmarks.databases import Database

DEEP = 0.9  # how far down the list a page lies that is deep inside
LISTS = (  # the list, and the order of a page deep inside
    ("borrowers", "name"),
    ("agreements", "title"),
    ("notes", "-maturity"),
    ("waivers", "ref"),
    ("waivers", "-last-day"),
)
AT_LEAST = 30  # each page is asked for that many times: a hundredth of a second is easily lost


def measure_lists(run: Run) -> None:
    """The same pages in registers of different sizes, in the same rounds; each page has the same number of rows."""
    from benchmarks.__main__ import seconds, times, told

    smallest = run.sizes[0]
    places = [(str(size), run.databases[size]) for size in run.sizes]
    places.append((f"{smallest} again", run.databases[smallest]))
    browsers = {name: _browser(database) for name, database in places}
    pages = {name: _pages(database) for name, database in places}
    asked: dict[tuple[str, str], tuple[int, int]] = {}
    for name, database in places:
        for page, address in pages[name].items():
            _get(run, f"{page} {name}", database, browsers[name], address, keep=False)  # templates are read once
            asked[page, name] = _get(run, f"{page} {name}", database, browsers[name], address, keep=False)
    for page in pages[places[0][0]]:
        each = {asked[page, name] for name, _ in places}
        if len(each) != 1:
            raise AssertionError(f"the rows and the queries of {page} depend on the size: {each}")
    steps = [(page, name, database) for page in pages[places[0][0]] for name, database in places]
    for _ in range(max(run.rounds, AT_LEAST)):
        for page, name, database in run.dice.sample(steps, len(steps)):
            _get(run, f"{page} {name}", database, browsers[name], pages[name][page])
    rows: list[tuple[Any, ...]] = [("page", "queries", *(cell for name, _ in places for cell in (name, "ratio")))]
    for page in pages[places[0][0]]:
        base = run.median(f"{page} {smallest}")
        found = [run.median(f"{page} {name}") for name, _ in places]
        cells = [cell for value in found for cell in (seconds(value), times(value / base))]
        rows.append((page, asked[page, places[0][0]][1], *cells))
    told("Lists and a borrower's page, p50 (goal: within 1.10x of the smallest register)", *rows)


def _browser(database: Database) -> Any:
    """A browser in which the officer is signed in; every obligor is on the officer's desk."""
    from django.db import models
    from django.test import Client
    from django.utils import timezone

    from agreements.models import Desk, DeskMember, Party
    from audit.models import User
    from audit.signing import sign_for_the_system, signed
    from benchmarks.databases import standing_in

    with standing_in(database), signed(sign_for_the_system("benchmarks", timezone.now()), "Benchmark"):
        user = User.objects.filter(username="officer").first()
        if user is None:
            user, desk = User.objects.create(username="officer"), Desk(ref="all", name="All")
            desk.save()
            DeskMember(desk=desk, user=user, is_head=True).save()
            models.QuerySet(Party).filter(roles__role="obligor").update(desk=desk)
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(user)
    return browser


def _pages(database: Database) -> dict[str, str]:
    """The address of each page; one deep inside begins where as many rows follow at every size."""
    from audit.paging import cursor_of
    from benchmarks.databases import standing_in
    from waivers.registers import REGISTERS
    from waivers.views.registers import PER_PAGE

    found = {"borrower": f"/borrowers/b000001/?as_of={REFERENCE_DAY}"}
    with standing_in(database):
        for name, sort in LISTS:
            _, order = REGISTERS[name].order_of(sort)
            rows = (
                REGISTERS[name].rows(None).order_by(*(f"{'-' * order.descending}{c}" for c in (*order.columns, "id")))
            )
            count = rows.count()
            at = min(int(count * DEEP), count - PER_PAGE - 2)
            found[f"{name}, first"] = f"/{name}/"
            found[f"{name} by {sort}, deep"] = f"/{name}/?sort={sort}&after={cursor_of(rows[at], order)}"
    return found


def _get(run: Run, what: str, database: Database, browser: Any, address: str, *, keep: bool = True) -> tuple[int, int]:
    """How many rows the page has, and how many queries it took."""
    from benchmarks.databases import standing_in
    from benchmarks.whole import QueryCount

    counter = QueryCount()
    with standing_in(database), database.connection.execute_wrapper(counter):
        start = run.clock()
        answer = browser.get(address)
        taken = run.clock() - start
    if answer.status_code != 200:
        raise AssertionError(f"{address}: {answer.status_code}")
    if keep:
        run.found[what].append(taken)
    return answer.content.count(b"<tr"), counter.count
