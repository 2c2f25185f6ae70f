"""Whatever is wrong with a portfolio file gets its sentence, with its place, and nothing of the file is written.

Each document here is valid but for what a test says of it. Where a file can hold it, it is offered to the command as
well as to `import_portfolio`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import REF_WORDS
from intake.portfolio.faults import Fault, FaultyPortfolioError
from intake.portfolio.read import parse_document, read_document
from intake.portfolio.schema import AMOUNT, DATE
from tests.integration.intake.documents import (
    EMPTY,
    Steps,
    at_path,
    bring_in,
    paths,
    pointer,
    references,
    register_size,
    resolve,
    schema_at,
    whole,
    with_value,
)

pytestmark = pytest.mark.django_db

NOT_DATES = ["2000-02-30", "2000-13-01", "1999-02-29", "0001-01-01", "9999-12-31", "2000-1-1", "20000101", "", "soon"]
NOT_DATES += ["2000-01-01T00:00:00", " 2000-01-01", "2000-01-01\n", "２０００-01-01"]
NOT_REFS = ["../x", "<script>", "a b", "", "a" * 101, "a" * 300, "a\x00b", "a\n", "-a", "é", "a/b", "a~b", "٣"]
LEAVES = [path for path in paths(whole()) if len(path) > 2 and not isinstance(at_path(whole(), path), dict | list)]


def of_schema(*kinds: Any) -> list[Steps]:
    """The places of the whole document that answer to one of these schema nodes."""
    wanted = {kind["expected"] for kind in kinds}
    return [path for path in LEAVES if schema_at(path)["expected"] in wanted]


DATES = of_schema(DATE)
REFS = [path for path in LEAVES if path[-1] == "ref"]
TEXTS = [path for path in LEAVES if "without NUL" in schema_at(path)["expected"]]


def faults_of(document: Any) -> list[Fault]:
    """The faults for which a document is refused; each is whole, points into the document, and nothing is written."""
    before = register_size()
    offered = copy.deepcopy(document)
    with pytest.raises(FaultyPortfolioError) as refusal, transaction.atomic():
        bring_in(offered)
    check_told(refusal.value.faults, document)
    assert register_size() == before
    return refusal.value.faults


def check_told(faults: list[Fault], document: Any) -> None:
    """There are faults; each is whole, told once, and points into the document."""
    assert faults
    assert len(set(faults)) == len(faults)
    for fault in faults:
        resolve(document, fault.pointer)
        assert fault.found
        assert fault.expected


def the_fault_of(document: Any) -> Fault:
    (fault,) = faults_of(document)
    return fault


def refused(*path: str | int, value: Any) -> Fault:
    """The one fault of the whole document with another value in one place; it names the place and the value."""
    fault = the_fault_of(with_value(whole(), path, value))
    assert fault.pointer == pointer(path)
    return fault


def refused_by_the_command(path: Path, **options: Any) -> str:
    """What the command says when it refuses a file."""
    with pytest.raises(CommandError) as refusal, transaction.atomic():
        call_command("import_portfolio", path, **options)
    assert register_size() == EMPTY
    return str(refusal.value)


def places(faults: Iterable[Fault]) -> list[str]:
    return sorted(fault.pointer for fault in faults)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "portfolio.json"


# dates, numbers, refs, texts


@pytest.mark.parametrize("text", NOT_DATES)
def test_an_impossible_date_is_refused(text: str) -> None:
    fault = refused("waivers", 0, "dated_as_of", value=text)
    assert fault.found == json.dumps(text, ensure_ascii=False)
    assert "a date of the calendar as YYYY-MM-DD" in fault.expected


def test_what_is_no_date_is_not_held_against_the_dates_beside_it() -> None:
    refused("waivers", 0, "effective_from", value="soon")
    refused("holder_actions", 0, "occurred", value="soon")
    refused("default_events", 0, "occurred", value="soon")


def test_an_impossible_date_is_refused_in_every_place_at_once() -> None:
    document = whole()
    for path in DATES:
        at_path(document, path[:-1])[path[-1]] = "2000-02-30"
    assert places(faults_of(document)) == sorted(map(pointer, DATES))


BACKWARDS: dict[str, tuple[Steps, str]] = {
    "until before effective_from": (("waivers", 0, "until", "date"), "2000-02-15"),
    "annulled before it occurred": (("holder_actions", 0, "annulled"), "2000-04-01"),
    "withdrawn before it occurred": (("holder_actions", 0, "withdrawn"), "2000-04-01"),
    "cured before it occurred": (("default_events", 0, "cured"), "1999-12-30"),
}


@pytest.mark.parametrize("what", BACKWARDS)
def test_a_date_before_the_one_that_it_follows_is_refused(what: str) -> None:
    path, value = BACKWARDS[what]
    assert "a date not before" in refused(*path, value=value).expected


NOT_AMOUNTS = [True, False, "", "x", "-1", "1,000", "1e3", "0x10", "1.005", -1, 0.001, 10**40, 1e300, "9" * 40, [], {}]


@pytest.mark.parametrize("value", NOT_AMOUNTS, ids=lambda value: repr(value)[:12])
def test_what_is_no_amount_is_refused_wherever_one_is_given(value: Any) -> None:
    document = whole()
    amounts = of_schema(AMOUNT)
    for path in amounts:
        at_path(document, path[:-1])[path[-1]] = value
    assert places(faults_of(document)) == sorted(map(pointer, amounts))


@pytest.mark.parametrize("value", [14.1234567, 1e-7, "14.1234567", 100.1, "100.5", -0.5, True])
def test_a_percentage_that_could_not_be_kept_as_it_stands_is_refused(value: Any) -> None:
    refused("note_series", 0, "rate", "coupon", value=value)


def test_a_payment_of_nothing_is_refused() -> None:
    for nothing in (0, "0", "0.00", 0.0):
        assert "more than zero" in refused("note_series", 0, "payments", 0, "amount", value=nothing).expected


@pytest.mark.parametrize("ref", NOT_REFS)
def test_a_ref_with_path_or_script_characters_is_refused_wherever_one_is_given(ref: str) -> None:
    document = whole()
    for path in REFS:
        at_path(document, path[:-1])["ref"] = ref
    told = {fault.pointer for fault in faults_of(document) if REF_WORDS in fault.expected}
    assert told == set(map(pointer, REFS))


@pytest.mark.parametrize("path", [path for path in TEXTS if path[-1] != "title"][:4], ids=pointer)
@pytest.mark.parametrize("text", ["a\x00b", "\x00", 7, True, ["x"], "x" * 200_001])
def test_what_is_no_text_is_refused(path: Steps, text: Any) -> None:
    refused(*path, value=text)


def test_half_a_character_is_refused(file: Path) -> None:
    text = json.dumps(with_value(whole(), ("parties", 0, "name"), "Acme \ud800"))
    file.write_text(text)
    assert "nested" not in refused_by_the_command(file)
    with pytest.raises(FaultyPortfolioError):
        bring_in(parse_document(text.encode()))


@pytest.mark.parametrize("path", [("title",), ("parties", 0, "name"), ("waivers", 0, "covers"), ("parties", 0, "ref")])
def test_null_for_what_is_required_is_refused(path: Steps) -> None:
    if path == ("title",):
        bring_in(with_value(whole(), path, None))
    else:
        assert pointer(path) in places(faults_of(with_value(whole(), path, None)))


def test_a_field_that_the_format_does_not_have_is_refused_at_every_level() -> None:
    document = whole()
    where = [path for path in paths(document) if isinstance(at_path(document, path), dict) and path]
    for path in where:
        at_path(document, path)["colour/~"] = "red"
    assert places(faults_of(document)) == sorted(f"{pointer(path)}/colour~1~0" for path in where)
    refused("colour", value="red")


def test_a_required_field_that_is_missing_is_named() -> None:
    document = whole()
    del document["waivers"][0]["effective_from"], document["parties"][0]["name"]
    named = {(fault.pointer, fault.found) for fault in faults_of(document)}
    assert named == {("/waivers/0", "no effective_from"), ("/parties/0", "no name")}


# references


@pytest.mark.parametrize("path", references(whole()), ids=pointer)
def test_a_reference_that_leads_nowhere_is_refused(path: Steps) -> None:
    found = faults_of(with_value(whole(), path, "nowhere"))
    fault = next(fault for fault in found if fault.pointer == pointer(path))
    assert fault.found.startswith('"nowhere"')
    assert "the ref of" in fault.expected


WRONG_KIND: dict[str, tuple[Steps, str]] = {
    "a party for an instrument": (("waivers", 0, "instrument"), "acme"),
    "an instrument for a party": (("agreements", 0, "lenders", 0), "loan"),
    "a payment clause for an event": (("default_events", 0, "clause"), "pay"),
    "a waiver under another instrument": (("waivers", 1, "instrument"), "notes"),
}


@pytest.mark.parametrize("what", WRONG_KIND)
def test_a_reference_to_something_else_is_refused(what: str) -> None:
    path, value = WRONG_KIND[what]
    assert faults_of(with_value(whole(), path, value))


def double(*path: str | int) -> dict[str, Any]:
    """The whole document with the item of a list in it twice."""
    document = whole()
    items = at_path(document, path[:-1])
    items.append(copy.deepcopy(items[int(path[-1])]))
    return document


TWICE: list[Steps] = [
    *((name, 0) for name in ("parties", "agreements", "note_series", "waivers", "holder_actions", "default_events")),
    ("termination_notices", 0),
    ("agreements", 0, "documents", 0),
    ("agreements", 0, "payments", 0),
    ("agreements", 0, "events_of_default", 0),
    ("agreements", 0, "events_of_default", 1, "reaches", 0),
    ("agreements", 0, "lenders", 0),
    ("note_series", 0, "holders", 0),
    ("note_series", 0, "aliases", 0),
    ("note_series", 0, "payments", 0, "deferrals", 0),
    ("waivers", 0, "granted_by", 0),
    ("waivers", 0, "signatories", 0),
    ("waivers", 0, "ends_on", 0, "events", 0),
    ("waivers", 0, "covers", 1, "default_events", 0),
]


@pytest.mark.parametrize("path", TWICE, ids=pointer)
def test_the_same_twice_is_refused(path: Steps) -> None:
    found = faults_of(double(*path))
    assert any("once" in fault.expected and fault.pointer.startswith(pointer(path[:-1])) for fault in found)


def test_a_ref_of_an_agreement_and_of_a_series_collide_within_a_file_and_with_the_register() -> None:
    document = with_value(whole(), ("note_series", 0, "ref"), "loan")
    assert "/agreements/0/ref" in places(faults_of(document))
    bring_in(whole())
    other = {"format": whole()["format"], "note_series": [{**whole()["note_series"][0], "ref": "loan"}]}
    assert "/note_series/0/ref" in places(faults_of(other))


def another_loan(**changes: Any) -> dict[str, Any]:
    """A document with one more agreement than the register has."""
    loan = {**whole()["agreements"][0], "ref": "loan-2", "documents": [], "payments": [], "events_of_default": []}
    return {"format": whole()["format"], "agreements": [{**loan, **changes}]}


def test_a_papers_ref_collides_with_a_paper_of_another_agreement_in_the_register() -> None:
    bring_in(whole())
    paper = {"ref": "rider", "kind": "rider", "title": "Rider B"}
    assert places(faults_of(another_loan(documents=[paper]))) == ["/agreements/0/documents/0/ref"]


@pytest.mark.parametrize("there", ["in the file", "in the register"])
def test_a_paper_without_a_ref_is_named_after_its_agreement_but_not_as_another_is(there: str) -> None:
    bring_in(whole())
    taken = {"ref": "loan-2.1", "kind": "rider", "title": "Rider B"}
    if there == "in the register":
        bring_in(another_loan(ref="loan-3", documents=[taken]))
    papers = [{"kind": "rider", "title": "Rider A"}, *([taken] if there == "in the file" else [])]
    assert faults_of(another_loan(documents=papers))


def test_a_paper_without_a_ref_is_refused_where_no_ref_could_be_made_for_it() -> None:
    bring_in(whole())
    assert faults_of(another_loan(ref="a" * 99, documents=[{"kind": "rider", "title": "Rider A"}]))


def test_a_cycle_among_papers_is_refused() -> None:
    fault = the_fault_of(with_value(whole(), ("agreements", 0, "documents", 0, "parent"), "rider"))
    assert fault.expected == "a document tree without a cycle"
    assert "amendment-1 under rider under amendment-1" in fault.found
    assert the_fault_of(with_value(whole(), ("agreements", 0, "documents", 0, "parent"), "amendment-1"))


def test_a_cycle_among_waivers_is_refused() -> None:
    found = faults_of(with_value(whole(), ("waivers", 0, "extends"), "waiver-2"))
    assert {fault.expected for fault in found} == {"a chain of waivers without a cycle"}
    assert refused("waivers", 0, "extends", value="waiver-1")


def test_a_paper_under_one_of_another_agreement_is_refused() -> None:
    bring_in(whole())
    paper = {"ref": "rider-2", "kind": "rider", "title": "Rider", "parent": "rider"}
    fault = the_fault_of(another_loan(documents=[paper]))
    assert (fault.pointer, fault.expected) == ("/agreements/0/documents/0/parent", "a document of the same agreement")


@pytest.mark.parametrize("scope", [{}, {"paragraph": "1"}, {"all_of": ["notes"], "acceleration_of": ["notes"]}])
def test_a_scope_says_one_thing(scope: dict[str, Any]) -> None:
    assert "exactly one of" in refused("waivers", 0, "covers", 0, value=scope).expected


# all at once


def test_all_faults_are_told_at_once_whatever_their_kind(file: Path) -> None:
    bring_in(whole())
    document = whole()
    document["parties"][0]["name"] = "Another Corporation (fictional)"  # differs from the register
    document["parties"].append({"ref": "../x", "name": ""})  # shape, twice
    document["agreements"][0]["lenders"] = ["nowhere"]  # a reference
    document["waivers"][0]["until"]["date"] = "2000-01-01"  # sense
    document["waivers"][1]["effective_from"] = "2000-02-30"  # shape
    document["holder_actions"][0]["instrument"] = "nowhere-either"  # a reference
    told = places(faults_of(document))
    assert told[:-1] == [
        "/agreements/0/lenders/0",
        "/holder_actions/0/instrument",
        "/parties/3/name",
        "/parties/3/ref",
        "/waivers/0/until/date",
    ]
    file.write_text(json.dumps(document))
    with pytest.raises(CommandError, match="6 faults; nothing was imported"):
        call_command("import_portfolio", file)


def test_all_differences_from_the_register_are_told_at_once() -> None:
    bring_in(whole())
    document = whole()
    document["parties"][0]["name"] = "Another Corporation (fictional)"
    document["waivers"][0]["title"] = "Another"
    document["note_series"][0]["payments"][0]["due"] = "2000-03-02"
    assert places(faults_of(document)) == ["/note_series/0/payments/0", "/parties/0/name", "/waivers/0/title"]


# files


def json_of(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


ODD = with_value(whole(), ("parties", 0, "name"), "Société (fictional)")
FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "one JSON document"),
    "not JSON": (b"ref;name\nacme;Acme", "one JSON document"),
    "truncated": (json_of(whole()).encode()[:500], "one JSON document"),
    "two documents": (b"{}{}", "one JSON document"),
    "latin-1": (json_of(ODD).encode("latin-1"), "a file in UTF-8"),
    "UTF-16": (json_of(ODD).encode("utf-16"), "a file in UTF-8"),
    "UTF-16 without a mark": (json_of(whole()).encode("utf-16-le"), "one JSON document"),
    "UTF-32": (json_of(ODD).encode("utf-32"), "a file in UTF-8"),
    "NUL bytes": (b"\0" * 100, "one JSON document"),
    "NaN": (b'{"format": NaN}', "numbers of JSON only"),
    "minus infinity": (b'{"format": -Infinity}', "numbers of JSON only"),
    "a number without end": (b'{"format": 1e400}', "standstill/portfolio/1"),
    "a number of 40 digits": (b'{"format": ' + b"9" * 40 + b"}", "standstill/portfolio/1"),
    "a number of 5,000 digits": (b'{"format": ' + b"9" * 5000 + b"}", "expected"),
    "a field twice": (b'{"format": "standstill/portfolio/1", "parties": [], "parties": []}', "once"),
    "100,000 brackets": (b"[" * 100_000, "one JSON document"),
    "500 lists in each other": (b"[" * 500 + b"]" * 500, "expected"),
    "500 objects in each other": (b'{"parties":' * 500 + b"[]" + b"}" * 500, "found"),
    "a list": (b"[]", "an object"),
    "a text": (b'"standstill/portfolio/1"', "an object"),
    "null": (b"null", "an object"),
    "a number": (b"7", "an object"),
    "no format": (b"{}", "standstill/portfolio/1"),
    "another format": (b'{"format": "standstill/portfolio/2"}', "standstill/portfolio/1"),
    "an object for a list": (b'{"format": "standstill/portfolio/1", "parties": {"ref": "acme"}}', "a list"),
    "a text for an item": (b'{"format": "standstill/portfolio/1", "parties": ["acme"]}', "an object"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_portfolio_is_refused_with_a_sentence(what: str, file: Path) -> None:
    data, expected = FILES[what]
    file.write_bytes(data)
    said = refused_by_the_command(file)
    assert "nothing was imported" in said
    assert expected in said
    with pytest.raises(FaultyPortfolioError, match=expected):
        bring_in(parse_document(data))


def test_a_number_without_end_is_refused_where_an_amount_is_expected(file: Path) -> None:
    for number in ("1e400", "-1e400"):
        file.write_text(json_of(whole()).replace("22812.5", number))
        assert "/note_series/0/payments/0/amount" in refused_by_the_command(file)


def test_a_file_with_a_byte_order_mark_is_taken() -> None:
    assert parse_document(b"\xef\xbb\xbf{}") == {}


def test_a_file_over_the_limit_is_refused_unread(file: Path, settings: Any) -> None:
    settings.MAX_PORTFOLIO_BYTES = 2**20
    with file.open("wb") as handle:
        handle.truncate(5 * 2**20)
    assert "found 5 MB; expected at most 1 MB (MAX_PORTFOLIO_BYTES)" in refused_by_the_command(file)


def test_a_file_or_folder_that_is_not_there_is_named(file: Path) -> None:
    assert "no file at" in refused_by_the_command(file)
    assert "no file at" in refused_by_the_command(file.parent)


@pytest.mark.slow
def test_a_hundred_megabytes_of_spaces_are_refused(file: Path, settings: Any) -> None:
    file.write_bytes(b" " * 100_000_000)
    assert "one JSON document" in refused_by_the_command(file)
    with pytest.raises(FaultyPortfolioError):
        read_document(file, largest=settings.MAX_PORTFOLIO_BYTES)


def test_the_command_names_an_unknown_desk_and_an_impossible_day(file: Path) -> None:
    file.write_text(json_of(whole()))
    assert "There is no desk 'nowhere'" in refused_by_the_command(file, desk="nowhere")
    with pytest.raises(CommandError) as refusal:
        call_command("import_portfolio", str(file), "--monitored-from", "2000-02-30")
    assert "2000-02-30" in str(refusal.value)
    assert "fromisoformat" not in str(refusal.value)
    assert register_size() == EMPTY


def test_the_command_imports_a_good_file_and_says_so_on_standard_error_only(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(json_of(whole()))
    for said in ("Imported 3 parties, 1 agreements", "nothing changed"):
        call_command("import_portfolio", file)
        out, err = capsys.readouterr()
        assert (out, said in err) == ("", True)


# anything at all

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def bent_documents(draw: st.DrawFn) -> Any:
    """The whole document, bent in one to three places."""
    document: Any = whole()
    for _ in range(draw(st.integers(1, 3))):
        everywhere = list(paths(document))
        path = draw(st.sampled_from(everywhere))
        here = at_path(document, path)
        match draw(st.sampled_from(["replace", "replace with another part", "drop", "add", "double"])):
            case "replace":
                document = with_value(document, path, draw(JUNK))
            case "replace with another part":
                document = with_value(
                    document, path, copy.deepcopy(at_path(document, draw(st.sampled_from(everywhere))))
                )
            case "drop" if path:
                del at_path(document, path[:-1])[path[-1]]
            case "add" if isinstance(here, dict):
                here[draw(st.sampled_from(["ref", "kind", "due", "x", "a/b~c", ""]))] = draw(JUNK)
            case "double" if isinstance(here, list) and here:
                here.append(copy.deepcopy(draw(st.sampled_from(here))))
    return document


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(document=bent_documents())
def test_a_bent_document_is_imported_or_refused_with_faults_that_point_into_it(document: Any) -> None:
    with transaction.atomic():
        try:
            bring_in(copy.deepcopy(document))
        except FaultyPortfolioError as error:
            check_told(error.faults, document)
            assert register_size() == EMPTY
        transaction.set_rollback(True)
