"""Every route for every persona, as one table; and what every answer says to the browser."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from agreements.models import Desk
from alerts.models import Alert
from audit.models import User
from audit.permissions import Permission
from audit.signing import sign
from intake.models import Incoming
from intake.operations import receive
from intake.review.jobs import read_what_waits
from tests.integration.screens.conftest import RECORDED, Register

PEOPLE = ("officer", "colleague", "counsel", "auditor", "administrator", "stranger", "anonymous")
ACTION = {
    "kind": "acceleration_sought",
    "by": "trustee",
    "occurred": "2000-03-15",
    "reported": "2000-03-20",
    "status": "alleged",
    "reason": "The trustee's letter",
}
POSTED = {**ACTION, "instrument": "sr-sub", "step": "preview", "page": "waivers", "name": "mine", "query": ""}
ALL_BUT_ANONYMOUS = (200, 200, 200, 200, 200, 200, 302)
NOT_THE_STRANGER = (200, 200, 200, 200, 200, 404, 302)
NOBODY = (404, 404, 404, 404, 404, 404, 302)
WHO_RECORDS = (200, 200, 403, 403, 200, 404, 302)

TABLE = {  # each route: the status for each of PEOPLE
    "GET /": ALL_BUT_ANONYMOUS,
    "GET /?as_of=2000-04-20&known_at=2000-04-20T12:00": ALL_BUT_ANONYMOUS,
    "POST /watch/filter/": (302,) * 7,
    "GET /watch/filter/": (405, 405, 405, 405, 405, 405, 302),
    "GET /alerts/": ALL_BUT_ANONYMOUS,
    "GET /alerts/?show=all": ALL_BUT_ANONYMOUS,
    "GET /borrowers/": ALL_BUT_ANONYMOUS,
    "GET /agreements/": ALL_BUT_ANONYMOUS,
    "GET /notes/": ALL_BUT_ANONYMOUS,
    "GET /waivers/": ALL_BUT_ANONYMOUS,
    "GET /waivers/?format=csv": ALL_BUT_ANONYMOUS,
    "POST /views/save/": (302,) * 7,
    "POST /views/999999/delete/": NOBODY,
    "GET /borrowers/lpc/": NOT_THE_STRANGER,
    "GET /borrowers/lpc/?format=csv": NOT_THE_STRANGER,
    "GET /borrowers/lpc/?as_of=2000-03-01&known_at=2000-03-01T12:00": NOT_THE_STRANGER,
    "GET /borrowers/lpc/coverage/": NOT_THE_STRANGER,
    "GET /borrowers/lpc/what-if/": NOT_THE_STRANGER,
    "GET /borrowers/lpc/what-if/?kind=remedy&by=holder&instrument=jr14&on=2000-03-15": NOT_THE_STRANGER,
    "GET /borrowers/nobody/": NOBODY,
    "GET /borrowers/nobody/coverage/": NOBODY,
    "GET /borrowers/nobody/what-if/": NOBODY,
    "GET /borrowers/cit/": NOBODY,
    "GET /packs/": ALL_BUT_ANONYMOUS,
    "GET /packs/new/?borrower=lpc": NOT_THE_STRANGER,
    "GET /packs/new/?waiver=cit-2000-01-31": NOT_THE_STRANGER,
    "GET /packs/new/?borrower=x": NOBODY,
    "GET /packs/99/": NOBODY,
    "GET /packs/99.zip": NOBODY,
    "GET /borrowers/lpc/certificates/": NOT_THE_STRANGER,
    "GET /borrowers/nobody/certificates/": NOBODY,
    "GET /borrowers/lpc/certificates/issue/": NOT_THE_STRANGER,
    "GET /borrowers/nobody/certificates/issue/": NOBODY,
    "POST /borrowers/lpc/certificates/issue/": (409, 409, 409, 409, 409, 404, 302),  # no page was opened before
    "POST /borrowers/nobody/certificates/issue/": NOBODY,
    "GET /certificates/1/": NOT_THE_STRANGER,
    "GET /certificates/1/?check=1": NOT_THE_STRANGER,
    "GET /certificates/1.pdf": NOT_THE_STRANGER,
    "GET /certificates/1.json": NOT_THE_STRANGER,
    "GET /certificates/1.docx": NOBODY,
    "GET /certificates/99999999999999999999/": NOBODY,
    "GET /certificates/2.pdf": NOBODY,
    "GET /instruments/cit-lsa/reservation/": NOT_THE_STRANGER,
    "GET /instruments/cit-lsa/reservation/?format=pdf": NOT_THE_STRANGER,
    "GET /instruments/cit-lsa/reservation/?as_of=2000-03-01&format=txt": NOBODY,  # nothing to reserve: it was waived
    "GET /instruments/nothing/reservation/": NOBODY,
    "GET /waivers/cit-2000-01-31/notice/": NOT_THE_STRANGER,
    "GET /waivers/nothing/notice/": NOBODY,
    "GET /record/reservation/?instrument=cit-lsa": WHO_RECORDS,
    "GET /record/notice-of-end/?instrument=cit-lsa": WHO_RECORDS,
    "GET /instruments/cit-lsa/": NOT_THE_STRANGER,
    "GET /instruments/nothing/": NOBODY,
    "GET /waivers/cit-2000-01-31/": NOT_THE_STRANGER,
    "GET /waivers/nothing/": NOBODY,
    "GET /intake/": ALL_BUT_ANONYMOUS,
    "POST /intake/": (422, 422, 403, 403, 422, 422, 302),  # nothing was chosen
    "GET /intake/{incoming}/": NOT_THE_STRANGER,
    "GET /intake/999999/": NOBODY,
    "GET /intake/{incoming}/file/": NOT_THE_STRANGER,
    "GET /intake/999999/file/": NOBODY,
    "GET /intake/{incoming}/terms/kind/": (302, 302, 403, 403, 302, 404, 302),
    "POST /intake/{incoming}/terms/kind/": (404, 404, 403, 403, 404, 404, 302),  # no verdict that there is
    "GET /intake/{incoming}/terms/nothing/": (404, 404, 403, 403, 404, 404, 302),
    "GET /intake/{incoming}/record/": (302, 302, 403, 403, 302, 404, 302),  # not all is confirmed
    "GET /intake/{incoming}/aside/": (405, 405, 403, 403, 405, 405, 302),
    "POST /intake/999999/aside/": (404, 404, 403, 403, 404, 404, 302),
    "GET /record/": (200, 200, 403, 403, 200, 200, 302),
    "GET /record/?instrument=sr-sub": WHO_RECORDS,
    "GET /record/?instrument=nothing": (404, 404, 403, 403, 404, 404, 302),
    "GET /borrowers/lpc/history/": NOT_THE_STRANGER,
    "GET /borrowers/lpc/knowledge/": NOT_THE_STRANGER,
    "GET /instruments/cit-lsa/history/": NOT_THE_STRANGER,
    "GET /waivers/cit-2000-01-31/history/": NOT_THE_STRANGER,
    "GET /record/holder-action/?instrument=sr-sub": WHO_RECORDS,
    "GET /record/holder-action/?instrument=nothing": (404, 404, 403, 403, 404, 404, 302),
    "GET /record/holder-action/": (302, 302, 403, 403, 302, 302, 302),
    "GET /record/nonsense/?instrument=sr-sub": (404, 404, 403, 403, 404, 404, 302),
    "POST /record/holder-action/": WHO_RECORDS,
    "GET /documents/exhibit-10-106/file/": NOT_THE_STRANGER,
    "GET /documents/cit-lsa.1/file/": NOBODY,
    "GET /search/?q=lexington": ALL_BUT_ANONYMOUS,
    "GET /calendar/": ALL_BUT_ANONYMOUS,
    "GET /calendar/agenda/": ALL_BUT_ANONYMOUS,
    "GET /calendar/feed/": ALL_BUT_ANONYMOUS,
    "GET /calendar/feed/no-such-token.ics": (404,) * 7,
    "GET /exports/waivers.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/default-lines.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/payments.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/holder-actions.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/waivers.csv?borrower=lpc": NOT_THE_STRANGER,
    "GET /exports/everything.csv": NOBODY,
    "GET /exports/": ALL_BUT_ANONYMOUS,
    "GET /alerts/how/": ALL_BUT_ANONYMOUS,
    "POST /alerts/how/": ALL_BUT_ANONYMOUS,
    "GET /alerts/dead/": ALL_BUT_ANONYMOUS,
    "POST /alerts/dead/": NOBODY,
    "GET /alerts/{alert}/": (200, 404, 404, 200, 200, 404, 302),
    "GET /alerts/999999/": NOBODY,
    "POST /alerts/{alert}/snooze/": (302, 404, 404, 404, 404, 404, 302),
    "GET /alerts/take/no-such-token/": (404,) * 7,
    "POST /alerts/take/no-such-token/": (404,) * 7,
    "POST /alerts/reports/": (404,) * 7,  # no mail provider is named
    "GET /metrics": (404,) * 7,  # no token is set
    "GET /alerts/{alert}/acknowledge/": (405, 405, 405, 405, 405, 405, 302),
    "POST /alerts/{alert}/acknowledge/": (302, 404, 404, 404, 404, 404, 302),
    "POST /alerts/99999999999999999999/acknowledge/": NOBODY,
    "GET /sign-in/": (302, 302, 302, 302, 302, 302, 200),
    "POST /sign-out/": (302,) * 7,
    "GET /admin/": (302, 302, 302, 302, 200, 302, 302),
    "GET /healthz": (503,) * 7,  # nothing has ever run here
    "GET /nowhere/": (404,) * 7,
}


def came_in() -> Incoming:
    """A document of the officer's desk, with its file."""
    found = Incoming.objects.first()
    if found is None:
        owner = User.objects.get(username="officer")
        found = receive(name="a.txt", data=b"A text.", desk=Desk.objects.get(), owner=owner, by=sign(owner, RECORDED))
        read_what_waits(lambda: RECORDED)
    return found


