"""The founding agreement as an example: Lexington Precision's waiver of 31 January 2000 and its neighbours.

The facts are those of public filings; `exhibit-10-106.txt` is the waiver itself, as filed.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from agreements.models import Desk, DeskMember, LoanDocument
from agreements.operations import attach_file
from audit.models import Role, User
from audit.signing import sign_for_the_system, signed
from intake.portfolio.load import import_portfolio
from intake.portfolio.read import parse_document

DEMO_USER = "officer"
DEMO_PASSWORD = "standstill-example"  # noqa: S105 (printed at every start of the example)
HERE = Path(__file__).resolve().parent
FIRST_DAY, LAST_DAY = date(2000, 1, 31), date(2000, 5, 2)


def load_example(at: datetime) -> bool:
    """Put Lexington and a demo user into the register, once; return whether anything was added."""
    by = sign_for_the_system("load_example", at)
    with transaction.atomic():
        user, made = User.objects.get_or_create(
            username=DEMO_USER,
            defaults={
                "email": "officer@standstill.example",
                "first_name": "Demo",
                "last_name": "Officer (fictional)",
                "role": Role.OFFICER,
                "is_staff": True,
                "is_superuser": True,
            },
        )
        if made:
            user.set_password(DEMO_PASSWORD)
            user.save()
        with signed(by, "Example desk"):
            desk = Desk.objects.filter(ref="work-outs").first()
            if desk is None:
                desk = Desk(ref="work-outs", name="Work-outs (fictional desk)")
                desk.save()
                DeskMember(desk=desk, user=user, is_head=True).save()
        document = parse_document((HERE / "lexington.json").read_bytes())
        added = import_portfolio(
            document, by=by, reason="Example from public filings", monitored_from=FIRST_DAY, desk=desk
        )
        paper = LoanDocument.objects.get(ref="exhibit-10-106")
        if not paper.file:
            source = HERE / "exhibit-10-106.txt"
            attach_file(document=paper, name=source.name, data=source.read_bytes(), by=by, reason="The paper as filed")
    return bool(+added)
