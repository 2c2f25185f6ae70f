"""The agreements and the series of notes that a document names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice

from intake.extract.dates import PATTERN, dates_in
from intake.extract.flow import Flow
from intake.extract.sentences import sentences
from intake.extract.terms import DebtTerms, PaperTerms

RECITED = 16_000  # characters in which a document recites what it is about
MOST_DATES = 200
WORD = r"(?:[A-Z][\w'&/.-]*|No\.\s*\d+|\d+-(?:[Dd]ay|[Yy]ear|[Mm]onth)|\d+[A-Z]?|\([A-Z][a-z]+\))"
PAPER = re.compile(
    rf"(?P<title>(?:{WORD}(?:,?\s+(?:and|of|to\s+the|to|the|for|in)\s+|,\s+|\s+))*?"
    r"(?:Agreements?|Amendment|Waiver|Indentures?|Consent|Release|Forbearance|Supplement|Modification|Notes?|AGREEMENT"
    r"|INDENTURE)"
    rf"(?:\s+No\.\s*\d+(?=\s)(?:\s+thereto\b)?|\s+thereto\b)?(?:,?\s+(?:and|of|to\s+the|to)\s+{WORD}(?:\s+{WORD})*)*)"
    r"(?:\s+(?:of|(?:made|executed|issued)\s+by)\s+(?:the\s+)?(?:Company|Borrower|Maker|Issuer|Debtor))?"
    r"\s*,?\s*(?:\([^()]{0,160}\)\s*,?\s*)?(?:is\s+)?"
    r"(?:made\s+(?:and\s+entered\s+into\s+)?)?(?:dated|entered\s+into)?\s*(?:as\s+of\s+)?(?:the\s+)?$",
)
OF_A_SECTION = re.compile(r"\b(?:Sections?|Paragraphs?|§)\s[^;]{1,40}\s(?:of|under|in)\s+(?:the\s+)?$", re.IGNORECASE)
LONGEST_TITLE, NEAR = 300, 60
AMENDED_ON = re.compile(
    r"\b(?P<how>amended(?:\s+and\s+restated)?|amendments?)(?:\s+(?:thereto|agreements?))?,?\s+(?:each\s+)?(?:dated\s+)?"
    r"(?:as\s+of|on|dated)\s+(?:the\s+)?$"
)
AND_ON = re.compile(r"\s*,?\s+(?:and\s+)?(?:(?:dated\s+)?as\s+of\s+)?")  # between the days of several
BY_DATE = re.compile(r"(?:dated|as\s+of|entered)\s*(?:as\s+of\s+)?(?:the\s+)?$", re.IGNORECASE)
AMENDS = re.compile(r"\b(?:Amendment|Waiver|Modification|Release|Supplement|Consent)\b", re.IGNORECASE)
COUPON = r"(?P<coupon>\d{1,2}(?:\.\d+|\s+\d{1,2}/\d{1,2}|-\d{1,2}/\d{1,2})?)\s?%\s+"
SERIES = re.compile(
    rf"(?:{COUPON})?(?P<words>(?:(?:Senior|Junior|Subordinated|Unsecured|Secured|Convertible|Increasing|Rate|Exchangeable"
    r"|Guaranteed|Floating|Discount|Series|[A-Z]|\d{4}|Sinking|Fund|First|Second|Mortgage|Step-Up|PIK|Zero|Coupon|Loan|Variable)\s+)*)"
    rf"(?P<kind>Notes?|Debentures?|Bonds?)(?:\s+due\s+(?:on\s+)?(?P<due>{PATTERN}|\d{{4}})|\s+(?P<year>(?:19|20)\d\d)\b)?(?!\s+(?:Purchase|Agreement|Holder))",
)
RIDER = re.compile(r"\b(?:Rider|Supplement|Addendum)\s+(?:No\.\s*)?[A-Z0-9]{1,3}\b")
NEXT_PAPER = 240  # characters after a paper in which its riders are named
PRINCIPAL = re.compile(
    r"\$\s?(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?:\.00)?(?:\s+(?P<times>million|billion))?\s+(?:in\s+|of\s+)?"
    r"(?:(?:the|aggregate|original|outstanding|initial|stated)\s+)*principal\s+amount\s+of\s+(?:(?:its|the|their|our|[A-Z][\w.]*'s?)\s+)*$"
)
BY_TERM = re.compile(  # $5,000,000 principal amount of Notes (the "2012 Notes"): named by a term alone
    r"\$\s?(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?:\.00)?(?:\s+(?P<times>million|billion))?\s+(?:in\s+|of\s+)?"
    r"(?:(?:the|aggregate|original|outstanding|initial|stated)\s+){0,4}principal\s+amount\s+of\s+(?:[\w'-]+\s+){0,4}?[Nn]otes?\s+"
    r'\((?:collectively,?\s+)?(?:the\s+)?"(?P<term>(?:[A-Z0-9][\w.-]*\s+){1,6}Notes)"'
)
HOLDER = re.compile(
    r"\s*(?:\([^()]{0,60}\)\s*)?,?\s*(?:currently\s+)?(?:held|owned|issued\s+to|payable\s+to(?:\s+the\s+order\s+of)?|in\s+favor\s+of)(?:\s+by)?\s+"
    r"(?P<name>[A-Z][\w.&'-]*(?:,?\s+(?:[A-Z][\w.&'-]*|of|and|&))*)"
)
TRUSTEE = re.compile(
    r"\b(?P<name>[A-Z][\w.&'-]*(?:,?\s+(?:[A-Z][\w.&'-]*|of|and|&)){0,8}),?\s+as\s+(?:indenture\s+)?trustee\b"
)
TIMES = {"million": 1_000_000, "billion": 1_000_000_000}
SENTENCE = 360
LONGEST_DESIGNATION, LONGEST_DUE = 120, 40
KIND = re.compile(r"\b(?:Notes?|Debentures?|Bonds?)\b")
DUE_OR_YEAR = re.compile(r"\s+(?:due|(?:19|20)\d\d)\b")
TOO_LITTLE = {"", "Series"}
RANKING = re.compile(
    r"\b(?:(?:senior|junior)\s+)?(?:subordinated|unsecured|secured)\b|\b(?:senior|junior)\b", re.IGNORECASE
)


def papers_of(flow: Flow, title: str | None, own: date | None, after: int) -> tuple[PaperTerms, ...]:
    """The agreements that the opening and the recitals date: the first is the one waived under, then its amendments."""
    found: list[PaperTerms] = []
    before: tuple[int, str] = (0, "")  # where the amendment before ends, and what it is called
    for day in islice(dates_in(flow.text, after, after + RECITED), MOST_DATES):
        if found and (called := _amended_on(flow.text, day.start, before)):
            before = day.end, called
            if day.day != own and day.day not in {one.dated for one in found}:
                found.append(PaperTerms(called, day.day, "amendment", spans=(flow.span(day.start, day.end),)))
            continue
        if not BY_DATE.search(flow.text, max(after, day.start - NEAR), day.start):
            continue
        match = PAPER.search(flow.text, max(after, day.start - LONGEST_TITLE), day.start)
        if match is None or flow.text[max(0, match.start() - 5) : match.start()] == "this ":
            continue
        if OF_A_SECTION.search(flow.text, max(0, match.start() - NEAR), match.start()) and not re.search(
            r"\bdated\b", flow.text[match.end("title") : day.start]
        ):
            continue  # a test "under Section 6.1 of the Loan Agreement as of" a day
        words = re.sub(rf"^.*{PATTERN}\s*,?\s*(?:and\s+)?", "", match["title"], flags=re.DOTALL)
        words, itself = re.subn(r"^.*\bTHIS\s+", "", words, flags=re.DOTALL)
        words = re.sub(r"^(?:(?:000|This|The|That|An?|Whereas|WHEREAS)\s+)+", "", " ".join(words.split()))
        words = re.sub(r"\s+thereto$", "", words)
        if day.day == own and (itself or words.lower() == (title or "").lower() or AMENDS.search(words)):
            continue  # the document itself
        prior = re.search(
            r"(?:pursuant\s+to|under)\s+(?:the|that\s+certain)\s+$",
            flow.text[max(0, match.start() - 40) : match.start()],
        )
        relation = "waived_under"
        if AMENDS.search(words):
            relation = "prior_waiver" if prior and "waiver" in words.lower() else "amendment"
        elif found:
            relation = "related"
        paper = PaperTerms(words, day.day, relation, spans=(flow.span(match.end("title") - len(words), day.end),))
        if (paper.title, paper.dated) not in {(other.title, other.dated) for other in found}:
            found.append(paper)
    if not found:
        return ()
    first = replace(
        found[0],
        amendments=tuple(
            f"{one.title}, {one.dated:%B} {one.dated.day}, {one.dated.year}"
            for one in found[1:]
            if one.relation == "amendment" and one.dated
        ),
        riders=_riders(flow, found[0]),
    )
    return (first, *found[1:])


def _amended_on(text: str, place: int, before: tuple[int, str]) -> str:
    """What a day without a title is of: "amended as of" it, an amendment; and so is a day that follows such a day."""
    if match := AMENDED_ON.search(text, max(0, place - NEAR), place):
        return "amendment and restatement" if "restated" in match["how"] else "amendment"
    return before[1] if before[1] and AND_ON.fullmatch(text, before[0], place) else ""


def _riders(flow: Flow, paper: PaperTerms) -> tuple[str, ...]:
    """The riders that the words after a paper name: including Rider A thereto."""
    after = flow.text.find(f"{paper.dated:%B} {paper.dated.day}" if paper.dated else paper.title)
    words = flow.text[after : after + NEXT_PAPER] if after >= 0 else ""
    return tuple(dict.fromkeys(" ".join(rider.split()) for rider in RIDER.findall(words)))


def debts_of(flow: Flow) -> tuple[tuple[DebtTerms, ...], tuple[int, ...]]:
    """The series of notes that are designated, each once; and where in the flow each is named first."""
    found: dict[str, DebtTerms] = {}
    places: list[int] = []
    for kind in KIND.finditer(flow.text):
        first = max(0, kind.start() - LONGEST_DESIGNATION)
        if "%" not in flow.text[first : kind.start()] and not DUE_OR_YEAR.match(flow.text, kind.end()):
            continue
        match = next(
            (
                series
                for series in SERIES.finditer(flow.text, first, kind.end() + LONGEST_DUE)
                if series.start("kind") == kind.start()
            ),
            None,
        )
        if match is None:
            continue
        words = match["words"].split()
        if not (match["coupon"] or match["due"] or (match["year"] and "Rate" in words)) or (
            not match["coupon"] and set(words) <= TOO_LITTLE
        ):
            continue
        designation = " ".join(match[0].split())
        if designation.lower() in found:
            continue
        text = " ".join(words).lower()
        ranking = RANKING.search(text)
        due = match["due"]
        found[designation.lower()] = DebtTerms(
            designation=designation,
            coupon=_percent(match["coupon"]) if match["coupon"] else None,
            ranking=ranking[0] if ranking else None,
            convertible="convertible" in text,
            increasing_rate="increasing rate" in text,
            principal=_principal(flow.text, match.start()),
            holder=_name(HOLDER.match(flow.text, match.end(), min(len(flow.text), match.end() + SENTENCE))),
            trustee=_trustee(flow.text, match.end()),
            maturity=next((day.day for day in dates_in(due)), None) if due else None,
            spans=(flow.span(match.start(), match.end()),),
        )
        places.append(match.start())
    for match in islice(BY_TERM.finditer(flow.text), MOST_DATES):
        if match["term"].lower() not in found and not any(match.start() <= place < match.end() for place in places):
            found[match["term"].lower()] = DebtTerms(
                match["term"],
                None,
                None,
                convertible=False,
                increasing_rate=False,
                maturity=None,
                principal=_amount(match),
                spans=(flow.span(*match.span()),),
            )
            places.append(match.start())
    return tuple(found.values()), tuple(places)


def _principal(text: str, start: int) -> Decimal | None:
    match = PRINCIPAL.search(text, max(0, start - LONGEST_DESIGNATION), start)
    return _amount(match) if match else None


def _amount(match: re.Match[str]) -> Decimal:
    return Decimal(match["number"].replace(",", "")) * TIMES.get(match["times"] or "", 1)


def _trustee(text: str, start: int) -> str | None:
    """Who is named as trustee in the sentence that designates the notes."""
    stop = next((end for _, end in sentences(text, start, start + SENTENCE)), start)
    return _name(TRUSTEE.search(text, start, stop))


def _name(match: re.Match[str] | None) -> str | None:
    return re.sub(r"^(?:and|between|the)\s+", "", " ".join(match["name"].split()).rstrip(" ,")) if match else None


def _percent(words: str) -> Decimal | None:
    """12 3/4 is 12.75."""
    whole, *fraction = re.split(r"[\s-]+", words.strip())
    number = Decimal(whole)
    if fraction:
        over, under = fraction[0].split("/")
        if not int(under):
            return None
        number += Decimal(over) / Decimal(under)
    return number


def numbers_of(places: tuple[int, ...], start: int, end: int) -> Iterator[int]:
    """The debts that are named between two places of the flow."""
    yield from (number for number, place in enumerate(places) if start <= place < end)
