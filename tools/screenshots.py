"""Take the pictures of README and docs: `make screenshots` starts a demo company of its own and looks at it.

Needs Chromium; writes docs/images/*.png.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import which
from urllib.error import URLError

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
PICTURES = (
    # name, path, width, height, theme
    ("orders", "/erp_sales/order", 1440, 900, "light"),
    ("board", "/crm/opportunity/board", 1440, 900, "light"),
    ("inbox", "/inbox", 1440, 900, "light"),
    ("home", "/", 1440, 900, "dark"),
    ("phone", "/erp_sales/order", 390, 844, "light"),
)


@contextmanager
def demo(folder: str) -> Iterator[tuple[str, str]]:
    """Serve a new demo company on a free loopback port; yields its address and the manager's password."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "TRELLIS_DATABASE_URL": f"sqlite:///{folder}/demo.db", "TRELLIS_DATA_DIR": folder, "TRELLIS_PORT": str(port)}
    command = [sys.executable, "-m", "kernel.cli"]
    told = subprocess.run([*command, "init", "--demo"], env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"manager with the password (\S+?):", told.stdout)
    if found is None:
        raise SystemExit(f"the demo names no manager:\n{told.stdout}")
    server = subprocess.Popen([*command, "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _try in range(100):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
                break
            except URLError:
                time.sleep(0.2)
        yield address, found[1]
    finally:
        server.terminate()
        server.wait(timeout=30)


def take(browser: Browser, address: str, password: str) -> None:
    """Sign in as the manager and take every picture."""
    for name, path, width, height, theme in PICTURES:
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light")
        page.goto(f"{address}/sign-in")
        page.fill("[name=login]", "manager")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{address}/")
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")
        page.context.close()


def main() -> None:
    """Take the pictures, or say what is missing."""
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is missing: install your distribution's package `chromium`")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder, demo(folder) as (address, password), sync_playwright() as play,
        play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]) as browser,
    ):
        take(browser, address, password)


if __name__ == "__main__":
    main()
