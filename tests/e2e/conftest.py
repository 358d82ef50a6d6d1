"""A demo company with every plugin behind a real server, and a browser before it."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

from werkzeug.serving import make_server  # noqa: E402

from kernel.entities.work import set_database  # noqa: E402
from kernel.registry.start import open_installation  # noqa: E402
from kernel.testing.databases import postgres_database  # noqa: E402
from kernel.web.app import create_app  # noqa: E402
from tests.demo_company import DemoCompany, demo_company, make_demo  # noqa: E402

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a running demo company, and its passwords by name; on SQLite unless a test names PostgreSQL."""
    folder = tmp_path_factory.mktemp("demo")
    if getattr(request, "param", "sqlite") == "sqlite":
        yield from running(demo_company(folder))
        return
    with postgres_database() as url:
        yield from running(make_demo(url, folder))


def running(company: DemoCompany) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a demo company."""
    opened = open_installation(company.config)
    server = make_server("127.0.0.1", 0, create_app(company.config), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", company.passwords
    server.shutdown()
    set_database(None)
    opened.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Visit:
    """One person's window; everything the console complained of is kept."""

    page: Any
    base: str
    complaints: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def choose(self, label: str, text: str, *, line: int = 0) -> None:
        """Pick a record by typing into its link picker; `line` counts pickers of the same name."""
        self.page.locator(f'.ts-control:has(input[aria-label="{label}"])').nth(line).click()
        with self.page.expect_response(lambda answer: re.search(r"/options\?(.*&)?q=.", answer.url)):
            self.page.keyboard.type(text)
        self.page.wait_for_load_state("networkidle")
        self.page.locator(
            ".ts-dropdown .option:visible", has_text=re.compile(re.escape(text), re.IGNORECASE)).first.click()

    def step(self, name: str) -> str:
        """Press a button of the workflow and answer yes where it asks; gives what the page tells then."""
        button = self.page.locator(".wf-do").get_by_role("button", name=name, exact=True)
        asks = button.get_attribute("data-confirm") is not None
        with self.page.expect_navigation():
            button.click()
            if asks:
                self.page.locator("#ask button[value=yes]").click()
        return self.told()

    def save(self) -> str:
        """Press the save bar's button; gives what the page tells then."""
        with self.page.expect_navigation():
            self.page.locator(".savebar .btn-primary").click()
        return self.told()

    def find(self, text: str) -> None:
        """Open the record that the palette finds first."""
        self.page.keyboard.press("Control+k")
        self.page.locator("#palette input[type=search]").fill(text)
        self.page.locator("#pal-found a", has_text=text).first.click()
        self.page.wait_for_url(re.compile(r"/\d+$"))

    def violations(self) -> list[str]:
        """Run axe on the whole page, in a window as high as it is: bars that stick to an edge then cover no row."""
        if not AXE.exists():
            pytest.skip("axe-core is not there: run `make assets`")
        script = AXE.read_text(encoding="utf-8") + (
            f";axe.run(document, {{runOnly: {RULES!r}}}).then(found => found.violations.map("
            "each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).join(', ')))")
        size = self.page.viewport_size
        self.page.set_viewport_size({**size, "height": max(size["height"], self._height())})
        found: list[str] = self.page.evaluate(script)
        self.page.set_viewport_size(size)
        return found

    def _height(self) -> int:
        height: int = self.page.evaluate("document.documentElement.scrollHeight")
        return height

    def sideways(self) -> int:
        """Say by how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(width, 0)

    def told(self) -> str:
        """Give what the page tells: notices and refusals."""
        return " ".join(self.page.locator(".notice, .refused").all_inner_texts())


Enter = Callable[..., Visit]


@pytest.fixture
def enter(demo: tuple[str, dict[str, str]], browser: Any) -> Iterator[Enter]:
    """Sign somebody in, in a window of their own: `enter("agent", width=390, dark=True)`."""
    base, passwords = demo
    contexts = []

    def open_window(login: str, *, width: int = 1440, dark: bool = False, scripts: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light",
            java_script_enabled=scripts)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{base}/sign-in")
        page.fill("#login", login)
        page.fill("#password", passwords[login])
        page.click("form.stack button")
        page.wait_for_url(f"{base}/")
        return Visit(page, base, complaints)

    yield open_window
    for context in contexts:
        context.close()
