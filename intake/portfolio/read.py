"""From a file to a JSON document: size, encoding and syntax."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from intake.portfolio.faults import Fault, FaultyPortfolioError, words

MEGABYTE = 1024 * 1024


def read_document(path: Path, *, largest: int) -> Any:
    """The JSON document in a file of at most `largest` bytes, in UTF-8. Raises `FaultyPortfolioError`."""
    if not path.is_file():
        raise FaultyPortfolioError([Fault("", f"no file at {path}", "the path of a portfolio file")])
    size = path.stat().st_size
    if size > largest:
        found, expected = f"{size / MEGABYTE:,.0f} MB", f"at most {largest / MEGABYTE:,.0f} MB (MAX_PORTFOLIO_BYTES)"
        raise FaultyPortfolioError([Fault("", found, expected)])
    return parse_document(path.read_bytes())


def parse_document(data: bytes) -> Any:
    """The JSON document in some bytes. Raises `FaultyPortfolioError` for a wrong encoding or syntax."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"bytes that are not UTF-8 from byte {error.start} on (line {line})"
        raise FaultyPortfolioError([Fault("", found, "a file in UTF-8")]) from error
    try:
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_field_once)
    except json.JSONDecodeError as error:
        found = f"a fault of syntax in line {error.lineno}, column {error.colno} ({error.msg.lower()})"
        raise FaultyPortfolioError([Fault("", found, "one JSON document")]) from error
    except RecursionError as error:
        raise FaultyPortfolioError([Fault("", "lists nested too deep to read", "one JSON document")]) from error
    except FaultyPortfolioError:
        raise
    except ValueError as error:
        raise FaultyPortfolioError([Fault("", "a number too long to read", "numbers of JSON only")]) from error
    if "\\ud" in text.lower():
        _no_half_characters(document)
    return document


def _each_field_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FaultyPortfolioError([Fault("", f"the field {words(twice)} twice in one object", "each field once")])
    return item


def _no_half_characters(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        found = "half of a surrogate pair (an escape such as \\ud800 alone)"
        raise FaultyPortfolioError([Fault("", found, "whole characters")]) from error


def _no_constant(name: str) -> NoReturn:
    raise FaultyPortfolioError([Fault("", name, "numbers of JSON only")])
