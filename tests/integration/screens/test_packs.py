"""A pack holds everything about its subject, proves itself without the register, and is finished whatever is killed."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from agreements.models import Instrument, LoanDocument, Party
from agreements.operations import attach_file
from alerts.models import Alert
from audit.models import Export, User
from audit.seals import make_seal, new_key
from audit.signing import sign, sign_for_the_system, signed
from notes.models import HolderAction
from tests import services
from tests.integration.screens.conftest import Register
from waivers.models import Pack, Waiver
from waivers.operations import record
from waivers.packs import build as building
from waivers.packs.jobs import LEASE, claim, order_pack, work_on_packs
from waivers.packs.tables import TABLES
from waivers.packs.verify import check, is_signed

pytestmark = pytest.mark.django_db

LEARNT = datetime(2000, 3, 20, 21, tzinfo=UTC)
NOW = datetime(2000, 6, 1, 15, tzinfo=UTC)
AS_OF = date(2000, 5, 15)
EVIL = '=HYPERLINK("http://evil.example"),+1'


@pytest.fixture
def lexington(register: Register, settings: Any, tmp_path: Path) -> User:
    """Lexington with the trustee's move, one text that begins as a formula, and a key; the officer who runs it."""
    settings.SEAL_KEY, settings.SEAL_DIR, settings.VAR = new_key(), str(tmp_path / "seals"), tmp_path
    officer = register.people["officer"]
    assert officer is not None
    by = sign(officer, LEARNT, "r-1")
    action = HolderAction(
        ref="trustee-2000-03-15",
        instrument=Instrument.objects.get(ref="sr-sub"),
        kind="acceleration_sought",
        by="trustee",
        occurred=date(2000, 3, 15),
        reported=date(2000, 3, 20),
    )
    record(fact=action, by=by, reason=EVIL, today=date(2000, 3, 20))
    with transaction.atomic():
        connection.check_constraints()
    return officer


def ask(owner: User, waiver: str = "", at: datetime = NOW) -> Pack:
    found = Waiver.objects.get(ref=waiver) if waiver else None
    by = sign(owner, at, "asks")
    return order_pack(party=Party.objects.get(ref="lpc"), waiver=found, as_of=AS_OF, known_at=at, by=by, owner=owner)


def made(owner: User, waiver: str = "") -> Pack:
    pack = ask(owner, waiver)
    assert work_on_packs(lambda: NOW) == 1
    pack.refresh_from_db()
    assert (pack.state, pack.done, pack.fault) == ("done", pack.steps, "")
    return pack


@pytest.fixture
def unpacked(lexington: User, tmp_path: Path) -> Path:
    return unpack(made(lexington), tmp_path)


def unpack(pack: Pack, where: Path) -> Path:
    with pack.file.open("rb") as file, zipfile.ZipFile(file) as whole:
        whole.extractall(where)
    return where / pack.name


def table(folder: Path, name: str) -> list[dict[str, str]]:
    rows = list(csv.reader(io.StringIO((folder / f"tables/{name}.csv").read_text(encoding="utf-8"), newline="")))
    start = rows.index([]) + 1
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]


