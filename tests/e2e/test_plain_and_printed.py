"""Without JavaScript, on paper, dragged by mouse, and without anything moving by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MARCH = "as_of=2000-03-01"


def test_without_javascript_each_page_answers_and_a_fact_is_recorded(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(java_script_enabled=False)
    page = screen.page
    screen.sign_in()
    screen.go(f"/borrowers/lpc/?{MARCH}")
    expect(screen.state_of("cit-lsa")).to_have_text("◐ Waived")
    page.locator("tr#debt-cit-lsa button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("paragraph 1")
    page.get_by_role("button", name="Close").first.click()
    page.get_by_role("link", name="Next turn").click()
    expect(page.get_by_role("heading", name="Position as of 1 May 2000, Mon")).to_be_visible()
    screen.go(f"/waivers/?{MARCH}")
    page.get_by_role("link", name="Show the").click()
    expect(page.locator(".state").first).to_have_text("● In force")
    page.get_by_role("searchbox", name="Search").fill("lexington")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found by “lexington”")).to_be_visible()
    screen.go("/record/payment/?instrument=jr14&payment=jr14-2000-02-01-interest")
    page.get_by_label("Paid on").fill("2000-02-20")
    page.get_by_label("Source or reason").fill("The trustee's receipt")
    page.get_by_role("button", name="Show what it would change").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("Recorded as jr14-2000-02-01-interest.")).to_be_visible()


def test_the_as_of_line_is_dragged(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen()
    page = screen.page
    screen.sign_in()
    screen.go(f"/borrowers/lpc/?{MARCH}")
    page.locator(".timeline").scroll_into_view_if_needed()
    line = page.locator("[data-as-of] line").bounding_box()
    chart = page.locator(".timeline svg").bounding_box()
    page.mouse.move(line["x"], line["y"] + 60)
    page.mouse.down()
    page.mouse.move(line["x"] + 120, line["y"] + 60, steps=6)
    moved = page.locator("[data-as-of] line").bounding_box()
    assert abs(moved["x"] - line["x"] - 120) < 12, "the line follows the mouse"
    page.mouse.move(chart["x"] + chart["width"] - 20, line["y"] + 60, steps=6)
    page.mouse.up()
    expect(screen.state_of("cit-lsa")).to_have_text("▲ Event of default")
    assert "as_of=2000-05-" in page.url
    page.go_back()
    assert screen.faults == []


@pytest.mark.parametrize("path", [f"/waivers/?{MARCH}", f"/borrowers/?{MARCH}", f"/notes/?{MARCH}"])
def test_nothing_moves_when_a_fragment_comes_in(open_screen: Callable[..., Screen], path: str) -> None:
    screen = open_screen()
    screen.sign_in()
    screen.go(path)
    expect(screen.page.locator(".state").first).to_be_visible()
    assert screen.shifts() < 0.005
    screen.page.keyboard.press("/")
    screen.page.keyboard.type("lex")
    expect(screen.page.locator(".find .results")).to_contain_text("Lexington")
    assert screen.shifts() < 0.005
    assert screen.faults == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/borrowers/lpc/?{MARCH}", ["Lexington Precision Corporation", "paragraph 2", "It is waived by"]),
        (f"/waivers/cit-2000-01-31/?{MARCH}&known_at=2026-11-30 12:00", ["1. WAIVER. Subject to paragraph 2"]),
    ],
)
def test_a_page_prints_as_a4_with_its_moment_and_page_numbers(
    open_screen: Callable[..., Screen], tmp_path: Path, path: str, said: list[str]
) -> None:
    screen = open_screen()
    screen.sign_in()
    screen.go(path)
    screen.page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    pages = PdfReader(tmp_path / "page.pdf").pages
    assert [round(float(side)) for side in pages[0].mediabox[2:]] in ([595, 842], [596, 842], [594, 842])
    texts = [" ".join(page.extract_text().split()) for page in pages]
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "As of 1 March 2000, Wed, as known" in text
    for words in said:
        assert words in " ".join(texts)
    for control in ("Sign out", "Record a fact", "Search"):
        assert control not in " ".join(texts)
