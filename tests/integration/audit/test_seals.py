"""The record is sealed once a day, with a key of the environment, into a file and a mail, and held against them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from audit.chain import head
from audit.models import Seal
from audit.seals import SealError, kept_seals, make_seal, new_key, read_seal, seal
from audit.signing import sign_for_the_system, signed
from audit.tasks import seal_register
from tests.factories import PartyFactory
from tests.guards import lifted
from tests.integration.alerts.sink import smtp_sink

NOW = datetime.now(UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_key_and_a_folder(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_KEY, settings.SEAL_DIR, settings.SEAL_TO = new_key(), str(tmp_path / "seals"), []


@pytest.fixture
def recorded() -> None:
    with signed(sign_for_the_system("clock", datetime.now(UTC)), "As the paper says"):
        PartyFactory()
    with transaction.atomic():
        connection.check_constraints()


def run(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    call_command(*command)
    return capsys.readouterr().out


def test_the_command_prints_the_seal_writes_its_file_and_notes_it(
    recorded: None, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    printed = run(capsys, "seal")
    [file] = Path(settings.SEAL_DIR).iterdir()
    assert file.read_text() == printed
    found = read_seal(printed)
    assert (found.links, found.head) == (head().number, head().hash) == (1, Seal.objects.get().head)
    assert found.is_genuine()
    assert run(capsys, "verify_audit") == f"All fits: 1 links, 2 seal(s).\n{head().hash}\n"


def test_it_is_mailed_and_the_mail_alone_shows_what_was_cut_off(
    recorded: None, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Path
) -> None:
    with smtp_sink() as sink, smtp(sink.port):
        call_command("seal", "--to", "trust@counsel.example")
    [mail] = sink.got
    [attached] = mail.iter_attachments()
    kept_elsewhere = tmp_path / attached.get_filename()
    kept_elsewhere.write_bytes(
        attached.get_content() if isinstance(attached.get_content(), bytes) else attached.get_payload(decode=True)
    )
    assert (mail["To"], mail["Subject"]) == ("trust@counsel.example", "Seal of the register, 1 links")
    with lifted(), connection.cursor() as cursor:
        for table in ("agreements_historicalparty", "agreements_party", "audit_link", "audit_seal"):
            cursor.execute(f"DELETE FROM {table}")
    for file in Path(settings.SEAL_DIR).iterdir():
        file.unlink()
    capsys.readouterr()
    assert run(capsys, "verify_audit").startswith("All fits: 0 links, 0 seal(s).")
    with pytest.raises(CommandError, match="the end of the record was cut off"):
        call_command("verify_audit", "--seal", str(kept_elsewhere))


def smtp(port: int) -> Any:
    return override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port
    )


def test_a_refused_mail_leaves_no_note_and_the_next_hour_tries_again(recorded: None, settings: Any) -> None:
    settings.SEAL_TO = ["trust@counsel.example"]
    with smtp_sink(answers=["450 later"]) as sink, smtp(sink.port):
        with pytest.raises(OSError, match="later"):
            seal_register()
        assert not Seal.objects.exists()
        seal_register()
        seal_register()
    assert (len(sink.got), Seal.objects.count()) == (1, 1), "and the same day no more"
    with time_machine.travel(NOW + timedelta(hours=25)), smtp_sink() as sink, smtp(sink.port):
        seal_register()
    assert (len(sink.got), Seal.objects.count()) == (1, 2)


def test_without_a_key_nothing_is_sealed_and_a_sentence_says_how_to_make_one(settings: Any) -> None:
    settings.SEAL_KEY = ""
    with pytest.raises(CommandError, match=r"SEAL_KEY is not set.*--new-key"):
        call_command("seal")
    seal_register()
    assert not Seal.objects.exists()


@pytest.mark.parametrize("key", ["short", "AAAA", "not base64 at all!"])
def test_a_key_that_is_none_is_told(settings: Any, key: str) -> None:
    settings.SEAL_KEY = key
    with pytest.raises(CommandError, match="SEAL_KEY is not a key"):
        call_command("seal")


def test_the_command_makes_a_key(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.SEAL_KEY = run(capsys, "seal", "--new-key").strip()
    assert make_seal(NOW).is_genuine()


def test_a_file_that_is_no_seal_is_told(tmp_path: Path, settings: Any) -> None:
    odd = tmp_path / "odd.json"
    for text in ("", "{}", "[]", '{"format": "other/1"}', json.dumps({"format": "standstill/seal/1", "links": "x"})):
        odd.write_text(text)
        with pytest.raises(CommandError, match=r"A seal cannot be read: odd\.json"):
            call_command("verify_audit", "--seal", str(odd))
    with pytest.raises(CommandError, match="A seal cannot be read"):
        call_command("verify_audit", "--seal", str(tmp_path / "not-there.json"))


def test_a_seal_that_was_changed_is_no_seal(recorded: None) -> None:
    found = json.loads(make_seal(NOW).text())
    for member, value in (("at", "2001-01-01T00:00:00Z"), ("links", 2), ("head", "0" * 64), ("signature", "00")):
        assert not read_seal(json.dumps({**found, member: value})).is_genuine()
    with pytest.raises(SealError):
        read_seal(json.dumps({**found, "format": "another"}))


def test_a_register_that_was_tampered_with_gives_exit_status_1_and_the_first_row(recorded: None, settings: Any) -> None:
    seal(NOW)
    assert len(kept_seals()) == 2
    with lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_historicalparty SET name = 'Somebody else'")
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1
    first = str(refusal.value).splitlines()[1]
    assert first.startswith("link 1: agreements.party, row ")
    assert first.endswith("it was changed.")
