"""What is written down of an export, also of one that breaks off; and who sees it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client, RequestFactory

from audit.exports import Lines, Sent
from audit.models import Export, ExportEnd, User
from tests import personas
from tests.factories import AT, ExportEndFactory, ExportFactory, InstrumentFactory, UserFactory
from tests.integration.screens.lists import raw

LATER = AT + timedelta(seconds=3)
AT_WILL = pytest.mark.django_db


def sent(lines: Iterator[Lines]) -> Sent:
    return Sent(ExportFactory(), lines, lambda: LATER)


def parts(*, until: Exception | None = None) -> Iterator[Lines]:
    yield b"head\r\n", 0
    yield b"one\r\ntwo\r\n", 2
    if until:
        raise until
    yield b"three\r\n", 1


def end() -> tuple[int, int, str, bool]:
    found = ExportEnd.objects.get()
    assert found.at == LATER
    return found.rows, found.size, found.sha256, found.complete


@AT_WILL
def test_a_whole_export_ends_once_with_its_rows_and_the_hash_of_its_bytes() -> None:
    stream = sent(parts())
    data = b"".join(stream)
    stream.close()
    assert end() == (3, len(data), sha256(data).hexdigest(), True)
    assert data == b"head\r\none\r\ntwo\r\nthree\r\n"


@AT_WILL
@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_one_that_its_reader_closes_is_broken_off_with_what_had_left(taken: int) -> None:
    stream = sent(parts())
    data = b"".join(next(stream) for _ in range(taken))
    stream.close()
    stream.close()
    assert end() == ([0, 0, 2, 3][taken], len(data), sha256(data).hexdigest(), False)
    assert next(stream, None) is None


@AT_WILL
def test_one_whose_rows_fail_is_broken_off_and_the_failure_is_told() -> None:
    stream = sent(parts(until=ValueError("no more")))
    with pytest.raises(ValueError, match="no more"):
        list(stream)
    assert end() == (2, 16, sha256(b"head\r\none\r\ntwo\r\n").hexdigest(), False)


def hang_up(response: Any) -> None:
    """As a server does when its reader is gone; the test's own connection stays open, as the client has it too."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


PLAIN, BY_HAND = "/notes/?columns=ref&format=csv", "/notes/?columns=issuer&format=csv"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", [PLAIN, BY_HAND], ids=["plain", "by hand"])
def test_a_reader_who_goes_away_leaves_a_log_that_says_so_and_a_connection_that_works(path: str) -> None:
    raw([
        InstrumentFactory.build(ref=f"long-{number}", kind="note_series", title="x" * 200, group=number)
        for number in range(5000)
    ])  # fmt: skip
    client = Client()
    client.force_login(personas.auditor())
    response = client.get(path)
    chunks = iter(response.streaming_content)
    had = next(chunks) + next(chunks)
    hang_up(response)
    found = ExportEnd.objects.get()
    assert (found.complete, found.size, found.sha256) == (False, len(had), sha256(had).hexdigest())
    assert 0 < found.rows < 5000
    whole = b"".join(client.get(path))
    assert ExportEnd.objects.get(export=Export.objects.first()).rows == 5000
    assert whole.startswith(had[:20])


@AT_WILL
def test_a_reader_who_is_gone_before_the_first_byte_is_logged_too(client: Client) -> None:
    client.force_login(personas.auditor())
    hang_up(client.get("/waivers/?format=csv"))
    assert ExportEnd.objects.values_list("complete", "size", "rows").get() == (False, 0, 0)


@AT_WILL
def test_it_is_written_down_before_the_first_byte_leaves(client: Client) -> None:
    client.force_login(personas.auditor())
    response = client.get("/waivers/?format=csv&q=x")
    assert (Export.objects.get().filter, ExportEnd.objects.count()) == ("Words: x", 0)
    assert "no end recorded" in client.get("/exports/").content.decode()
    b"".join(response)
    assert ExportEnd.objects.get().complete


# Who sees it


@pytest.fixture
def people(db: None) -> dict[str, User]:
    officer = personas.officer()
    found = {"officer": officer, "colleague": personas.colleague(officer.desk_memberships.get().desk)}
    found |= {of.__name__: of() for of in (personas.counsel, personas.auditor, personas.administrator)}
    for number, user in enumerate(found.values()):
        made = ExportFactory(by=user, actor_name=user.username, at=AT + timedelta(days=number), what=f"list {number}")
        ExportEndFactory(export=made)
    return found


