"""Issuing a certificate, and a letter from its draft to its record, as people do it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from agreements.models import Instrument, LoanDocument, Party
from audit.models import Export
from audit.signing import sign_for_the_system, signed
from tests.factories import (
    HolderActionFactory,
    InstrumentPartyFactory,
    LoanDocumentFactory,
    PartyFactory,
    TerminationNoticeFactory,
)
from tests.integration.screens.conftest import Register
from tests.integration.screens.recording import HIDDEN, hidden, preview, record
from waivers.models import Certificate, Waiver
from waivers.papers.certificate import check
from waivers.papers.letters import reservation_of_rights

See = Callable[..., str]
ISSUE = "/borrowers/lpc/certificates/issue/"
RESERVE = "/instruments/cit-lsa/reservation/"
NOTICE = "/waivers/cit-2000-01-31/notice/"
RELATED = sign_for_the_system("test", datetime(2000, 3, 13, 12, tzinfo=UTC))


@pytest.fixture
def rescinded(register: Register) -> None:
    """The trustee accelerated the senior subordinated notes on 10 March: the CIT waiver fell that day."""
    with signed(RELATED, "The trustee's letter"):
        HolderActionFactory(
            ref="accelerated",
            instrument=Instrument.objects.get(ref="sr-sub"),
            kind="acceleration_declared",
            occurred=date(2000, 3, 10),
            reported=date(2000, 3, 13),
            status="verified",
        )


def text(response: HttpResponse) -> str:
    return " ".join(unescape(response.content.decode()).split())


def opened(page: HttpResponse) -> str:
    return hidden(page)["opened"]


def issued(client: Client, query: str = "?as_of=2000-03-01") -> HttpResponse:
    page = client.get(f"{ISSUE}{query}")
    assert page.status_code == 200
    return client.post(f"{ISSUE}{query}", {"opened": opened(page)})


def latest() -> Certificate:
    return Certificate.objects.order_by("number").last()


# Certificates


@pytest.mark.parametrize("name", ["officer", "colleague", "counsel", "auditor", "administrator"])
def test_whoever_may_export_issues_a_certificate_and_it_says_who_did(register: Register, name: str) -> None:
    answer = issued(register.client(name))
    assert answer["Location"] == "/certificates/2/"
    made = latest()
    assert (made.by, made.actor_name) == (register.people[name], register.people[name].username)
    assert made.known_at <= made.at
    assert check(made) == []


def test_the_page_before_shows_just_what_will_be_said(officer: Client) -> None:
    page = officer.get(f"{ISSUE}?as_of=2000-03-01")
    for said in ("As of", "1 March 2000, Wed", "(when this page was opened)", "through 30 April 2000, Sun", "Issue it"):
        assert said in text(page) or said in page.content.decode()
    before = Certificate.objects.count()
    assert officer.get(ISSUE).status_code == 200
    assert Certificate.objects.count() == before
    officer.post(f"{ISSUE}?as_of=2000-03-01", {"opened": opened(page)})
    assert latest().known_at == datetime.fromisoformat(opened(page))


def test_what_was_recorded_since_the_page_was_opened_is_not_in_it(register: Register, officer: Client) -> None:
    page = officer.get(f"{ISSUE}?as_of=2000-03-14")
    by = sign_for_the_system("quicker", datetime.now(UTC))
    with signed(by, "Meanwhile"):
        HolderActionFactory(instrument=Instrument.objects.get(ref="sr-sub"), occurred=date(2000, 3, 10))
    officer.post(f"{ISSUE}?as_of=2000-03-14", {"opened": opened(page)})
    assert "rescinded" not in latest().content
    assert issued(officer, "?as_of=2000-03-14").status_code == 302
    assert "rescinded" in latest().content


@pytest.mark.parametrize(
    "sent", ["", "yesterday", "2000-01-01", "2000-01-01T00:00:00+00:00", "2199-01-01T00:00:00+00:00"]
)
def test_a_page_that_was_not_opened_just_now_is_shown_again(officer: Client, sent: str) -> None:
    before = Certificate.objects.count()
    again = officer.post(f"{ISSUE}?as_of=2000-03-01", {"opened": sent})
    assert again.status_code == 409
    assert "You opened this page a while ago" in text(again)
    assert Certificate.objects.count() == before
    assert officer.post(f"{ISSUE}?as_of=2000-03-01", {"opened": opened(again)}).status_code == 302


def test_a_page_is_good_for_a_quarter_of_an_hour(register: Register) -> None:
    start = datetime(2026, 11, 2, 15, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        client = register.client("officer")
        page = client.get(ISSUE)
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert client.post(ISSUE, {"opened": opened(page)}).status_code == 409
    with time_machine.travel(start + timedelta(minutes=15), tick=False):
        assert client.post(ISSUE, {"opened": opened(page)}).status_code == 302


def test_a_moment_that_the_address_names_is_the_one_it_is_known_at(officer: Client) -> None:
    query = "?as_of=2000-03-01&known_at=2000-03-02 12:00:00"
    page = officer.get(f"{ISSUE}{query}")
    assert "(when this page was opened)" not in text(page)
    assert officer.post(f"{ISSUE}{query}", {"opened": ""}).status_code == 302
    assert latest().known_at == datetime(2000, 3, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?known_at=2198-01-01 12:00", "Known at lies ahead"),
        ("?known_at=noon", "Known at must be a moment"),
        ("?as_of=2000-02-30", "As of must be a date"),
        ("?known_at=1999-01-01 12:00", "did not know of this borrower"),
    ],
)
def test_no_certificate_of_a_moment_to_come_or_that_cannot_be_read(officer: Client, query: str, said: str) -> None:
    before = Certificate.objects.count()
    page = officer.get(f"{ISSUE}{query}")
    assert page.status_code == 422
    assert said in text(page)
    sent = officer.post(f"{ISSUE}{query}", {"opened": datetime.now(UTC).isoformat()})
    assert sent.status_code == 409
    assert Certificate.objects.count() == before


def test_its_page_reads_as_it_was_issued_and_says_on_demand_whether_it_fits(officer: Client, see: See) -> None:
    page = see("/certificates/1/")
    made = Certificate.objects.get(number=1)
    for said in (
        "Position certificate PC-0001",
        "as of 1 March 2000, Wed",
        "It is waived by Agreement (Exhibit 10-106) (cit-2000-01-31), in force through 30 April 2000, Sun.",
        made.json_sha256,
        made.pdf_sha256,
        made.seal_hash,
    ):
        assert said in page
    assert "byte for byte" not in page
    assert "the register gives the same JSON and the same PDF" in see("/certificates/1/?check=1")
    made.pdf.storage.delete(made.pdf.name)
    assert "It does not fit.</strong> The PDF is missing from the store." in see("/certificates/1/?check=1")


def test_it_is_taken_away_to_the_byte_as_an_attachment(officer: Client) -> None:
    made = Certificate.objects.get(number=1)
    answer = officer.get("/certificates/1.json")
    assert b"".join(answer) == made.content.encode()
    assert answer["Content-Disposition"] == 'attachment; filename="PC-0001.json"'
    answer = officer.get("/certificates/1.pdf")
    assert hashlib.sha256(b"".join(answer)).hexdigest() == made.pdf_sha256
    assert answer["Content-Disposition"] == 'attachment; filename="PC-0001.pdf"'
    logged = Export.objects.filter(what="certificate").order_by("id")
    assert [(one.filter, one.end.sha256) for one in logged] == [
        ("PC-0001, JSON", made.json_sha256),
        ("PC-0001, PDF", made.pdf_sha256),
    ]


def test_a_borrowers_certificates_are_listed_and_its_page_leads_there(officer: Client, see: See) -> None:
    issued(officer)
    page = see("/borrowers/lpc/certificates/")
    assert page.index("PC-0002") < page.index("PC-0001")
    borrower = see("/borrowers/lpc/?as_of=2000-03-01")
    assert f'href="{ISSUE}?as_of=2000-03-01"' in borrower
    assert 'href="/borrowers/lpc/certificates/' in borrower


def test_names_full_of_markup_stay_text_on_the_page(register: Register, officer: Client) -> None:
    with signed(RELATED, "Renamed"):
        party = Party.objects.get(ref="lpc")
        party.name = "<script>alert(1)</script> #eval(1)"
        party.save()
    assert issued(officer).status_code == 302
    page = officer.get("/certificates/2/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; #eval(1)" in page


# Drafts of letters


def test_a_reservation_is_drafted_from_facts_with_their_sources(rescinded: None, see: See, officer: Client) -> None:
    page = text(officer.get(f"{RESERVE}?as_of=2000-03-14"))
    for said in (
        "The CIT Group/Equipment Financing, Inc.",
        "[address not recorded]",
        "14 March 2000, Tue",
        "Re: Loan and Security Agreement dated as of 19 March 1997, Wed",
        "Interest of 14% Junior Subordinated Notes due May 1, 2000 fell due on 1 February 2000, Tue and is not paid.",
        "It was rescinded on 10 March 2000, Fri: acceleration was sought or declared (accelerated)",
        "The act: acceleration declared by the trustee on 10 March 2000, Fri, reported to us on 13 March 2000, Mon.",
        "no course of dealing",
        "the law that governs the Agreement: New York",
        "Payment jr14-2000-02-01-interest of jr14",
        "paper exhibit-10-106, SHA-256 ",
        "as of 14 March 2000, Tue, as known at",
    ):
        assert said in page, said
    assert "1 March 2000" not in page.replace("31 March 2000", "").split("Re:")[0].replace("14 March 2000", "")


def test_a_draft_of_a_past_moment_says_so_and_knows_no_more(rescinded: None, see: See) -> None:
    past = f"{RESERVE}?as_of=2000-05-02&known_at=2000-03-01 12:00:00"
    page = see(past)
    assert "as of 2 May 2000, Tue, as known at 1 March 2000, Wed 12:00" in page
    assert "By its own words it ended of itself" in page
    assert "accelerated" not in page


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{RESERVE}?as_of=2000-03-01", "No event of default stands under it as of 1 March 2000, Wed."),
        (f"{NOTICE}?as_of=2000-03-01", "As of 1 March 2000, Wed it is in force: it has not ended."),
        (f"{RESERVE}?known_at=1999-01-01 12:00", "The register did not know of this debt then."),
        (f"{NOTICE}?known_at=1999-01-01 12:00", "The register did not know of this debt then."),
    ],
)
def test_there_is_no_letter_where_the_facts_bear_none(officer: Client, path: str, said: str) -> None:
    page = officer.get(path)
    assert page.status_code == 200
    assert said in text(page)
    assert officer.get(f"{path}&format=pdf").status_code == 404


@pytest.mark.parametrize("as_of", ["2000-03-10", "2000-05-01"])
def test_a_notice_says_what_ended_the_waiver_on_what_day(rescinded: None, officer: Client, as_of: str) -> None:
    page = text(officer.get(f"{NOTICE}?as_of={as_of}"))
    for words in (
        "It ended on 10 March 2000, Fri of itself, without notice",
        "rescinded on 10 March 2000, Fri",
        "does not bring it back",
        "What the Waiver covered stands",
        "Waiver cit-2000-01-31, what ends it: paragraph 2",
    ):
        assert words in page


def test_a_notice_of_a_termination_gives_the_notice_that_ended_it(rescinded: None, officer: Client) -> None:
    waiver = Waiver.objects.get(ref="cit-2000-01-31")
    with signed(RELATED, "Read again: on notice"):
        for trigger in waiver.triggers.all():
            trigger.effect = "on_notice"
            trigger.save()
        for given in (date(2000, 3, 20), date(2000, 4, 20)):
            TerminationNoticeFactory(waiver=waiver, given=given, effective=given + timedelta(days=5))
    assert "it is in force: it has not ended" in text(officer.get(f"{NOTICE}?as_of=2000-03-24"))
    page = text(officer.get(f"{NOTICE}?as_of=2000-03-25"))
    assert "It was terminated on 25 March 2000, Sat" in page
    assert "Notice was given on 20 March 2000, Mon, effective 25 March 2000, Sat." in page
    assert "20 April 2000" not in page


def test_a_draft_that_is_dated_ahead_says_what_it_takes_for_granted(register: Register, officer: Client) -> None:
    ahead = f"{RESERVE}?as_of=2000-05-02&known_at=2000-03-01 12:00:00"
    assert "It is dated ahead: payments not due yet are taken as made on time" in text(officer.get(ahead))
    assert "It is dated ahead" not in text(officer.get(f"{RESERVE}?as_of=2000-05-02"))


def test_a_notice_of_an_expiry_gives_the_words_and_their_reading(officer: Client) -> None:
    page = text(officer.get(f"{NOTICE}?as_of=2000-05-01"))
    assert (
        '"until May 1, 2000": the date itself is not included, so the last day in force is 30 April 2000, Sun.' in page
    )
    assert "Since 1 May 2000, Mon it holds nothing back." in page


def test_a_draft_is_taken_away_as_pdf_and_as_text(rescinded: None, officer: Client) -> None:
    answer = officer.get(f"{NOTICE}?as_of=2000-03-14&format=pdf")
    name = "draft-notice-of-end-cit-2000-01-31-2000-03-14"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
    assert all("DRAFT" in page.extract_text() for page in PdfReader(io.BytesIO(b"".join(answer))).pages)
    answer = officer.get(f"{RESERVE}?as_of=2000-03-14&format=txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert b"".join(answer).decode().startswith("DRAFT, as of 14 March 2000, Tue")


def test_a_draft_names_debts_of_others_by_their_refs_alone(rescinded: None, officer: Client) -> None:
    """Who sees this debt by way of one obligor may not see what another obligor owes alone."""
    with signed(RELATED, "A second obligor"):
        InstrumentPartyFactory(instrument=Instrument.objects.get(ref="cit-lsa"), party=PartyFactory(name="Guarantor"))
    page = text(officer.get(f"{RESERVE}?as_of=2000-03-14"))
    assert "Lexington Precision Corporation; Guarantor" in page
    assert "missed payment jr14-2000-02-01-interest under jr14".lower() in page.lower()
    assert "14% Junior Subordinated Notes" not in page


def test_the_pages_lead_to_their_drafts_only_where_there_is_one(rescinded: None, see: See) -> None:
    assert "Draft a reservation of rights" in see("/instruments/cit-lsa/?as_of=2000-03-14")
    assert "Draft a reservation of rights" not in see("/instruments/cit-lsa/?as_of=2000-03-01")
    assert "Draft a notice that it ended" in see("/waivers/cit-2000-01-31/?as_of=2000-03-14")
    assert "Draft a notice that it ended" not in see("/waivers/cit-2000-01-31/?as_of=2000-03-01")


def test_counsel_and_auditors_draft_letters_but_do_not_record_them(rescinded: None, register: Register) -> None:
    for name in ("counsel", "auditor"):
        client = register.client(name)
        page = text(client.get(f"{RESERVE}?as_of=2000-03-14"))
        assert "PDF, marked as a draft" in page
        assert "Record it as sent" not in page
        assert client.get("/record/reservation/?instrument=cit-lsa").status_code == 403
        assert client.post("/record/reservation/", {"instrument": "cit-lsa", "step": "record"}).status_code == 403
    assert "Record it as sent" in text(register.client("officer").get(f"{RESERVE}?as_of=2000-03-14"))


# Recording them

LETTER = {"dated": "2000-04-20", "name": "Reservation of rights", "ref": "", "reason": "Sent by courier"}
WARNED = "cit-lsa: an event of default stands unwaived, with no reservation of rights"


def test_a_recorded_reservation_answers_the_warning_from_its_day_on(rescinded: None, officer: Client, see: See) -> None:
    assert WARNED in see("/instruments/cit-lsa/?as_of=2000-04-20")
    done = record(officer, "reservation", "cit-lsa", **LETTER, drafted="on")
    assert done["Location"] == "/instruments/cit-lsa/"
    page = see("/instruments/cit-lsa/?as_of=2000-04-20")
    assert WARNED not in page
    assert WARNED not in see("/instruments/cit-lsa/?as_of=2000-06-01")
    assert WARNED in see("/instruments/cit-lsa/?as_of=2000-04-19")
    row = LoanDocument.history.get(ref="cit-lsa-reservation-2000-04-20")
    assert (row.actor_name, row.history_change_reason) == ("officer", "Sent by courier")
    assert "Sent by courier" in page


def test_the_letter_as_drafted_is_kept_as_its_file_without_the_mark_of_a_draft(
    rescinded: None, officer: Client, see: See
) -> None:
    record(officer, "reservation", "cit-lsa", **LETTER, drafted="on")
    paper = LoanDocument.objects.get(kind="reservation_of_rights")
    held = b"".join(officer.get(f"/documents/{paper.ref}/file/"))
    assert hashlib.sha256(held).hexdigest() == paper.sha256
    assert paper.file_name == f"{paper.ref}.pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(held)).pages]
    assert all(paper.ref in page and "DRAFT" not in page for page in pages)
    assert "rescinded on 10 March 2000" in " ".join("".join(pages).split())
    assert "reserved" in paper.words
    assert paper.ref in see("/search/?q=course of dealing")


def test_the_file_that_was_signed_is_kept_instead(rescinded: None, officer: Client) -> None:
    seen = preview(officer, "reservation", "cit-lsa", **LETTER)
    signed_copy = SimpleUploadedFile("../signed letter.pdf", b"%PDF-1.7 signed")
    done = record(officer, "reservation", "cit-lsa", after=seen, **LETTER, file=signed_copy)
    assert done.status_code == 302
    paper = LoanDocument.objects.get(kind="reservation_of_rights")
    assert paper.sha256 == hashlib.sha256(b"%PDF-1.7 signed").hexdigest()
    assert paper.file_name == "signed letter.pdf"
    assert paper.file.read() == b"%PDF-1.7 signed"


def test_a_signed_file_is_still_there_when_the_register_changed_since_the_preview(
    rescinded: None, officer: Client
) -> None:
    seen = preview(officer, "reservation", "cit-lsa", **LETTER)
    sent = {"instrument": "cit-lsa", **LETTER, **hidden(seen), "step": "record", "previewed": "forged"}
    again = officer.post("/record/reservation/", sent | {"file": SimpleUploadedFile("a.pdf", b"signed")})
    assert again.status_code == 409
    assert "See first what it would change" in text(again)


def test_a_preview_keeps_no_file_and_records_nothing(rescinded: None, officer: Client) -> None:
    before = kept_files()
    page = preview(officer, "reservation", "cit-lsa", **LETTER, drafted="on")
    assert page.status_code == 200
    assert "it changes no state of any instrument" in text(page)
    assert kept_files() == before
    assert not LoanDocument.objects.filter(kind="reservation_of_rights").exists()


def kept_files() -> set[Path]:
    return set((Path(configured.MEDIA_ROOT) / "documents").iterdir())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"drafted": "on", "dated": "2000-03-01"}, "There is no such letter to keep: No event of default stands"),
        ({"ref": "exhibit-10-106"}, "There is a paper exhibit-10-106 already."),
        ({"ref": "../x"}, "A ref is made of letters, digits"),
        ({"file": SimpleUploadedFile("empty.pdf", b"")}, "The submitted file is empty."),
        ({"drafted": "on", "file": SimpleUploadedFile("a.pdf", b"a")}, "not both"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_with_a_letter_is_said(
    rescinded: None, officer: Client, fields: dict[str, Any], said: str
) -> None:
    page = preview(officer, "reservation", "cit-lsa", **{**LETTER, **fields})
    assert page.status_code == 422
    assert said in text(page)


def test_a_file_too_large_is_refused(rescinded: None, officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agreements.operations.LARGEST_FILE", 4)
    page = preview(officer, "reservation", "cit-lsa", **LETTER, file=SimpleUploadedFile("a.pdf", b"12345"))
    assert page.status_code == 422
    assert "at most 0 MB are kept" in text(page)


def test_a_letter_may_be_recorded_without_a_file(rescinded: None, officer: Client) -> None:
    record(officer, "reservation", "cit-lsa", **{**LETTER, "ref": "our-letter-7"})
    paper = LoanDocument.objects.get(ref="our-letter-7")
    assert (paper.file.name, paper.sha256) == ("", "")


def test_a_notice_is_recorded_under_the_waivers_own_paper_and_ends_nothing(
    rescinded: None, officer: Client, see: See
) -> None:
    page = officer.get(f"{NOTICE}?as_of=2000-03-14")
    waiver = Waiver.objects.get(ref="cit-2000-01-31")
    where = f"/record/notice-of-end/?instrument=cit-lsa&waiver={waiver.pk}&dated=2000-03-14&drafted=on"
    assert where in unescape(page.content.decode())
    form = officer.get(where).content.decode()
    assert f'<option value="{waiver.pk}" selected>' in form
    assert 'value="2000-03-14"' in form
    fields = {**LETTER, "dated": "2000-03-14", "name": "Notice", "waiver": waiver.pk, "drafted": "on"}
    assert record(officer, "notice-of-end", "cit-lsa", **fields)["Location"] == "/waivers/cit-2000-01-31/"
    paper = LoanDocument.objects.get(kind="notice_of_end")
    assert paper.parent.ref == "exhibit-10-106"
    assert paper.dated_as_of == date(2000, 3, 14)
    assert "Notice" in see("/instruments/cit-lsa/")


def test_a_letter_that_is_sent_twice_is_recorded_once(rescinded: None, officer: Client) -> None:
    seen = preview(officer, "reservation", "cit-lsa", **LETTER, drafted="on")
    for _ in range(2):
        record(officer, "reservation", "cit-lsa", after=seen, **LETTER, drafted="on")
    assert LoanDocument.objects.filter(kind="reservation_of_rights").count() == 1


def test_the_form_carries_a_file_and_its_key(officer: Client) -> None:
    page = officer.get("/record/reservation/?instrument=cit-lsa").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert dict(HIDDEN.findall(page))["key"]
    assert "multipart" not in officer.get("/record/payment/?instrument=jr14").content.decode()


def test_two_papers_of_the_same_file_share_it(rescinded: None, officer: Client) -> None:
    for ref in ("one", "two"):
        same = SimpleUploadedFile("a.pdf", b"the same")
        seen = preview(officer, "reservation", "cit-lsa", **{**LETTER, "ref": ref})
        record(officer, "reservation", "cit-lsa", after=seen, **{**LETTER, "ref": ref}, file=same)
    one, two = (LoanDocument.objects.get(ref=ref) for ref in ("one", "two"))
    assert one.file.name == two.file.name
    assert two.file.read() == b"the same"
    assert LoanDocumentFactory().file.name == ""


def test_a_draft_of_a_debt_without_obligor_names_no_other_debt_by_its_title(register: Register) -> None:
    """Its own obligors are all obligors of every debt where there are none."""
    role = Instrument.objects.get(ref="sr-unsec").roles.get(role="obligor")
    role.recorded_in_error = True
    with signed(sign_for_the_system("test", datetime(2000, 2, 1, tzinfo=UTC)), "Not the borrower"):
        role.save()
    letter = reservation_of_rights(
        Instrument.objects.get(ref="sr-unsec"),
        as_of=date(2000, 5, 14),
        known_at=datetime(2000, 2, 2, tzinfo=UTC),
    )
    assert "Junior Subordinated Notes" not in letter.text()
