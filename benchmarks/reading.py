"""How well and how fast documents are read: precision and recall of each field over a folder of labelled examples.

    python -m benchmarks.reading FOLDER [--only NAME ...] [--without NAME ...] [--misses] [--each]

FOLDER holds `docs/*.txt` and `labels/*.json`, whose `file` names the text; `labels/negative_controls.json` names
documents that waive nothing. A value counts when it is the same: dates, kinds and numbers exactly, names and
designations without case and punctuation, what ends a waiver by an overlap of the words.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from intake.extract.read import read
from intake.extract.terms import Draft

ENDING = ("rescission", "termination")  # what else is labelled among triggers does not end a waiver by itself
GOALS = {"dated": 0.95, "party": 0.95, "party, role": 0.95, "end": 0.95, "trigger": 0.95}
SAME_ROLE = {"noteholder": "holder"}  # labels have both words for one thing
EXTRA = ("definitions", "fees", "signed")  # counted where a label has them
BEST_OF = 5


def plain(words: Any) -> str:
    words = re.sub(r"\(as (?:such term is )?defined[^)]*\)", "", str(words))
    return re.sub(r"^the ", "", " ".join(re.findall(r"[a-z0-9.%/]+", words.lower().replace("'s", ""))).rstrip("."))


def capacity(words: Any) -> str:
    """The name of who signs, without the role in which it does: that is a part of some labels and not of others."""
    return re.sub(r",?\s+(?:individually|as|acting)\b.*$", "", plain(words)).rstrip(".")


def term(words: str) -> str:
    """A defined name in one spelling: a Lender and the LENDERS are one."""
    return words.lower().rstrip("s")


def labelled(label: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a label, each as its name and a value that can be compared."""
    single = {"title": "document_title", "kind": "document_type", "exhibit": "exhibit_number", "law": "governing_law"}
    for name, key in single.items():
        if (label[key] or {}).get("value"):
            yield name, plain(label[key]["value"])
    for name, key in {"dated": "dated_as_of", "effective": "effective_date"}.items():
        if (label[key] or {}).get("value"):
            yield name, label[key]["value"]
    for party in label["parties"] or ():
        yield "party", plain(party["name"])
        yield from (("party, role", (plain(party["name"]), SAME_ROLE.get(role, role))) for role in party["roles"])
        if party["defined_term"]:
            yield from (("party, name", (plain(party["name"]), term(one))) for one in party["defined_term"].split("; "))
        if party["jurisdiction"] or party["entity_type"]:
            yield "party, entity", (plain(party["name"]), party["jurisdiction"], party["entity_type"])
    for paper in label["underlying_documents"] or ():
        for one in (paper, *(paper["amendments"] or ())):
            if one["date"]:
                yield "paper", (plain(one["title"]), one["date"])
    for debt in label["debt_series"] or ():
        yield "debt", (plain(debt["designation"]), debt["coupon_percent"], debt["maturity"])
    for waived in label["waived_defaults"] or ():
        kind = "covenant" if waived["kind"].endswith("covenant") else waived["kind"]
        yield "waived", (kind, waived["due_date"], waived["period_end"], tuple(waived["provision"] or ()))
    for end in label["waiver_expiry"] or ():
        yield "end", end["date"]
    for name in EXTRA:  # which newer labels have
        for item in label.get(name) or ():
            yield name, _extra(item)
    for name in label["signatories"] or ():
        yield "signatory", (plain(name["name"]), plain(name["title"]), capacity(name["party"]), name["signed"])


def found_in(draft: Draft) -> Iterator[tuple[str, Any]]:
    """The same of a draft."""
    for name in ("title", "kind", "exhibit", "law"):
        value = getattr(draft, name)
        if value:
            yield name, plain(value.value)
    for name in ("dated", "effective"):
        value = getattr(draft, name)
        if value and value.value:
            yield name, value.value.isoformat()
    for party in draft.parties:
        yield "party", plain(party.name)
        yield from (("party, role", (plain(party.name), role)) for role in party.roles)
        yield from (("party, name", (plain(party.name), term(one))) for one in party.defined)
        if party.jurisdiction or party.entity_type:
            yield "party, entity", (plain(party.name), party.jurisdiction, party.entity_type)
    for paper in draft.papers:
        if paper.dated:
            yield "paper", (plain(paper.title), paper.dated.isoformat())
    for debt in draft.debts:
        maturity = debt.maturity and debt.maturity.isoformat()
        yield "debt", (plain(debt.designation), None if debt.coupon is None else float(debt.coupon), maturity)
    for waived in draft.waived:
        due, period = (day and day.isoformat() for day in (waived.due, waived.period_end))
        yield "waived", (waived.kind, due, period, waived.sections)
    for end in draft.ends:
        yield "end", end.day and end.day.isoformat()
    yield from (("definitions", plain(one.term)) for one in draft.definitions)
    yield from (("fees", one.amount and float(one.amount)) for one in draft.fees)
    yield from (("signed", one.value.isoformat()) for one in draft.signed)
    for one in draft.signatories:
        yield "signatory", (plain(one.name), plain(one.title), capacity(one.party), one.signed)


