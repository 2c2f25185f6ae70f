"""A small borrower to watch, people to tell, and the days on which the watch looks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from agreements.models import Desk
from alerts.models import Alert
from audit.models import User
from audit.signing import sign_for_the_system
from intake.portfolio.load import import_portfolio
from tests.factories import DeskFactory, DeskMemberFactory, UserFactory
from waivers.positions import all_groups
from waivers.sweeps import sweep

AT = datetime(2024, 1, 1, 12, tzinfo=UTC)
BY = sign_for_the_system("test", AT)


def person(name: str, **columns: Any) -> User:
    return UserFactory(username=name, **{"email": f"{name}@desk.example", **columns})


def desk_of(*people: User) -> Desk:
    desk = DeskFactory()
    for member in people:
        DeskMemberFactory(desk=desk, user=member)
    return desk


def waiver(ref: str, instrument: str = "loan", by: str = "bank", **fields: Any) -> dict[str, Any]:
    """A waiver of missed payments of the notes, from 1 January to 31 August 2024."""
    return {
        "ref": ref,
        "instrument": instrument,
        "granted_by": [by],
        "kind": "waiver",
        "title": f"Waiver {ref}",
        "dated_as_of": "2024-01-01",
        "executed": "2024-01-01",
        "effective_from": "2024-01-01",
        "until": {"date": "2024-09-01", "text": "until September 1, 2024", "inclusive": False},
        "covers": [{"failure_to_pay": {"instruments": ["notes"]}}],
        "ends_on": [{"on": ["acceleration"], "effect": "automatic", "paragraph": "2"}],
        **fields,
    }


def interest(ref: str, due: str, **fields: Any) -> dict[str, Any]:
    return {"ref": ref, "kind": "interest", "due": due, **fields}


def load(
    desk: Desk | None,
    *waivers: dict[str, Any],
    payments: tuple[dict[str, Any], ...] = (),
    grace_days: int = 0,
    monitored_from: date = date(2024, 1, 1),
) -> None:
    """Harbor Mills: a bank loan that cross-defaults on its notes, a second lender's loan, and some waivers."""
    clause = {"ref": "payment", "kind": "payment", "section": "6.01(a)", "grace_days": grace_days}
    document = {
        "format": "standstill/portfolio/1",
        "title": "Harbor Mills (fictional)",
        "parties": [{"ref": ref, "name": f"{ref} (fictional)"} for ref in ("mill", "bank", "fund")],
        "agreements": [
            {
                "ref": ref,
                "title": f"Agreement {ref}",
                "dated_as_of": "2020-01-01",
                "obligors": ["mill"],
                "lenders": [lender],
                "events_of_default": [{"ref": f"{ref}-cross", "kind": "cross_payment_default", "reaches": ["notes"]}],
            }
            for ref, lender in (("loan", "bank"), ("line", "fund"))
        ],
        "note_series": [
            {
                "ref": "notes",
                "designation": "8% Notes due 2030",
                "issuer": "mill",
                "ranking": "senior",
                "rate": {"kind": "fixed", "coupon": "8"},
                "stated_maturity": "2030-01-01",
                "payments": list(payments),
                "events_of_default": [clause],
            }
        ],
        "waivers": list(waivers),
    }
    import_portfolio(document, by=BY, reason="test", monitored_from=monitored_from, desk=desk)


def look(*days: date) -> int:
    """Sweep the whole register on each day; how many alerts were raised."""
    return sum(sweep(all_groups(), day, at=AT).raised for day in days)


def told(**which: Any) -> set[tuple[str, str, str]]:
    """What was raised: about, kind, version."""
    return set(Alert.objects.filter(**which).values_list("about", "kind", "version"))
