"""`make docs` writes pages that lead nowhere wrong, and need no connection to be read or searched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.documentation import PAGES, build
from tools.environment import ROOT

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The links of a page, what it loads, and the places in it that a link may lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag in ("img", "script") and "src" in given:
            self.loads.add(given["src"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.add(given.get("href", ""))


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    done = build()
    assert done.returncode == 0, done.stdout + done.stderr
    return {path: Page(path) for path in PAGES.rglob("*.html") if path.name != "404.html"}


def lost(pages: dict[Path, Page]) -> Iterator[str]:
    """Give the links within the documentation that lead nowhere."""
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            where = f"{path.relative_to(PAGES)}: {link}"
            place = unquote(parts.fragment)
            if not target.exists() or (place and target in pages and place not in pages[target].places):
                yield where


def test_there_is_a_page_for_each_file(pages: dict[Path, Page]) -> None:
    written = {path.relative_to(PAGES).with_suffix("") for path in pages}
    assert {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")} == written


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    assert sorted(lost(pages)) == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    loaded = {(path, load) for path, page in pages.items() for load in page.loads}
    assert loaded
    assert {load for _path, load in loaded if urlsplit(load).netloc} == set()
    assert [load for path, load in loaded if not (path.parent / urlsplit(load).path).exists()] == []


def test_every_page_can_be_found_by_searching(pages: dict[Path, Page]) -> None:
    index = json.loads((PAGES / "search.json").read_text(encoding="utf-8"))
    found = {re.sub(r"#.*", "", each["location"]) or "index.html" for each in index["items"]}
    assert {path.relative_to(PAGES).as_posix() for path in pages} <= found
    assert (PAGES / "search.js").exists(), "a page opened from a file can't fetch the index: it has to be a script"
