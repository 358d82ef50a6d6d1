"""Take the pictures of README and docs: `make screenshots` starts a demo company of its own and looks at it.

Needs Chromium; writes docs/images/*.png, all of them or those that are named:

    python -m tools.screenshots [NAME ...]
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import which
from urllib.error import URLError

from playwright.sync_api import Browser, sync_playwright

from kernel.config import load_config
from kernel.entities.base import entities
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.listing import Query
from kernel.identity.models import Company
from kernel.printing.services import draw_records
from kernel.registry.start import open_installation

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "bicycle-demo"  # of everybody in the demo company
SALES_BY_CATEGORY = (
    "/erp_sales/order_line/pivot?rows=product.category&cols=order.order_date:quarter&values=line_total"
    "&by=-line_total&f.order.state.not=draft,submitted,cancelled")
PICTURES = (
    # name, who looks, path, width, height, theme, language
    ("orders", "manager", "/erp_sales/order", 1440, 900, "light", "en"),
    ("order", "manager", "/erp_sales/order?f.state=confirmed", 1440, 900, "light", "en"),
    ("board", "manager", "/crm/opportunity/board", 1440, 900, "light", "en"),
    ("inbox", "manager", "/inbox", 1440, 900, "light", "en"),
    ("home", "manager", "/", 1440, 900, "dark", "en"),
    ("control", "director", "/board", 1440, 900, "light", "en"),
    ("plan", "planner", "/pages/erp_mrp/plan", 1440, 900, "light", "en"),
    ("trial-balance", "accountant", "/reports/erp_finance.trial_balance", 1440, 900, "light", "en"),
    ("trace", "director", "/erp_sales/order?f.state=confirmed", 1440, 900, "light", "en"),
    ("trace-phone", "director", "/erp_sales/order?f.state=confirmed", 390, 844, "dark", "en"),
    ("chinese", "wanting", "/apps/erp_sales", 1440, 900, "light", "zh_Hant"),
    ("phone", "manager", "/erp_sales/order", 390, 844, "light", "en"),
    ("pivot", "manager", SALES_BY_CATEGORY, 1440, 900, "light", "en"),
    ("designer", "admin", "/settings/approvals/oa.large_claim", 1440, 900, "light", "en"),
    ("access", "admin", "/settings/access", 1440, 900, "light", "en"),
)
PAPERS = (
    # name, entity, document, state
    ("order-confirmation", "erp_sales.order", "confirmation", "confirmed"),
    ("job-card", "erp_mrp.work_order", "job_card", "released"),
)
THEN = {"access": ("a:has-text('Sales agent')",), "order": ("tr[data-href] .id a",),
        "trace": ("tr[data-href] .id a", "a[href$='/trace']"),
        "trace-phone": ("tr[data-href] .id a", "a[href$='/trace']"), "plan": ("tbody tr >> text=Why?",)}
"""What is pressed on a page before its picture is taken."""


@contextmanager
def demo(folder: str) -> Iterator[str]:
    """Serve a new demo company, with every plugin, on a free loopback port; yields its address."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "TRELLIS_DATABASE_URL": f"sqlite:///{folder}/demo.db", "TRELLIS_DATA_DIR": folder, "TRELLIS_PORT": str(port)}
    command = [sys.executable, "-m", "kernel.cli"]
    making = [*command, "init", "--demo", "--password", PASSWORD]
    subprocess.run(making, env=environment, capture_output=True, check=True)
    server = subprocess.Popen([*command, "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _try in range(100):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
                break
            except URLError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def take(browser: Browser, address: str, wanted: Collection[str]) -> None:
    """Take pictures as the person whose page it is; people who have Chinese see Chinese."""
    for name, login, path, width, height, theme, language in PICTURES:
        if name not in wanted:
            continue
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light",
            locale=language.replace("_", "-"))
        page.goto(f"{address}/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{address}/")
        page.goto(address + path)
        for selector in THEN.get(name, ()):
            with page.expect_navigation():
                page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")
        page.context.close()


def print_papers(folder: str, wanted: Collection[str]) -> None:
    """Draw the first page of some printed documents of the demo company."""
    open_installation(load_config(database_url=f"sqlite:///{folder}/demo.db", data_dir=folder))
    with unit_of_work(reading=True) as opened:
        company = opened.query(Company.id).limit(1).scalar()
    for name, entity, document, state in PAPERS:
        if name not in wanted:
            continue
        with unit_of_work(Actor(system=True, company_id=company), reading=True):
            cls = entities()[entity]
            found = Query(cls, filter=[["state", "eq", state]], sort=("-id",), limit=1, fields=()).page().rows
            first, *_others = draw_records(cls, [found[0].id], document, "en")
            (IMAGES / f"{name}.png").write_bytes(first)


def main() -> None:
    """Take the pictures, or say what is missing."""
    every = [name for name, *_how in (*PICTURES, *PAPERS)]
    wanted = sys.argv[1:] or every
    if unknown := sorted(set(wanted) - set(every)):
        raise SystemExit(f"There is no picture {unknown[0]}. There are: {', '.join(every)}")
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is missing: install your distribution's package `chromium`")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder, demo(folder) as address, sync_playwright() as play,
        play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]) as browser,
    ):
        take(browser, address, wanted)
        print_papers(folder, wanted)


if __name__ == "__main__":
    main()