def test_everything_is_in_it(unpacked: Path) -> None:
    assert {path.name.removesuffix(".csv") for path in (unpacked / "tables").iterdir()} == {name for name, *_ in TABLES}
    [waiver] = [row for row in table(unpacked, "waivers") if row["waiver"] == "cit-2000-01-31"]
    assert (waiver["status"], waiver["ended on"], waiver["ended by"]) == (
        "rescinded",
        "2000-03-15",
        "trustee-2000-03-15",
    )
    assert waiver["until (words)"] == "until May 1, 2000"
    assert {row["names"] for row in table(unpacked, "scopes")} >= {"jr14", "jr-conv", "sr-sub"}
    assert any("acceleration sought" in row["what fires it"] for row in table(unpacked, "triggers"))
    assert {row["payment"] for row in table(unpacked, "payments")} >= {"jr14-2000-02-01-interest"}
    assert [row["occurred"] for row in table(unpacked, "holder-actions")] == ["2000-03-15"]
    lines = [row for row in table(unpacked, "default-lines-by-date") if row["instrument"] == "cit-lsa"]
    of_one = [row for row in lines if row["root"] == "jr14-2000-02-01-interest"]
    assert [(row["from"], row["to"], row["state"], row["waiver"]) for row in of_one] == [
        ("2000-02-01", "2000-03-14", "waived", "cit-2000-01-31"),
        ("2000-03-15", "", "event_of_default", ""),
    ]
    assert any(row["kind"] == "waiver_rescinded" and row["to"] == "officer" for row in table(unpacked, "alerts"))
    history = table(unpacked, "history")
    assert any(row["by"] == "officer" and row["ref"] == "trustee-2000-03-15" and row["new"] == "yes" for row in history)
    [exhibit] = (unpacked / "documents").iterdir()
    assert exhibit.read_bytes() == b"WAIVER"
    assert (unpacked / "certificate.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((unpacked / "certificate.json").read_text())["as_of"] == "2000-05-15"
    assert "python3 verify.py" in (unpacked / "README.txt").read_text()


def test_the_chronology_tells_what_happened_and_when_it_was_learnt(unpacked: Path) -> None:
    told = " ".join((unpacked / "chronology.txt").read_text().split())
    for said in (
        "31 January 2000, Mon - Agreement (Exhibit 10-106) (waiver) under Loan and Security Agreement is dated.",
        "Agreement (Exhibit 10-106) under Loan and Security Agreement is executed. [cit-2000-01-31]",
        "15 March 2000, Wed - Acceleration sought by the trustee of 12 3/4% Senior Subordinated Notes",
        "it was rescinded on 15 March 2000, Wed: acceleration was sought or declared (trustee-2000-03-15",
        "Loan and Security Agreement turns from waived to event of default by reason of",
        "20 March 2000, Mon - Recorded at 16:00 by officer",
        "[request r-1]",
        "Alert to officer, raised at",
    ):
        assert said in told
    days = [line for line in (unpacked / "chronology.txt").read_text().splitlines() if line[:1].isdigit()]
    parsed = [datetime.strptime(line.rpartition(",")[0], "%d %B %Y").date() for line in days]  # noqa: DTZ007
    assert parsed == sorted(parsed)
    assert parsed[-1] <= AS_OF


def test_no_cell_is_a_formula_and_the_text_can_be_had_back(unpacked: Path) -> None:
    [reason] = {row["reason"] for row in table(unpacked, "history") if row["ref"] == "trustee-2000-03-15"}
    assert reason == f"'{EVIL}"
    sheets = pandas.read_excel(unpacked / "tables.xlsx", sheet_name=None)
    history = sheets["history"]
    assert EVIL in set(history["reason"])
    for path in (unpacked / "tables").iterdir():
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row)


def test_pandas_reads_the_workbook_with_its_types(unpacked: Path) -> None:
    sheets = pandas.read_excel(unpacked / "tables.xlsx", sheet_name=None)
    assert list(sheets) == [name for name, *_ in TABLES]
    payments = sheets["payments"]
    assert payments["due"].dtype.kind == "M"
    assert payments["amount"].dtype.kind == "f"
    assert payments["missed as of"].dtype.kind in "bO"
    assert {name: len(sheet) for name, sheet in sheets.items()} == {name: len(table(unpacked, name)) for name in sheets}


