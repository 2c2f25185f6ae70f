"""Every route for every persona, as one table; and what every answer says to the browser."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from alerts.models import Alert
from tests.integration.screens.conftest import Register

PEOPLE = ("officer", "colleague", "counsel", "auditor", "administrator", "stranger", "anonymous")
ACTION = {
    "instrument": "sr-sub",
    "kind": "acceleration_sought",
    "by": "trustee",
    "occurred": "2000-03-15",
    "reported": "2000-03-20",
    "status": "alleged",
    "reason": "The trustee's letter",
    "record": "1",
}
ALL_BUT_ANONYMOUS = (200, 200, 200, 200, 200, 200, 302)
NOT_THE_STRANGER = (200, 200, 200, 200, 200, 404, 302)
NOBODY = (404, 404, 404, 404, 404, 404, 302)

TABLE = {  # each route: the status for each of PEOPLE
    "GET /": ALL_BUT_ANONYMOUS,
    "GET /alerts/": ALL_BUT_ANONYMOUS,
    "GET /alerts/?show=all": ALL_BUT_ANONYMOUS,
    "GET /borrowers/lpc/": NOT_THE_STRANGER,
    "GET /borrowers/lpc/?as_of=2000-03-01&known_at=2000-03-01T12:00": NOT_THE_STRANGER,
    "GET /borrowers/nobody/": NOBODY,
    "GET /borrowers/cit/": NOBODY,
    "GET /instruments/cit-lsa/": NOT_THE_STRANGER,
    "GET /instruments/nothing/": NOBODY,
    "GET /waivers/cit-2000-01-31/": NOT_THE_STRANGER,
    "GET /waivers/nothing/": NOBODY,
    "GET /holder-actions/record/": (200, 200, 403, 403, 200, 200, 302),
    "POST /holder-actions/record/": (302, 302, 403, 403, 302, 422, 302),
    "GET /documents/exhibit-10-106/file/": NOT_THE_STRANGER,
    "GET /documents/cit-lsa.1/file/": NOBODY,
    "GET /exports/waivers.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/default-lines.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/payments.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/holder-actions.csv": ALL_BUT_ANONYMOUS,
    "GET /exports/waivers.csv?borrower=lpc": NOT_THE_STRANGER,
    "GET /exports/everything.csv": NOBODY,
    "GET /alerts/{alert}/acknowledge/": (405, 405, 405, 405, 405, 405, 302),
    "POST /alerts/{alert}/acknowledge/": (302, 404, 404, 404, 404, 404, 302),
    "POST /alerts/99999999999999999999/acknowledge/": NOBODY,
    "GET /sign-in/": (302, 302, 302, 302, 302, 302, 200),
    "POST /sign-out/": (302,) * 7,
    "GET /admin/": (302, 302, 302, 302, 200, 302, 302),
    "GET /healthz": (503,) * 7,  # nothing has ever run here
    "GET /nowhere/": (404,) * 7,
}


def ask(client: Client, route: str) -> object:
    method, path = route.split()
    own = Alert.objects.filter(recipient__username="officer").first()
    path = path.format(alert=own.pk)
    return client.get(path) if method == "GET" else client.post(path, ACTION)


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


def test_the_table_has_every_route_of_ours() -> None:
    def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
        found = set()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                found.add(pattern.name)
            elif pattern.namespace != "admin":
                found |= names(pattern.url_patterns)
        return found

    paths = [route.split()[1].partition("?")[0].format(alert=1) for route in TABLE if "nowhere" not in route]
    assert {resolve(path).url_name for path in paths} - {"index"} == names(get_resolver().url_patterns)


@pytest.mark.slow
def test_the_hidden_and_the_absent_look_the_same(register: Register) -> None:
    stranger = register.client("stranger")
    there = ("borrowers/lpc/", "instruments/cit-lsa/", "waivers/cit-2000-01-31/", "documents/exhibit-10-106/file/")
    alert = Alert.objects.filter(recipient__username="officer").first().pk
    bodies = {stranger.get(f"/{path}").content for path in (*there, "borrowers/x/", "waivers/x/", "documents/x/file/")}
    bodies |= {stranger.post(f"/alerts/{number}/acknowledge/").content for number in (alert, 999_999)}
    bodies.add(stranger.get("/exports/waivers.csv?borrower=lpc").content)
    assert len(bodies) == 1
    assert b"There is no such page" in bodies.pop()
    # Nor does the form tell an instrument on another desk from none.
    forms = [
        stranger.post("/holder-actions/record/", ACTION | {"instrument": ref}).content.decode()
        for ref in ("sr-sub", "x")
    ]
    assert all("There is no such instrument on your desks." in form for form in forms)
    pages = "".join(stranger.get(path).content.decode() for path in ("/", "/alerts/?show=all", "/?q=lex"))
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
