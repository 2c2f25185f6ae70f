"""A page in one of its four forms, looked at with care."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Response, expect

from intake.example import DEMO_PASSWORD, DEMO_USER

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
MOST_BYTES = 150_000
MOST_TABS = 250
SHIFTS = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { moved += entry.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(moved), 50);
})"""


@dataclass
class Screen:
    """`look` gathers what is wrong into `faults`, which a test compares with an empty list at its end."""

    page: Page
    width: int
    scheme: str
    url: str
    faults: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._came)

    def _said(self, message: ConsoleMessage) -> None:
        # That a form was refused, or a page is not there, is an answer and no fault of the page that says so.
        refused = any(f"responded with a status of {status}" in message.text for status in (404, 409, 422))
        if message.type in ("error", "warning") and not refused:
            self.faults.append(message.text)

    def _came(self, response: Response) -> None:
        """Note what a page fetches; a request to anybody else is a fault."""
        if urlsplit(response.url).netloc != urlsplit(self.url).netloc:
            self.faults.append(f"a request to {response.url}")
        if response.ok and response.request.method == "GET":
            self.fetched.append(response.url)

    def go(self, path: str) -> None:
        self.fetched.clear()
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("networkidle")

    def look(self, name: str, *, keep: bool = True) -> None:
        """What holds for every page: nothing for axe to find, nothing beyond the right edge, nothing in the console."""
        self.page.wait_for_load_state("networkidle")
        found = [
            f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
            for violation in Axe().run(self.page).response["violations"]
            for node in violation["nodes"]
        ]
        self.faults += [f"{name}: {fault}" for fault in found]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            self.faults.append(f"{name}: scrolls {beyond} px sideways at {self.width} px")
        if keep and os.environ.get("SCREENS"):
            self._keep(name)

    def weigh(self, name: str) -> None:
        """What a page fetched since `go`, compressed, stays within its budget."""
        sizes = {url: self._size(url) for url in self.fetched}
        if sum(sizes.values()) > MOST_BYTES:
            self.faults.append(f"{name}: {sum(sizes.values()):,} bytes compressed: {sizes}")

    def _size(self, url: str) -> int:
        """The bytes of an answer, compressed as a proxy would, asked for once more."""
        if url not in self.sizes:
            body = self.page.context.request.get(url).body()
            self.sizes[url] = len(body) if url.endswith(".woff2") else len(gzip.compress(body))
        return self.sizes[url]

    def shifts(self) -> float:
        """How far things have moved on the page by themselves."""
        return self.page.evaluate(SHIFTS)

    def _keep(self, name: str) -> None:
        SCREENS.mkdir(exist_ok=True)
        path = SCREENS / f"{name}-{self.width}-{self.scheme}.png"
        self.page.screenshot(path=path, full_page=True)
        if shrink := shutil.which("pngquant"):
            subprocess.run([shrink, "--force", "--ext", ".png", "--skip-if-larger", "64", path], check=False)

    def sign_in(self, name: str = DEMO_USER, password: str = DEMO_PASSWORD) -> None:
        self.page.goto(f"{self.url}/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="What needs you")).to_be_visible()
        # The heading is there before the script is, and a key pressed in between does nothing.
        self.page.wait_for_load_state()

    # by keyboard

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until something has the focus, as somebody without a mouse would."""
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {wanted}")

    def press(self, wanted: Locator, key: str = "Enter") -> None:
        self.tab_to(wanted)
        self.page.keyboard.press(key)

    def type_into(self, wanted: Locator, text: str) -> None:
        self.tab_to(wanted)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def state_of(self, instrument: str) -> Any:
        return self.page.locator(f"tr#debt-{instrument} .state").first