def ask(client: Client, route: str) -> object:
    method, path = route.split()
    own = Alert.objects.filter(recipient__username="officer").first()
    path = path.format(alert=own.pk, incoming=came_in().pk)
    return client.get(path) if method == "GET" else client.post(path, POSTED)


@pytest.mark.slow
@pytest.mark.parametrize("name", PEOPLE)
def test_each_route_answers_each_person_as_in_the_table(register: Register, name: str) -> None:
    answers = {route: ask(register.client(name), route) for route in TABLE}
    expected = {route: statuses[PEOPLE.index(name)] for route, statuses in TABLE.items()}
    assert {route: answer.status_code for route, answer in answers.items()} == expected
    if name == "anonymous":
        sent = [answer for route, answer in answers.items() if answer.status_code == 302 and "sign-out" not in route]
        assert all("/sign-in/?next=" in answer["Location"] or "/admin/login/" in answer["Location"] for answer in sent)
    for route, answer in answers.items():
        assert "Content-Security-Policy" in answer, route
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        if name != "anonymous" and "sign-out" not in route:
            assert "no-store" in answer["Cache-Control"], route


def routes(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    """All of ours: the admin's are its own."""
    found: list[URLPattern] = []
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found.append(pattern)
        elif pattern.namespace != "admin":
            found += routes(pattern.url_patterns)
    return found


def test_every_route_declares_its_permission() -> None:
    declared = {
        route.name: getattr(route.callback, "permission", None) for route in routes(get_resolver().url_patterns)
    }
    assert {name for name, permission in declared.items() if not isinstance(permission, Permission)} == set()
    public = {name for name, permission in declared.items() if permission is Permission.PUBLIC}
    assert public == {
        *("sign-in", "sign-out", "healthz", "feed"),
        *("metrics", "mail-reports", "acknowledge-by-link"),  # each with a secret of its own in the request
    }


def test_the_table_has_every_route_of_ours() -> None:
    paths = [
        route.split()[1].partition("?")[0].format(alert=1, incoming=1) for route in TABLE if "nowhere" not in route
    ]
    assert {resolve(path).url_name for path in paths} - {"index"} == {
        route.name for route in routes(get_resolver().url_patterns)
    }


EVERYWHERE = (
    *("/", "/?as_of=2000-04-20", "/alerts/?show=all", "/borrowers/", "/agreements/", "/notes/", "/waivers/"),
    *("/waivers/?q=cit&derived=1", "/search/?q=lex", "/search/?q=exhibit", "/search/?q=waiver", "/record/?q=senior"),
    *("/calendar/?as_of=2000-04-20", "/calendar/agenda/?as_of=2000-04-20"),
)


@pytest.mark.slow
def test_the_hidden_and_the_absent_look_the_same(register: Register) -> None:
    stranger = register.client("stranger")
    there = (
        *("borrowers/lpc/certificates/", "borrowers/lpc/certificates/issue/", "certificates/1/", "certificates/1.pdf"),
        *("certificates/9/", "instruments/cit-lsa/reservation/?format=txt", "waivers/cit-2000-01-31/notice/"),
        *("borrowers/lpc/", "borrowers/lpc/coverage/", "borrowers/lpc/what-if/", "instruments/cit-lsa/"),
        *("borrowers/lpc/history/", "borrowers/lpc/knowledge/", "instruments/cit-lsa/history/"),
        *("waivers/cit-2000-01-31/", "documents/exhibit-10-106/file/", "record/?instrument=sr-sub"),
        *("record/payment/?instrument=sr-sub", "record/payment/?instrument=x"),
    )
    alert = Alert.objects.filter(recipient__username="officer").first().pk
    bodies = {stranger.get(f"/{path}").content for path in (*there, "borrowers/x/", "waivers/x/", "documents/x/file/")}
    bodies |= {stranger.post(f"/alerts/{number}/acknowledge/").content for number in (alert, 999_999)}
    bodies.add(stranger.get("/exports/waivers.csv?borrower=lpc").content)
    assert len(bodies) == 1
    assert b"There is no such page" in next(iter(bodies))
    bodies |= {stranger.post("/record/holder-action/", POSTED | {"instrument": ref}).content for ref in ("sr-sub", "x")}
    assert len(bodies) == 1
    pages = "".join(stranger.get(path).content.decode() for path in EVERYWHERE)
    assert "Lexington" not in pages
    assert "cit-2000" not in pages


class _Inline(HTMLParser):
    """Collects what a closed page may not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        inline_script = tag == "script" and "src" not in names and names.get("type") != "application/json"
        if tag == "style" or inline_script:
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        self.found += [f"{tag} {value}" for value in names.values() if value and value.startswith("javascript:")]


@pytest.mark.slow
def test_no_page_has_a_script_or_a_style_of_its_own(register: Register) -> None:
    routes = [route for route in TABLE if route.startswith("GET") and ".csv" not in route and "file" not in route]
    looked = 0
    for name in ("administrator", "anonymous", "stranger"):
        answers = {route: ask(register.client(name), route) for route in routes}
        admin = ("waivers/waiver/", "agreements/instrument/add/", "alerts/alert/", "notes/holderaction/add/")
        for path in admin if name == "administrator" else ():
            answers[path] = register.client(name).get(f"/admin/{path}")
        for route, answer in answers.items():
            if "html" in answer.headers.get("Content-Type", ""):
                page = _Inline()
                page.feed(answer.content.decode())
                assert page.found == [], route
                looked += 1
    assert looked > 40