def _extra(item: Any) -> Any:
    """A term, an amount or a date of a label, which may stand alone or with its evidence."""
    if isinstance(item, dict):
        item = next((item[key] for key in ("term", "amount", "date", "value") if item.get(key) is not None), None)
    return plain(item) if isinstance(item, str) and not item[:4].isdigit() else item


def triggers(label: dict[str, Any], draft: Draft) -> tuple[int, int, int]:
    """How many that end a waiver are labelled, found, and the same: of one effect, in words that overlap."""
    wanted = [
        (one["type"], [(said["start"], said["end"]) for said in one["evidence"]])
        for one in label["rescission_triggers"] or ()
        if one["type"] in ENDING
    ]
    same = sum(
        any(
            one.effect == effect and span.start < end and start < span.end
            for start, end in places
            for span in one.spans
        )
        for one in draft.triggers
        for effect, places in wanted
    )
    return len(wanted), len(draft.triggers), min(same, len(wanted), len(draft.triggers))


def measure(folder: Path, only: list[str], without: list[str], *, misses: bool, each: bool) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])  # labelled, found, both
    read_bytes, seconds = 0, 0.0
    for path in sorted((folder / "labels").glob("*.json")):
        chosen = (not only or any(name in path.name for name in only)) and not any(
            name in path.name for name in without
        )
        if path.name == "negative_controls.json" or not chosen:
            continue
        label = json.loads(path.read_text(encoding="utf-8"))
        text = (folder / label["file"]).read_text(encoding="utf-8")
        took = []
        for number in range(BEST_OF):
            another = text + "\n" * number  # what was found in the last text is kept, and must not help
            start = time.perf_counter()
            draft = read(another)
            took.append(time.perf_counter() - start)
        read_bytes, seconds = read_bytes + len(text.encode()), seconds + min(took)
        wanted, found = list(labelled(label)), list(found_in(draft))
        if each:
            counted = {value for value in found if value[0] not in EXTRA or value[0] in label}
            same = len(set(wanted) & counted)
            print(f"{path.stem[:60]:60} labelled {len(set(wanted)):4} found {len(counted):4} same {same:4}")
        for name in {name for name, _ in (*wanted, *found)} - {name for name in EXTRA if name not in label}:
            one, other = ({value for field, value in values if field == name} for values in (wanted, found))
            counts[name] = [a + b for a, b in zip(counts[name], (len(one), len(other), len(one & other)), strict=True)]
        if misses:
            shown = [(name, value) for name, value in found if name not in EXTRA or name in label]
            told = {(name, str(value)) for name, value in wanted}, {(name, str(value)) for name, value in shown}
            for sign, values in (("-", told[0] - told[1]), ("+", told[1] - told[0])):
                for name, value in sorted(values):
                    print(f"{path.stem}: {sign} {name}: {value[:200]}")
        counts["trigger"] = [a + b for a, b in zip(counts["trigger"], triggers(label, draft), strict=True)]
    print(f"{'field':16} {'labelled':>8} {'found':>6} {'precision':>9} {'recall':>7}  goal")
    total = [sum(column) for column in zip(*counts.values(), strict=True)]
    for name, (wanted_, found_, both) in [*sorted(counts.items()), ("all", total)]:
        precision, recall = (f"{both / of:.2f}" if of else "-" for of in (found_, wanted_))
        print(f"{name:16} {wanted_:8} {found_:6} {precision:>9} {recall:>7}  {GOALS.get(name, 0.9)}")
    print(f"{read_bytes / seconds / 1e6:.2f} MB of text in a second (goal: 1)" if seconds else "nothing was read")
    controls = folder / "labels" / "negative_controls.json"
    if controls.exists() and not only:
        for item in json.loads(controls.read_text(encoding="utf-8"))["items"]:
            draft = read((folder / item["file"]).read_text(encoding="utf-8"))
            said = [name for name in ("waived", "ends", "triggers") if getattr(draft, name)]
            print(f"waives nothing: {item['file']}: {'as it should be' if not said else 'FOUND ' + ', '.join(said)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="documents whose names contain one of these")
    parser.add_argument("--without", nargs="*", default=[], help="and none of these")
    parser.add_argument("--misses", action="store_true", help="list what is missing (-) and what is too much (+)")
    parser.add_argument("--each", action="store_true", help="a line for each document")
    options = parser.parse_args()
    measure(options.folder, options.only, options.without, misses=options.misses, each=options.each)


if __name__ == "__main__":
    main()
