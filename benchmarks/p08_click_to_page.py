"""P8: from a click to a usable page in Chromium, over the demo company's main pages."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from shutil import which
from typing import Any

from benchmarks.company import LOGIN, PASSWORD, demo_company
from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part
from benchmarks.serving import HOST, PORT, python, served
from kernel.config import Config

SECONDS = 0.3
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
NOTE_CLICK = """
addEventListener("click", () => sessionStorage.setItem("clicked", performance.timeOrigin + performance.now()), true)
"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0"
TAKEN = """
() => performance.timeOrigin + performance.getEntriesByType("navigation")[0].loadEventEnd
    - Number(sessionStorage.getItem("clicked"))
"""
"""Milliseconds. The load event waits for the page's modules, and so for the shell's script."""


@dataclass(frozen=True)
class Way:
    """How people come to a page: where they are, and what they click; only the last click is measured."""

    name: str
    start: str
    links: tuple[str, ...]


RECORD = "tr[data-href] .id a"
ORDERS, OPPORTUNITIES = "/erp_sales/order", "/crm/opportunity"
WAYS = (
    Way("home", "/inbox", (".t-nav a[href='/']",)),
    Way("inbox", "/", (".t-nav a[href='/inbox']",)),
    Way("list of orders", "/apps/erp_sales", (f".t-nav a.sub[href='{ORDERS}']",)),
    Way("list of invoices", "/apps/erp_finance", (".t-nav a.sub[href='/erp_finance/invoice']",)),
    Way("form of an order", ORDERS, (RECORD,)),
    Way("form of an invoice", "/erp_finance/invoice", (RECORD,)),
    Way("board", OPPORTUNITIES, (f"a[href^='{OPPORTUNITIES}/board']",)),
    Way("trace", ORDERS, (RECORD, "a[href$='/trace']")),
    Way("pivot", ORDERS, (f"a[href^='{ORDERS}/pivot']",)),
)


class Clicks:
    """One person's window, in which every way is gone."""

    def __init__(self, page: Any, base: str) -> None:
        self._page = page
        self._base = base
        self.taken: dict[str, list[float]] = {way.name: [] for way in WAYS}

    def sign_in(self) -> None:
        """Come in by the page that everybody comes in by."""
        self._page.goto(f"{self._base}/sign-in")
        self._page.fill("#login", LOGIN)
        self._page.fill("#password", PASSWORD)
        with self._page.expect_navigation():
            self._page.press("#password", "Enter")

    def prove(self) -> None:
        """Go every way once: what is called usable answers the keyboard with the palette."""
        for way in WAYS:
            self._go(way)
            self._page.keyboard.press("Control+k")
            assert self._page.locator("#palette[open]").count() == 1, way.name

    def median(self) -> float:
        """Go every way; give the median of the seconds from click to usable page."""
        gone = {way.name: self._go(way) for way in WAYS}
        for name, seconds in gone.items():
            self.taken[name].append(seconds)
        return statistics.median(gone.values())

    def said(self) -> str:
        """Say what each page took in the median, the slowest first."""
        each = {name: statistics.median(taken) * 1000 for name, taken in self.taken.items() if taken}
        return ", ".join(f"{name} {each[name]:.0f} ms" for name in sorted(each, key=each.__getitem__, reverse=True))

    def _go(self, way: Way) -> float:
        self._page.goto(self._base + way.start)
        for link in way.links:
            with self._page.expect_navigation(wait_until="load"):
                self._page.locator(link).first.click()
        self._page.wait_for_function(LOADED)
        return float(self._page.evaluate(TAKEN)) / 1000


@contextmanager
def click_to_page(ground: Ground) -> Iterator[Contest]:
    """Serve the demo company as its command does, and open a window on it."""
    with _chromium() as browser, demo_company(ground.fresh("clicks")) as config, _address(config) as base:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(NOTE_CLICK)
        clicks = Clicks(page, base)
        clicks.sign_in()
        clicks.prove()
        contest = Contest(limit={"P8": lambda: SECONDS})

        def median() -> float:
            seconds = clicks.median()
            contest.notes[:] = [clicks.said()]
            return seconds

        contest.trellis = {"P8": median}
        yield contest


@contextmanager
def _chromium() -> Iterator[Any]:
    """Start the browser of this machine. Raises CannotRun where there is none."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if path is None or find_spec("playwright") is None:
        raise CannotRun("it needs Chromium and the package playwright")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # of the development environment alone

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def _address(config: Config) -> Iterator[str]:
    environment = os.environ | {
        "TRELLIS_DATABASE_URL": config.database_url, "TRELLIS_DATA_DIR": config.data_dir,
        "TRELLIS_SECRET_KEY": config.secret_key,
    }
    with served(python("-m", "kernel.cli", "run", "--port", PORT), 1, environment) as ports:
        yield f"http://{HOST}:{ports[0]}"


FIGURE = Figure(
    code="P8",
    title="click to usable page in Chromium",
    parts=(Part("P8", f"median over {len(WAYS)} pages, of 300 ms", "ms", limit_at_most=1),),
    open=click_to_page,
)