@pytest.mark.slow
def test_libreoffice_opens_it_and_finds_no_formula(unpacked: Path, tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        (pytest.fail if services.IN_CI else pytest.skip)("There is no LibreOffice (soffice).")
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    for name, kind in (("tables.xlsx", "xlsx"), ("tables/history.csv", "csv")):
        out = tmp_path / kind
        command = [soffice, home, "--headless", "--convert-to", "ods", "--outdir", str(out), str(unpacked / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        [made_of_it] = out.iterdir()
        with zipfile.ZipFile(made_of_it) as whole:
            content = whole.read("content.xml").decode()
        formulas = set(re.findall(r'table:formula="of:=(.*?)"', content))
        assert formulas <= {"TRUE()", "FALSE()"}, "which is how it takes a yes and a no"
        assert "HYPERLINK" in content
        if kind == "xlsx":
            assert 'office:date-value="2000-02-01"' in content, "a date is a date"
            assert 'office:value-type="float"' in content


# It proves itself


def verify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As whoever got it would: another Python, which knows nothing of the project."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_it_verifies_itself_offline(unpacked: Path, settings: Any) -> None:
    key = json.loads((unpacked / "manifest.json").read_text())["public_key"]
    found = verify(unpacked, "--key", key)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("All fits: ")
    assert key in found.stdout
    assert verify(unpacked, "--seal", str(unpacked / "seal.json")).returncode == 0
    with signed(sign_for_the_system("test", NOW), "Later"):
        LoanDocument.objects.get(ref="exhibit-10-106").save()
    with transaction.atomic():
        connection.check_constraints()
    later = Path(unpacked.parent) / "mailed.json"
    later.write_text(make_seal(NOW).text())
    assert verify(unpacked, "--seal", str(later)).returncode == 1, "the chain went on since, so it does not run so far"


def lines(path: Path, change: Callable[[list[str]], Any]) -> None:
    held = path.read_text().splitlines()
    change(held)
    path.write_text("".join(f"{line}\n" for line in held))


def relisted(folder: Path, name: str) -> None:
    """Whoever changes a file may put its new hash into the manifest; not the signature."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for each in manifest["files"]:
        if each["name"] == name:
            each["sha256"] = building.verify.hash_of(folder / name)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


TAMPERINGS: dict[str, Callable[[Path], Any]] = {
    "a table is changed": lambda f: lines(f / "tables/waivers.csv", lambda held: held.append("more")),
    "a table is taken out": lambda f: (f / "tables/alerts.csv").unlink(),
    "a file is added": lambda f: (f / "documents/forged.txt").write_text("forged"),
    "a document is changed": lambda f: next((f / "documents").iterdir()).write_bytes(b"WAIVED"),
    "a file is added out of sight": lambda f: (f / "tables/x__pycache__.csv").write_text("forged"),
    "the salt of a line is changed": lambda f: lines(
        f / "history-links.txt", lambda held: held.__setitem__(0, f"{held[0]}0")
    ),
    "a line of the history is changed": lambda f: lines(
        f / "history.jsonl", lambda held: held.__setitem__(3, held[3].replace("test", "best"))
    ),
    "a line of the history is taken out": lambda f: lines(f / "history.jsonl", lambda held: held.pop(2)),
    "two lines of the history change places": lambda f: lines(
        f / "history.jsonl", lambda held: held.insert(0, held.pop(4))
    ),
    "the chain is cut off": lambda f: lines(f / "chain.txt", lambda held: held.pop()),
    "a link is changed": lambda f: lines(f / "chain.txt", lambda held: held.__setitem__(1, held[2])),
    "the seal is changed": lambda f: (f / "seal.json").write_text(
        (f / "seal.json").read_text().replace('"links": ', '"links": 1')
    ),
    "the signature is another": lambda f: (f / "manifest.sig").write_text("00" * 64),
    "the signature is taken out": lambda f: (f / "manifest.sig").unlink(),
}
FILE_OF = {"history": "history.jsonl", "chain": "chain.txt", "link": "chain.txt", "seal": "seal.json"}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_whatever_is_changed_in_it_is_found(unpacked: Path, name: str) -> None:
    TAMPERINGS[name](unpacked)
    found = verify(unpacked)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "THIS PACK DOES NOT VERIFY." in found.stdout


@pytest.mark.parametrize(
    "name", [name for name in TAMPERINGS if "history" in name or "chain" in name or "link" in name]
)
def test_it_is_found_even_if_the_manifest_is_made_to_fit(unpacked: Path, name: str) -> None:
    TAMPERINGS[name](unpacked)
    for file in ("history.jsonl", "chain.txt"):
        relisted(unpacked, file)
    said = list(check(unpacked))
    assert any("the signature" in one for one in said)
    assert any("history.jsonl" in one or "chain does not run" in one for one in said), "and by the chain itself"


def test_a_pack_that_another_key_signed_is_found_by_the_key_one_knows(unpacked: Path) -> None:
    assert verify(unpacked, "--key", "ab" * 32).returncode == 1


def test_a_folder_that_is_no_pack_is_told(tmp_path: Path) -> None:
    shutil.copy(building.verify.__file__, tmp_path / "verify.py")
    found = verify(tmp_path)
    assert (found.returncode, found.stdout[:26]) == (2, "This pack cannot be read: ")


def test_without_a_key_it_says_that_it_is_not_signed(lexington: User, settings: Any, tmp_path: Path) -> None:
    settings.SEAL_KEY = ""
    found = verify(unpack(made(lexington), tmp_path))
    assert found.returncode == 0
    assert "NOT SIGNED" in found.stdout


@examples(max_examples=25)
@given(message=st.binary(max_size=200), seed=st.binary(min_size=32, max_size=32), flip=st.integers(0, 511))
def test_the_packs_own_check_of_a_signature_is_that_of_the_library(message: bytes, seed: bytes, flip: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw().hex(), key.sign(message)
    assert is_signed(public, signature.hex(), message)
    assert not is_signed(public, signature.hex(), message + b"x")
    broken = bytearray(signature)
    broken[flip // 8] ^= 1 << flip % 8
    assert not is_signed(public, broken.hex(), message)


@pytest.mark.parametrize("key", ["", "zz", "00", "ff" * 32, "01" + "00" * 31])
def test_what_is_no_key_signs_nothing(key: str) -> None:
    assert not is_signed(key, "00" * 64, b"message")


# It is finished, whatever is killed, and says the same


def test_a_pack_about_a_waiver_has_that_waiver_and_its_debts_only(lexington: User, tmp_path: Path) -> None:
    folder = unpack(made(lexington, "cit-2000-01-31"), tmp_path)
    assert {row["waiver"] for row in table(folder, "waivers")} == {"cit-2000-01-31"}
    assert {row["instrument"] for row in table(folder, "payments")} == {"jr14", "jr-conv", "sr-sub"}
    assert {row["about"] for row in table(folder, "alerts")} == {"waiver:cit-2000-01-31"}
    refs = {row["ref"] for row in table(folder, "history")}
    assert "trustee-2000-03-15" in refs, "what ended it is in its history"
    assert {ref for ref in refs if ref.startswith("sr-unsec")} == set()
    assert verify(folder).returncode == 0


def test_one_that_was_killed_is_gone_on_with_and_gives_the_same_bytes(
    lexington: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(lexington)
    other = ask(lexington)
    Pack.objects.filter(pk=other.pk).update(seal=whole.seal, links=whole.links, certificate=whole.certificate_id)
    clock, written = Clock(), []
    first = building._write_once

    def dies(path: Path, write: Callable[[Path], None], whose: str) -> None:
        if len(written) == 9:
            raise KeyboardInterrupt
        written.append(path.name)
        first(path, write, whose)

    monkeypatch.setattr(building, "_write_once", dies)
    with pytest.raises(KeyboardInterrupt):
        work_on_packs(clock)
    other.refresh_from_db()
    assert (other.state, other.done) == ("working", 9)
    assert claim(clock()) is None, "its lease still runs"
    clock.now += LEASE + timedelta(seconds=1)
    again = []

    def goes_on(path: Path, write: Callable[[Path], None], whose: str) -> None:
        again.extend([] if path.exists() else [path.name])
        first(path, write, whose)

    monkeypatch.setattr(building, "_write_once", goes_on)
    assert work_on_packs(clock) == 1
    assert not set(written) & set(again), "what was there was not written again"
    other.refresh_from_db()
    with whole.file.open("rb") as one, other.file.open("rb") as two:
        assert contents(one) == contents(two)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def contents(file: Any) -> dict[str, bytes]:
    """Without what names the pack itself."""
    with zipfile.ZipFile(file) as whole:
        names = {name.partition("/")[2]: name for name in whole.namelist()}
        return {
            short: whole.read(name) for short, name in names.items() if short not in ("manifest.json", "manifest.sig")
        }


def test_what_is_recorded_while_it_is_built_is_not_in_it(lexington: User, tmp_path: Path) -> None:
    pack = ask(lexington)
    early = sign_for_the_system("late", NOW - timedelta(days=1))
    with signed(early, "Recorded later, under an earlier date"):
        paper = LoanDocument.objects.get(ref="exhibit-10-106")
        paper.title = "Changed meanwhile"
        paper.save()
    with transaction.atomic():
        connection.check_constraints()
    assert work_on_packs(lambda: NOW) == 1
    pack.refresh_from_db()
    folder = unpack(pack, tmp_path)
    assert "Changed meanwhile" not in (folder / "tables/papers.csv").read_text()
    assert "Changed meanwhile" not in (folder / "tables/history.csv").read_text()
    assert "Changed meanwhile" not in (folder / "history.jsonl").read_text()


def test_one_that_cannot_be_built_is_tried_three_times_and_then_told(
    lexington: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, clock = ask(lexington), Clock()
    paper = LoanDocument.objects.get(ref="exhibit-10-106")
    Path(paper.file.path).unlink()
    for _ in range(5):
        work_on_packs(clock)
        clock.now += timedelta(minutes=30)
    pack.refresh_from_db()
    assert (pack.state, pack.tries) == ("failed", 3)
    assert "FileNotFoundError" in pack.fault
    [alert] = Alert.objects.filter(about=f"pack:{pack.pk}")
    assert alert.content["heading"] == f"Pack {pack.pk} could not be made"


def test_whoever_lost_the_lease_finishes_nothing(lexington: User, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = ask(lexington)
    first = building._write_once

    def overtaken(path: Path, write: Callable[[Path], None], whose: str) -> None:
        Pack.objects.filter(pk=pack.pk).update(lease="somebody else")
        first(path, write, whose)

    monkeypatch.setattr(building, "_write_once", overtaken)
    assert work_on_packs(lambda: NOW) == 0
    assert not Alert.objects.filter(about=f"pack:{pack.pk}").exists()


# On the screen


@pytest.fixture
def client(register: Register, lexington: User) -> Iterator[Client]:
    return register.client("officer")


def test_it_is_asked_for_followed_announced_and_taken(
    client: Client, lexington: User, django_capture_on_commit_callbacks: Any
) -> None:
    page = client.get("/packs/new/?borrower=lpc&as_of=2000-05-15").content.decode()
    assert "15 May 2000, Mon" in page
    response = client.post("/packs/new/?borrower=lpc&as_of=2000-05-15")
    pack = Pack.objects.get()
    assert response["Location"] == f"/packs/{pack.pk}/"
    assert "It waits for its turn." in client.get(f"/packs/{pack.pk}/").content.decode()
    assert client.get(f"/packs/{pack.pk}.zip").status_code == 404
    Pack.objects.update(state="working", done=3, steps=24, doing="writing payments", lease_expires_at=pack.asked_at)
    part = client.get(f"/packs/{pack.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Writing payments: 3 of 24 files." in part
    assert "<html" not in part
    assert work_on_packs(lambda: pack.asked_at + LEASE) == 1
    assert "It is ready." in client.get(f"/packs/{pack.pk}/").content.decode()
    [alert] = Alert.objects.filter(about=f"pack:{pack.pk}")
    assert (alert.recipient, alert.content["path"]) == (lexington, f"/packs/{pack.pk}/")
    taken = client.get(f"/packs/{pack.pk}.zip")
    body = b"".join(taken)
    pack.refresh_from_db()
    assert (len(body), sha256(body).hexdigest()) == (pack.size, pack.sha256)
    logged = Export.objects.get(what="counsel's pack")
    assert (logged.end.sha256, logged.end.size, logged.end.complete) == (pack.sha256, pack.size, True)
    assert pack.name in taken["Content-Disposition"]
    assert f"/packs/{pack.pk}/" in client.get("/packs/").content.decode()


def test_a_pack_is_its_owners_alone_and_only_while_they_see_what_it_is_about(
    register: Register,
    lexington: User,
) -> None:
    pack = made(lexington)
    for name in ("colleague", "counsel", "auditor", "administrator", "stranger"):
        assert register.client(name).get(f"/packs/{pack.pk}/").status_code == 404
        assert register.client(name).get(f"/packs/{pack.pk}.zip").status_code == 404
    own = register.client("officer")
    assert own.get(f"/packs/{pack.pk}.zip").status_code == 200
    member = lexington.desk_memberships.get()
    member.recorded_in_error = True
    with signed(sign_for_the_system("test", NOW), "Left the desk"):
        member.save()
    assert own.get(f"/packs/{pack.pk}/").status_code == 404
    assert own.get(f"/packs/{pack.pk}.zip").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [("borrower=lpc&known_at=2199-01-01T12:00", 422), ("borrower=lpc&as_of=noon", 422), ("borrower=x", 404), ("", 404)],
)
def test_what_cannot_be_packed_is_told(client: Client, asked: str, status: int) -> None:
    assert client.post(f"/packs/new/?{asked}").status_code == status
    assert not Pack.objects.exists()


def test_a_paper_of_any_name_gets_a_name_that_any_system_takes(lexington: User) -> None:
    paper = LoanDocument.objects.get(ref="exhibit-10-106")
    by = sign_for_the_system("test", NOW)
    for name, expected in (
        ("a b.PDF", ".PDF"),
        ("no ending", ".bin"),
        ("../../x.t/y", ".bin"),
        ("a.too-long-ending", ".bin"),
    ):
        attach_file(document=paper, name=name, data=b"x", by=by, reason="test")
        assert building.document_name(paper) == f"exhibit-10-106-{paper.pk}{expected}"
