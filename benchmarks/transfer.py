"""Count the bytes that a browser fetches of a page which it has never seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

FETCHED_LINKS = frozenset({"stylesheet", "icon", "manifest", "modulepreload", "preload"})
"""What of a page's links a browser on a desk fetches at once."""
STYLE_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
SCRIPT_IMPORT = re.compile(r"""(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{}\s,]+?\bfrom\s*)?["']([^"']+)["']""")
"""A static import; what a script imports when it is needed comes after the page."""


@dataclass(frozen=True)
class Fetched:
    """An answer: its kind, its text once unpacked, and its bytes on the wire."""

    kind: str
    text: str
    size: int


Fetch = Callable[[str], Fetched]


def transfer(path: str, fetch: Fetch) -> dict[str, int]:
    """Fetch a page and all that it names, and all that these name; return the bytes of each."""
    sizes: dict[str, int] = {}
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in sizes:
            continue
        found = fetch(here)
        sizes[here] = found.size
        named = (urldefrag(urljoin(here, name)).url for name in names(found.kind, found.text))
        waiting.extend(each for each in named if each.startswith("/") and not each.startswith("//"))
    return sizes


def names(kind: str, text: str) -> Iterator[str]:
    """Say what a file of a kind has the browser fetch with it."""
    if kind == "text/html":
        reader = _Page()
        reader.feed(text)
        yield from reader.found
    elif kind == "text/css":
        yield from (a or b for a, b in STYLE_URL.findall(text) if not (a or b).startswith(("data:", "#", "%23")))
    elif kind == "text/javascript":
        yield from SCRIPT_IMPORT.findall(text)


class _Page(HTMLParser):
    """Collect what a page's head and body name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a stylesheet, a script, a picture."""
        given = dict(attrs)
        named = given.get("href") if tag == "link" else given.get("src") if tag in ("script", "img") else None
        wanted = tag != "link" or not FETCHED_LINKS.isdisjoint((given.get("rel") or "").split())
        if named and wanted and not named.startswith("data:"):
            self.found.append(named)
