"""What the search finds, for whom, by what, and how it says what it does not show."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Desk, Instrument, InstrumentParty, LoanDocument, Party
from agreements.operations import MOST_WORDS, attach_file
from agreements.search import DOCUMENTS, INSTRUMENTS, PARTIES, WordIndex
from audit.models import Fact, Role, User
from audit.signing import signed
from notes.models import Alias
from notes.search import ALIASES
from tests import personas
from tests.factories import (
    REASON,
    SIGNATURE,
    AliasFactory,
    DeskFactory,
    DeskMemberFactory,
    InstrumentFactory,
    InstrumentPartyFactory,
    LoanDocumentFactory,
    PartyFactory,
    UserFactory,
    WaiverFactory,
)
from tests.guards import lifted
from tests.integration.screens.conftest import LEXINGTON, Register, load, tenfold
from waivers.models import Waiver
from waivers.search import SHOWN, WAIVERS

pytestmark = pytest.mark.django_db

INDEXES: dict[type[models.Model], WordIndex] = {
    Party: PARTIES,
    Instrument: INSTRUMENTS,
    LoanDocument: DOCUMENTS,
    Alias: ALIASES,
    Waiver: WAIVERS,
}
HTMX = {"HX-Request": "true"}
Found = dict[str, list[str]]
Find = Callable[[str], Found]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def find_as(client: Client, text: str) -> Found:
    """The refs found, by group."""
    response = client.get("/search/", {"q": text}, headers=HTMX)
    assert response.status_code == 200, text
    return {group.key: [found.ref for found in group.found] for group in response.context["groups"]}


def page_as(client: Client, text: str, **headers: str) -> str:
    return " ".join(client.get("/search/", {"q": text}, headers=headers).content.decode().split())


def change(record: Fact, **values: object) -> None:
    for name, value in values.items():
        setattr(record, name, value)
    with signed(SIGNATURE, REASON):
        record.save()


def borrowed(desk: Desk, title: str, **of: object) -> Instrument:
    """An instrument of a borrower of the desk."""
    party = PartyFactory(desk=desk)
    return InstrumentPartyFactory(party=party, instrument=InstrumentFactory(title=title, **of)).instrument


@pytest.fixture
def desk(db: None) -> Desk:
    return DeskFactory()


@pytest.fixture
def reader(desk: Desk) -> Client:
    return client_of(personas.officer(desk))


@pytest.fixture
def find(reader: Client) -> Find:
    return lambda text: find_as(reader, text)


# What is found, by what


@pytest.mark.slow
def test_lexington_is_found_by_whatever_somebody_knows_of_it(register: Register) -> None:
    officer = register.client("officer")
    expected = {
        "lexington prec": ("parties", "lpc"),
        "LEXINGTON": ("parties", "lpc"),
        "0000012570": ("parties", "lpc"),
        "lpc": ("parties", "lpc"),
        "equipment financing": ("parties", "cit"),
        "loan secu": ("agreements", "cit-lsa"),
        "cit-lsa": ("agreements", "cit-lsa"),
        "12 3/4%": ("notes", "sr-sub"),
        "12 3/4": ("notes", "sr-sub"),
        "unsecured may 1, 2000": ("notes", "sr-unsec"),  # an alias: at first it fell due in February
        "jr-conv": ("notes", "jr-conv"),
        "cit-2000": ("waivers", "cit-2000-01-31"),
        "until may 1, 2000": ("waivers", "cit-2000-01-31"),
        "lender hereby waives": ("waivers", "cit-2000-01-31"),
        "exhibit 4-12": ("waivers", "tri-links-2000-01-31"),
        "exhibit-10-106": ("documents", "exhibit-10-106"),
        "rider a": ("documents", "cit-lsa.1"),
    }
    found = {text: find_as(officer, text) for text in expected}
    assert {text: ref in found[text].get(group, []) for text, (group, ref) in expected.items()} == dict.fromkeys(
        expected, True
    )
    page = page_as(officer, "unsecured may 1, 2000")
    assert "Also called 10 1/2% Senior Unsecured Note due May 1, 2000" in page
    assert "Note series of Lexington Precision Corporation" in page


def test_each_column_of_each_index_is_found(desk: Desk, find: Find) -> None:
    instrument = borrowed(desk, "Alpha Indenture")
    change(instrument.roles.get().party, name="Bravo Mills", cik="0001234567", lei="5493001KJTIIGC8Y1R12")
    agreement = borrowed(desk, "Charlie Facility", kind=Instrument.Kind.CREDIT_AGREEMENT)
    AliasFactory(instrument=instrument, designation="Delta Debentures")
    waiver = WaiverFactory(instrument=agreement, title="Echo Letter", until_text="until Foxtrot", text="Golf is waived")
    paper = LoanDocumentFactory(instrument=agreement, title="Hotel Rider", words="the words India")
    party = instrument.roles.get().party.ref
    assert find("bravo") == find("0001234567") == find("5493001k") == {"parties": [party]}
    assert find(party)["parties"] == [party]
    assert find("alpha") == find("delta") == {"notes": [instrument.ref]}
    assert instrument.ref in find(instrument.ref)["notes"]
    assert find("charlie") == {"agreements": [agreement.ref]}
    assert find("echo") == find("foxtrot") == find("golf") == {"waivers": [waiver.ref]}
    assert find(waiver.ref)["waivers"] == [waiver.ref]
    assert find("hotel") == find("india") == {"documents": [paper.ref]}
    assert find(paper.ref)["documents"] == [paper.ref]


def test_every_word_has_to_begin_a_word_in_whatever_order_and_column(desk: Desk, find: Find) -> None:
    instrument = borrowed(desk, "Senior Subordinated Notes (Series B), Société Générale", ref="sr-sub")
    hit = {"notes": [instrument.ref]}
    for text in ("sub sen", "sr notes", "NOTES b", "subordinated", "société", "socié", "(series-b)", "Series/B"):
        assert find(text) == hit, text
    for text in ("ordinated", "senior junior", "sub sen x", "seniors"):
        assert find(text) == {}, text


@pytest.mark.parametrize("text", ["%%%", "-", " ", "x", "\x00", "\x00a\x00", "*", '"', "''", "é"])
def test_too_little_is_said_to_be_too_little(reader: Client, text: str) -> None:
    assert find_as(reader, text) == {}
    assert ("Type at least two letters or digits." in page_as(reader, text)) == bool(text.strip(" \x00"))


@pytest.mark.parametrize(
    "text",
    [
        'al"pha',
        "AND",
        "NOT alpha",
        "alpha OR",
        "NEAR(alpha)",
        "title:alpha",
        "alpha %s %(x)s",
        "½ ¾",
        "\ufffd\ufffd",
        "ı\u0307 𝔸𝔹",
        "x" * 10_000,
        "ab " * 5_000,
    ],
)
def test_odd_input_is_words_like_any_other(desk: Desk, reader: Client, text: str) -> None:
    borrowed(desk, "Alphabet")
    assert find_as(reader, text) == {}


def test_operators_between_real_words_are_only_marks(desk: Desk, find: Find) -> None:
    instrument = borrowed(desk, "Notes of Alpha AND Beta")
    texts = ('"alpha"', "alpha*", "^alpha)", "alpha:*&!", "alpha & beta", "(alpha) !beta", "alpha AND beta")
    for text in (*texts, r"alpha\'; --", "al\x00 beta", "\ufffdalpha", "%alpha%", "<alpha>"):
        assert find(text) == {"notes": [instrument.ref]}, text


def test_many_words_and_a_long_one_are_no_matter_to_the_index(desk: Desk) -> None:
    instrument = borrowed(desk, "Alphabet")
    everything = Instrument.objects.all()
    assert INSTRUMENTS.matching(everything, "alphabet " * 2_000).get() == instrument
    assert not INSTRUMENTS.matching(everything, " ".join(f"word{number}" for number in range(2_000))).exists()
    assert not INSTRUMENTS.matching(everything, "x" * 100_000).exists()


def test_words_of_digits_and_letters_are_one_word_to_both_databases(desk: Desk) -> None:
    drawn = random.Random(3)
    titles = ["".join(drawn.choices("1e5" + string.ascii_lowercase + string.digits, k=9)) for _ in range(100)]
    titles += ["1e5abc12", "0x1f", "12abc", "abc12", "1e55e1", "5e", "e5", "00012"]
    with signed(SIGNATURE, REASON):
        made = Instrument.objects.record_all(
            InstrumentFactory.build(ref=f"odd-{number}", title=title) for number, title in enumerate(titles)
        )
    missed = [
        (row.title, row.title[:length])
        for row in made
        for length in (2, 3, 5, len(row.title))
        if not INSTRUMENTS.matching(Instrument.objects.filter(pk=row.pk), row.title[:length].upper()).exists()
    ]
    assert missed == []


# How it stays true


def test_the_words_of_a_file_are_found_once_it_is_attached_with_what_stands_around_them(
    desk: Desk, reader: Client
) -> None:
    paper = LoanDocumentFactory(instrument=borrowed(desk, "Facility"), title="Seventh Amendment")
    assert find_as(reader, "quarterly ebitda") == {}
    said = b"<b>Whereas</b> the Borrower's EBITDA & debt, quarterly tested, " + b"and so on " * 100
    attach_file(document=paper, name="a.txt", data=said, by=SIGNATURE, reason=REASON)
    assert find_as(reader, "quarterly ebitda") == {"documents": [paper.ref]}
    page = page_as(reader, "ebitda quarterly")
    assert (
        "&lt;b&gt;Whereas&lt;/b&gt; the Borrower&#x27;s <mark>EBITDA</mark> &amp; debt, <mark>quarterly</mark>" in page
    )
    assert f'<a href="/documents/{paper.ref}/file/">Seventh Amendment</a>' in page


def test_a_document_without_a_file_leads_to_its_instrument(desk: Desk, reader: Client) -> None:
    instrument = borrowed(desk, "Facility")
    LoanDocumentFactory(instrument=instrument, title="Seventh Amendment")
    assert f'<a href="/instruments/{instrument.ref}/">Seventh Amendment</a>' in page_as(reader, "seventh")


@pytest.mark.slow
def test_the_longest_file_of_the_widest_letters_is_kept_and_found(desk: Desk, find: Find) -> None:
    drawn = random.Random(3)
    words = ["".join(chr(drawn.randrange(0x20000, 0x2A000)) for _ in range(2)) for _ in range(MOST_WORDS // 3)]
    paper = LoanDocumentFactory(instrument=borrowed(desk, "Facility"), words=" ".join(words))
    waiver = WaiverFactory(instrument=paper.instrument, text="unlimited " + "y" * 3_000 + " abc" * 500_000)
    assert find(words[-1]) == {"documents": [paper.ref]}
    assert find("unlimited") == {"waivers": [waiver.ref]}


def test_a_change_is_found_and_what_it_replaced_is_not(desk: Desk, find: Find) -> None:
    instrument = borrowed(desk, "Before Notes")
    change(instrument, title="After Notes")
    assert find("before") == {}
    assert find("after") == {"notes": [instrument.ref]}


def test_what_was_recorded_in_error_is_not_found(desk: Desk, find: Find) -> None:
    instrument = borrowed(desk, "Zulu Notes")
    made = [
        AliasFactory(instrument=instrument, designation="Zulu Alias"),
        WaiverFactory(instrument=instrument, title="Zulu Waiver"),
        LoanDocumentFactory(instrument=instrument, title="Zulu Paper"),
    ]
    trustee = PartyFactory(name="Zulu Trust")
    role = InstrumentPartyFactory(instrument=instrument, party=trustee, role=InstrumentParty.Role.TRUSTEE)
    assert set(find("zulu")) == {"parties", "notes", "waivers", "documents"}
    for record in (*made, role):
        change(record, recorded_in_error=True)
    assert find("zulu") == {"notes": [instrument.ref]}
    assert find("zulu alias") == {}
    paper = LoanDocumentFactory(instrument=instrument, title="Yankee")
    change(instrument, recorded_in_error=True)
    assert find("zulu") == find("yankee") == {}
    assert LoanDocument.objects.standing().filter(pk=paper.pk).exists()


def test_whatever_writes_to_a_table_writes_to_its_index(desk: Desk, find: Find) -> None:
    with signed(SIGNATURE, REASON):
        made = Party.objects.record_all(
            PartyFactory.build(ref=f"bulk-{number}", name="Bulk Mills", desk=desk) for number in range(3)
        )
    assert len(find("bulk mills")["parties"]) == 3
    with lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_party SET name = 'Raw Works' WHERE id = %s", [made[0].pk])
        cursor.execute("DELETE FROM agreements_party WHERE id = %s", [made[1].pk])
        models.QuerySet.update(Party.objects.filter(pk=made[2].pk), name="Updated Works")
    assert find("bulk mills") == {}
    assert find("raw") == {"parties": ["bulk-0"]}
    assert find("updated") == {"parties": ["bulk-2"]}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # raises where the index does not say what the table says
            cursor.execute(f"INSERT INTO {PARTIES.name} ({PARTIES.name}, rank) VALUES ('integrity-check', 1)")


def test_every_index_is_there_after_all_migrations() -> None:
    """A migration that has Django make a table of SQLite anew loses its triggers: it ends with `create` again."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')",
        "postgresql": "SELECT indexname FROM pg_indexes",
    }
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        there = {name for (name,) in cursor.fetchall()}
    kept_by = ["", "_insert", "_update", "_delete"] if connection.vendor == "sqlite" else [""]
    assert {index.name + end for index in INDEXES.values() for end in kept_by} <= there
    assert {model._meta.db_table: index.table for model, index in INDEXES.items()} == {
        index.table: index.table for index in INDEXES.values()
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_index_of_a_table_that_django_made_anew_is_created_again() -> None:
    InstrumentFactory(title="Kept Notes")
    narrow, wide = Instrument._meta.get_field("title"), models.CharField(max_length=501)
    wide.set_attributes_from_name("title")
    wide.model = Instrument
    for before, after in ((narrow, wide), (wide, narrow)):
        with connection.schema_editor() as editor:
            editor.alter_field(Instrument, before, after, strict=True)
    with connection.schema_editor() as editor:
        INSTRUMENTS.create(editor)
    late = InstrumentFactory(title="Late Notes")
    assert INSTRUMENTS.matching(Instrument.objects.all(), "notes").count() == 2
    assert INSTRUMENTS.matching(Instrument.objects.all(), "late").get() == late


@pytest.mark.postgres
def test_postgresql_uses_each_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")  # by the key: the tables are empty
    for model, index in INDEXES.items():
        assert f"Bitmap Index Scan on {index.name}" in index.matching(model._base_manager.all(), "le pre").explain()


# For whom


@pytest.mark.slow
def test_each_person_finds_what_they_may_see(register: Register) -> None:
    seen = {name: find_as(register.client(name), "lex") for name in register.people if name != "anonymous"}
    assert seen.pop("stranger") == {}
    assert all(found["parties"] == ["lpc"] for found in seen.values())
    stranger = register.client("stranger")
    for text in ("lpc", "cit", "waiver", "jr14", "exhibit-10-106", "tri-links", "unsecured note"):
        assert find_as(stranger, text) == {}
        hidden, absent = (page_as(stranger, asked, **HTMX).replace(asked, "") for asked in (text, "zqx"))
        assert hidden == absent
    assert register.client("anonymous").get("/search/?q=lex").status_code == 302


def test_another_desk_finds_its_own_only_and_of_a_shared_bank_only_its_own_roles(desk: Desk, reader: Client) -> None:
    bank = PartyFactory(name="Shared Bank")
    mine, theirs = borrowed(desk, "Shared Title mine"), borrowed(DeskFactory(), "Shared Title theirs")
    for instrument in (mine, theirs):
        InstrumentPartyFactory(instrument=instrument, party=bank, role=InstrumentParty.Role.AGENT)
        WaiverFactory(instrument=instrument, title="Shared Waiver")
        LoanDocumentFactory(instrument=instrument, title="Shared Paper")
    PartyFactory(name="Shared nobody")
    found = find_as(reader, "shared")
    assert {key: len(refs) for key, refs in found.items()} == {"parties": 1, "notes": 1, "waivers": 1, "documents": 1}
    assert found["parties"] == [bank.ref]
    page = page_as(reader, "shared bank")
    assert f"Administrative agent under {mine.title}" in page
    assert theirs.title not in page
    assert f"/borrowers/{bank.ref}/" not in page
    elsewhere = client_of(DeskMemberFactory(desk=DeskFactory(), user=UserFactory(role=Role.OFFICER)).user)
    assert find_as(elsewhere, "shared") == {}


def test_a_bank_of_many_roles_names_a_few(desk: Desk, reader: Client) -> None:
    bank = PartyFactory(name="Busy Bank")
    for number in range(5):
        lent = borrowed(desk, f"Facility {number}")
        InstrumentPartyFactory(instrument=lent, party=bank, role=InstrumentParty.Role.LENDER)
    page = page_as(reader, "busy")
    assert page.count("Lender under Facility") == 3
    assert "and under others" in page


# How it is shown


def test_an_exact_ref_comes_first_and_more_than_are_shown_is_said(desk: Desk, reader: Client) -> None:
    with signed(SIGNATURE, REASON):
        Party.objects.record_all(
            [PartyFactory.build(ref=f"acme-{number}", name=f"Acme {number}", desk=desk) for number in range(SHOWN)]
        )
    assert "Type more to narrow it" not in page_as(reader, "acme")
    exact = PartyFactory(ref="acme", name="Zeta, formerly the last", desk=desk)
    found = find_as(reader, "ACME")["parties"]
    assert found[0] == exact.ref
    assert len(found) == SHOWN
    assert "There are more than 8. Type more to narrow it." in page_as(reader, "acme")


def test_htmx_gets_the_fragment_and_everybody_else_the_page(register: Register, officer: Client) -> None:
    fragment = page_as(officer, "2000", **HTMX)
    assert fragment.startswith('<div id="results" class="results">')
    assert "<html" not in fragment
    headings = ["Borrowers and parties", "Agreements", "Note series", "Waivers", "Documents"]
    shown = [name for name in headings if f">{name}</h2>" in page_as(officer, "ci", **HTMX)]
    assert shown == ["Borrowers and parties", "Agreements", "Waivers", "Documents"]
    for headers in ({}, {**HTMX, "HX-Boosted": "true"}):
        page = page_as(officer, "lex", **headers)
        assert "<html" in page
        assert page.count('<a href="/borrowers/lpc/">Lexington Precision Corporation</a>') == 1
    early = officer.get("/search/?q=lex&as_of=2000-03-01").content.decode()
    assert '<a href="/borrowers/lpc/?as_of=2000-03-01">' in early


def test_nothing_typed_and_nothing_found_are_sentences(reader: Client) -> None:
    assert "Type a name, a ref, a designation" in page_as(reader, "")
    page = page_as(reader, "<i>zzz")
    assert "Nothing that you may see is found by “&lt;i&gt;zzz”." in page
    assert "<i>" not in page


@pytest.mark.slow
def test_ten_times_as_much_takes_as_many_queries(register: Register, officer: Client) -> None:
    def count(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            find_as(officer, text)
        return len(captured)

    texts = ("lex", "agreement", "note", "2000", "exhibit", "tri links")
    small = {text: count(text) for text in texts}
    load(tenfold(LEXINGTON), register.desk)
    assert {text: count(text) for text in texts} == small
    assert max(small.values()) <= 13


def test_the_words_of_files_kept_before_there_was_an_index_are_read_by_a_command(register: Register) -> None:
    paper = LoanDocument.objects.get(ref="exhibit-10-106")
    models.QuerySet(LoanDocument).filter(pk=paper.pk).update(words="")
    assert "exhibit-10-106" not in register.client("officer").get("/search/?q=waiver").content.decode()
    call_command("index_words")
    paper.refresh_from_db()
    assert paper.words == "WAIVER"
    assert paper.history.count() == 2  # an index: the change of it is none of the paper