def seen(client: Client, path: str = "/exports/") -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    return [export.actor_name for export in response.context["page"].rows]


ALL = ["administrator", "auditor", "counsel", "colleague", "officer"]


@pytest.mark.parametrize("name", ALL)
def test_each_sees_their_own_and_whoever_audits_or_keeps_the_register_all(
    people: dict[str, User], client: Client, name: str
) -> None:
    client.force_login(people[name])
    expected = ALL if name in ("auditor", "administrator") else [name]
    assert seen(client) == expected
    data = b"".join(client.get("/exports/?format=csv")).decode()
    [*_, columns] = [line for line in data.splitlines() if line.startswith("at,")]
    rows = [line.split(",") for line in data.splitlines() if line[:4].isdigit()]
    by = columns.split(",").index("by")
    # The file has itself too, since it was written down before its rows were read.
    assert [row[by] for row in rows] == [name, *expected]
    assert ("person" in client.get("/exports/").context["form"].fields) == (len(expected) > 1)


def test_it_is_narrowed_by_person_list_and_period(people: dict[str, User], client: Client) -> None:
    client.force_login(people["auditor"])
    assert seen(client, "/exports/?person=counsel") == ["counsel"]
    assert seen(client, "/exports/?what=list 0") == ["officer"]
    assert seen(client, "/exports/?since=2000-02-01&until=2000-02-02") == ["counsel", "colleague"]
    assert seen(client, "/exports/?until=2000-01-31") == ["officer"]
    assert seen(client, "/exports/?person=nobody") == ALL
    assert "Person: Select a valid choice" in client.get("/exports/?person=nobody").content.decode()
    assert "No export matches" in client.get("/exports/?since=2020-01-01").content.decode()
    head = b"".join(client.get("/exports/?person=counsel&what=list 2&since=2000-02-01&format=csv")).decode()
    assert "filter,Person: counsel; List: list 2; From: 2000-02-01\r\n" in head


def test_an_officer_cannot_ask_for_anothers(people: dict[str, User], client: Client) -> None:
    client.force_login(people["officer"])
    assert seen(client, "/exports/?person=counsel") == ["officer"]
    assert seen(client, "/exports/?what=list 2") == ["officer"]  # a list that they never took is no choice


def test_it_is_paged_latest_first(client: Client, db: None) -> None:
    user = UserFactory(role="officer")
    client.force_login(user)
    for number in range(120):
        ExportFactory(by=user, at=AT + timedelta(minutes=number), what=f"list {number}")
    first = client.get("/exports/").context["page"]
    second = client.get("/exports/", {"after": first.after}).context["page"]
    back = client.get("/exports/", {"before": second.before}).context["page"]
    assert [export.what for export in (*first.rows, *second.rows)] == [f"list {n}" for n in range(119, 19, -1)]
    assert [export.what for export in back.rows] == [export.what for export in first.rows]


def test_a_formula_in_a_filter_is_none_in_the_list_of_exports(client: Client, db: None) -> None:
    user = personas.counsel()
    client.force_login(user)
    ExportFactory(by=user, filter='=HYPERLINK("x")', path="/waivers/?q=%3D", known_at=datetime(2000, 1, 1, tzinfo=UTC))
    lines = list(csv.reader(io.StringIO(b"".join(client.get("/exports/?format=csv")).decode(), newline="")))
    columns, *rows = lines[lines.index([]) + 1 :]
    row = dict(zip(columns, rows[1], strict=True))
    assert (row["filter"], row["known at"], row["whole"]) == ('\'=HYPERLINK("x")', "2000-01-01T00:00:00+00:00", "")


def test_the_administration_shows_it_and_changes_nothing(people: dict[str, User], client: Client) -> None:
    client.force_login(people["administrator"])
    for model in (Export, ExportEnd):
        assert client.get(f"/admin/audit/{model._meta.model_name}/").status_code == 200
        assert client.get(f"/admin/audit/{model._meta.model_name}/add/").status_code == 403
        admin = site._registry[model]
        request = RequestFactory().get("/")
        request.user = people["officer"]
        assert admin.get_queryset(request).count() == 1
