"""What comes in is kept, read once, and told if it cannot be: one file, several, a zip, a folder; whatever it holds."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from agreements.models import Desk
from audit.models import User
from audit.signing import sign
from intake import example
from intake.models import Incoming
from intake.operations import receive
from intake.review.jobs import LEASE, MOST_TRIES, claim, read_what_waits
from intake.tasks import read_incoming
from tests import personas
from tests.factories import DeskFactory, IncomingFactory, UserFactory
from waivers.models import Waiver

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
EXHIBIT = Path(example.__file__).parent / "exhibit-10-106.txt"
HOSTILE = {
    "script": b"AGREEMENT\n\ndated as of May 1, 2000 between <script>alert(1)</script> & Co. (fictional)\n",
    "markup": b"<html><script>document.title='x'</script><body onload=x()><p>AGREEMENT (fictional)</p></body></html>",
    "turned": "AGREEMENT dated as of May 1, 2000 \u202e0002 ,1 enuJ\u202c (fictional)\n".encode(),
    "spaces": b" " * 5_000_000 + b"x",
    "commas": b"A, " * 400_000,
    "nuls": b"AGREEMENT\x00(fictional)",
    "image": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-1.7\n%%EOF",
    "zip": b"PK\x03\x04 and no more",
    "laughs": b"",
}


def send(client: Client, desk: Desk, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post("/intake/", {"documents": uploads, "desk": desk.pk}, follow=True)


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return file.getvalue()


def seen(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_it_is_kept_first_and_read_by_a_worker(officer: Client, desk: Desk) -> None:
    said = send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes())).content.decode()
    assert "It waits for its turn." in said
    incoming = Incoming.objects.get()
    assert (incoming.state, incoming.size, incoming.by.username) == ("waiting", EXHIBIT.stat().st_size, "officer")
    assert read_what_waits(lambda: NOW) == 1
    assert "terms wait for a verdict" in seen(officer, f"/intake/{incoming.pk}/")
    response = officer.get(f"/intake/{incoming.pk}/file/")
    assert b"".join(response) == EXHIBIT.read_bytes()
    assert response["Content-Disposition"].startswith("attachment;")


def test_the_same_content_is_not_read_twice_and_says_where_it_is(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes()))
    read_what_waits(lambda: NOW)
    said = " ".join(send(officer, desk, ("copy.txt", EXHIBIT.read_bytes())).content.decode().split())
    assert "It is here already." in said
    assert [one.state for one in Incoming.objects.order_by("id")] == ["read", "duplicate"]
    assert read_what_waits(lambda: NOW) == 0
    other = Incoming.objects.get(state="duplicate")
    assert other.same_as == Incoming.objects.get(state="read")


def test_the_same_words_in_another_form_are_told(officer: Client, desk: Desk) -> None:
    text = EXHIBIT.read_text()
    send(officer, desk, ("exhibit.txt", text.encode()))
    send(officer, desk, ("exhibit.htm", f"<html><body><pre>{text}</pre></body></html>".encode()))
    read_what_waits(lambda: NOW)
    first, second = Incoming.objects.order_by("id")
    assert (first.kind, second.kind, first.words_sha256) == ("text", "page", second.words_sha256)
    assert f"exhibit.txt (number {first.pk}) says the same, word for word" in seen(officer, f"/intake/{second.pk}/")


def test_another_desks_document_is_neither_seen_nor_taken_for_the_same(officer: Client, desk: Desk) -> None:
    theirs = IncomingFactory(desk=DeskFactory(), name="theirs.txt")
    assert "theirs.txt" not in seen(officer, "/intake/?show=all")
    for path in ("", "file/", "terms/kind/", "record/"):
        assert officer.get(f"/intake/{theirs.pk}/{path}").status_code == 404
    assert (
        officer.post("/intake/", {"documents": [SimpleUploadedFile("a", b"x")], "desk": theirs.desk.pk}).status_code
        == 422
    )


def test_a_zip_is_unpacked_with_progress_its_repeats_and_what_cannot_be_read(officer: Client, desk: Desk) -> None:
    data = zipped(
        **{
            "a/exhibit.txt": EXHIBIT.read_bytes(),
            "b/copy.txt": EXHIBIT.read_bytes(),
            "c/scan.png": HOSTILE["image"],
            "d/other.txt": b"WAIVER (fictional)",
        }
    )
    send(officer, desk, ("waivers.zip", data))
    whole = Incoming.objects.get()
    assert read_what_waits(lambda: NOW) == 4, "the zip and three documents"
    parts = {part.name: part.state for part in whole.documents.all()}
    assert parts == {"a/exhibit.txt": "read", "b/copy.txt": "duplicate", "c/scan.png": "refused", "d/other.txt": "read"}
    said = seen(officer, f"/intake/{whole.pk}/")
    assert "4 of 4 documents are done: 2 to review or recorded; 1 could not be read; 1 was here already." in said
    assert "in <a href" in seen(officer, f"/intake/{whole.documents.get(name='a/exhibit.txt').pk}/")


def test_while_a_zip_is_read_it_says_how_far_it_is(officer: Client, desk: Desk) -> None:
    whole = IncomingFactory(desk=desk, kind="zip", name="many.zip", draft=None)
    for state in ("read", "waiting", "reading", "refused"):
        IncomingFactory(desk=desk, parent=whole, state=state)
    said = seen(officer, f"/intake/{whole.pk}/")
    assert "2 of 4 documents are done." in said
    assert 'hx-trigger="every 2s"' in said
    fragment = officer.get(f"/intake/{whole.pk}/", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in fragment


def test_too_many_are_paged(officer: Client, desk: Desk) -> None:
    for number in range(55):
        IncomingFactory(desk=desk, received_at=NOW + timedelta(minutes=number))
    first = officer.get("/intake/")
    assert (len(first.context["page"].rows), bool(first.context["page"].after)) == (50, True)
    rest = officer.get("/intake/", {"after": first.context["page"].after})
    assert len(rest.context["page"].rows) == 5


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("none.txt", b""), "The file is empty."),
        (("large.txt", b"x" * 25_000_001), "at most 25,000,000 are read."),
    ],
    ids=["empty", "too large"],
)
def test_what_is_not_kept_is_told_and_leaves_nothing(
    officer: Client, desk: Desk, file: tuple[str, bytes], said: str
) -> None:
    assert said in send(officer, desk, file).content.decode()
    assert not Incoming.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_or_told_in_bounded_time_and_nothing_of_them_runs(
    officer: Client, desk: Desk, name: str
) -> None:
    data = HOSTILE[name]
    if name == "laughs":
        entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
        xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + entities + b"]><x>&a9;</x>"
        data = zipped(**{"word/document.xml": xml, "[Content_Types].xml": b"<Types/>"})
    send(officer, desk, (f"{name}\n<b>.txt", data))
    read_what_waits(lambda: NOW)
    incoming = Incoming.objects.get()
    assert incoming.state in ("read", "refused"), incoming.state
    said = seen(officer, f"/intake/{incoming.pk}/")
    assert "<script>alert" not in said
    assert "onload=x()" not in said
    assert "<b>.txt" not in said
    if incoming.state == "refused":
        assert "It cannot be read." in said
        assert incoming.fault.endswith(".")
    assert not Waiver.objects.exists()
    if name == "turned":
        assert "⟦U+202E⟧" in said
        assert "right-to-left" in said


# Whoever reads it may be killed


def test_a_reader_that_was_killed_is_followed_by_another_when_its_lease_is_over(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes()))
    held = claim(NOW)
    assert held is not None
    assert claim(NOW + LEASE - timedelta(seconds=1)) is None
    assert read_what_waits(lambda: NOW + LEASE + timedelta(seconds=1)) == 1
    assert Incoming.objects.get().state == "read"


def test_one_whose_reading_never_ends_is_told_after_three_times(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes()))
    for number in range(MOST_TRIES):
        assert claim(NOW + number * 2 * LEASE) is not None
    assert read_what_waits(lambda: NOW + 10 * LEASE) == 1
    incoming = Incoming.objects.get()
    assert (incoming.state, incoming.fault) == (
        "refused",
        "It was begun three times, and its reading never came to its end.",
    )


def test_a_zip_that_was_half_unpacked_is_gone_on_with(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("waivers.zip", zipped(one=b"WAIVER one (fictional)", two=b"WAIVER two (fictional)")))
    whole = claim(NOW)
    assert whole is not None
    IncomingFactory(desk=desk, parent=whole, name="one", sha256=sha256(b"WAIVER one (fictional)").hexdigest())
    read_what_waits(lambda: NOW + 2 * LEASE)
    assert sorted(part.name for part in whole.documents.all()) == ["one", "two"]


# The command


def test_the_command_brings_a_folder_in_and_says_what_became_of_each(desk: Desk, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "exhibit.txt").write_bytes(EXHIBIT.read_bytes())
    (folder / "copy.txt").write_bytes(EXHIBIT.read_bytes())
    (folder / "scan.png").write_bytes(HOSTILE["image"])
    call_command("bring_agreements", folder, by="officer", here=True)
    lines = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()]
    first = Incoming.objects.order_by("id")[0].pk
    assert lines[0] == "to review"
    assert lines[1] == f"here already as {first}"
    assert lines[2].startswith("not readable")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "nobody"}, "There is no active user 'nobody'."),
        ({"by": "counsel"}, "Counsel and auditors read the register; they record nothing in it."),
        ({"by": "officer", "desk": "other"}, "officer may bring documents in for: desk-"),
    ],
)
def test_the_command_says_who_may_not(desk: Desk, asked: dict[str, str], said: str) -> None:
    personas.counsel()
    with pytest.raises(CommandError, match=said):
        call_command("bring_agreements", EXHIBIT, **asked)
    assert not Incoming.objects.exists()


def test_who_is_on_no_desk_brings_nothing_in(desk: Desk) -> None:
    client = Client()
    client.force_login(UserFactory(role=User._meta.get_field("role").default))
    assert send(client, desk, ("exhibit.txt", EXHIBIT.read_bytes())).status_code == 422
    assert not Incoming.objects.exists()


def test_the_command_reads_what_waits_where_no_worker_does(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes()))
    call_command("bring_agreements", here=True)
    assert Incoming.objects.get().state == "read"
    with pytest.raises(CommandError, match="Name a file, a folder or a zip"):
        call_command("bring_agreements")
    with pytest.raises(CommandError, match="Say with --by who brings them in"):
        call_command("bring_agreements", EXHIBIT)


def test_what_was_damaged_where_it_is_kept_is_told(officer: Client, desk: Desk) -> None:
    send(officer, desk, ("exhibit.txt", EXHIBIT.read_bytes()))
    incoming = Incoming.objects.get()
    Path(incoming.file.path).write_bytes(b"WAIVER of something else (fictional)")
    read_what_waits(lambda: NOW)
    incoming.refresh_from_db()
    assert (incoming.state, incoming.fault.partition(":")[0]) == (
        "refused",
        "The file that is kept is not the one that came in",
    )
    send(officer, desk, ("again.txt", EXHIBIT.read_bytes()))
    read_what_waits(lambda: NOW)
    assert Incoming.objects.order_by("-id")[0].state == "read", "a stump is written anew"


def test_a_repeat_of_what_turns_out_unreadable_is_told_so_too(officer: Client, desk: Desk) -> None:
    for name in ("one.png", "two.png"):
        send(officer, desk, (name, HOSTILE["image"]))
    read_what_waits(lambda: NOW)
    assert [one.state for one in Incoming.objects.all()] == ["refused", "refused"]


def test_one_reader_at_a_time_and_not_for_long(officer: Client, desk: Desk) -> None:
    for number in range(3):
        send(officer, desk, (f"{number}.txt", f"WAIVER {number} (fictional)".encode()))
    assert read_what_waits(lambda: NOW, until=NOW) == 0
    IncomingFactory(desk=desk, state="reading", lease="somebody", lease_expires_at=timezone.now() + LEASE)
    read_incoming()
    assert Incoming.objects.filter(state="waiting").count() == 3
    Incoming.objects.filter(lease="somebody").update(lease_expires_at=timezone.now() - LEASE, state="read")
    read_incoming()
    assert not Incoming.objects.filter(state="waiting").exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_those_who_bring_the_same_in_at_the_same_moment_have_it_read_once(transactional_db: None) -> None:
    owner = personas.officer()
    desk, threads, faults = Desk.objects.get(), 4, []
    start = Barrier(threads)

    def run() -> None:
        try:
            start.wait()
            receive(name="exhibit.txt", data=EXHIBIT.read_bytes(), desk=desk, owner=owner, by=sign(owner, NOW))
        except Exception as error:  # noqa: BLE001 - looked at below
            faults.append(error)
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert faults == []
    assert sorted(one.state for one in Incoming.objects.all()) == ["duplicate"] * 3 + ["waiting"]
