"""P7: the statements of every generated page of the demo company, and the bytes of the first page's transfer."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask.testing import FlaskClient

from benchmarks.company import LOGIN, PASSWORD, demo_company, signed_in
from benchmarks.figure import Contest, Figure, Ground, Part, Work
from benchmarks.profiling import counted
from benchmarks.transfer import Fetched, transfer
from kernel.entities.base import Entity, entities
from kernel.web.show import address

STATEMENTS = 12
"""What a list may ask, whether it shows 50 rows or 500."""
KILOBYTES = 350
VIEWS = {"board": "/board", "calendar": "/calendar", "pivot": "/pivot", "gantt": "/gantt"}
KINDS = ("list50", "list500", "form", *VIEWS)
UNCOUNTED = ("BEGIN", "PRAGMA")


@dataclass(frozen=True, order=True)
class Page:
    """A page and the statements that opening it takes once the process is warm."""

    statements: int
    path: str


class Pages:
    """Open every generated page there is, and count."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.by_kind: dict[str, list[Page]] = {kind: [] for kind in KINDS}
        for cls in entities().values():
            if not cls.__parent__ and self._there(address(cls)):
                self._open_all(cls)

    def largest(self, kind: str) -> Page:
        """Give the page of a kind that asks the most."""
        return max(self.by_kind[kind])

    def steepest(self) -> tuple[Page, Page]:
        """Give the list that 500 rows make ask more than 50 do, by how much it is; the first where none does."""
        both = zip(self.by_kind["list50"], self.by_kind["list500"], strict=True)
        return max(both, key=lambda pair: pair[1].statements - pair[0].statements)

    def _open_all(self, cls: type[Entity]) -> None:
        path = address(cls)
        self._count("list50", f"{path}?rows=50")
        self._count("list500", f"{path}?rows=500")
        if record := re.search(rf'href="({re.escape(path)}/\d+)"', self._client.get(path).text):
            self._count("form", record[1])
        for kind, tail in VIEWS.items():
            if self._there(path + tail):
                self._count(kind, path + tail)

    def _there(self, path: str) -> bool:
        """Say whether a page is there; the process has what it remembers of it from then on."""
        return self._client.get(path).status_code == 200

    def _count(self, kind: str, path: str) -> None:
        self._there(path)
        with counted() as sent:
            answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        statements = sum(not each.startswith(UNCOUNTED) for each in sent)
        self.by_kind[kind].append(Page(statements, path))


@contextmanager
def pages(ground: Ground) -> Iterator[Contest]:
    """Count once in the demo company, as its administrator, who may open everything."""
    with demo_company(ground.fresh("pages")) as config:
        client = signed_in(config, LOGIN, PASSWORD)
        sizes = transfer("/", lambda path: fetched(client, path))
        found = Pages(client)
        before, after = found.steepest()
        contest = Contest(
            trellis={
                **{f"P7.{kind}": _always(found.largest(kind).statements) for kind in KINDS},
                "P7.more": _always(after.statements), "P7.transfer": _always(sum(sizes.values()) / 1000),
            },
            limit={
                **{f"P7.{kind}": _always(STATEMENTS) for kind in KINDS},
                "P7.more": _always(before.statements), "P7.transfer": _always(KILOBYTES),
            },
            notes=[_said(kind, found) for kind in KINDS])
        contest.notes.append(f"transfer: {', '.join(f'{path} {size:,}' for path, size in sizes.items())}")
        yield contest


def fetched(client: FlaskClient, path: str) -> Fetched:
    """Fetch as a browser does that takes compressed answers; what is counted is the body and its headers."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, (path, answer.status_code)
    body = answer.get_data()
    size = len(body) + sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
    plain = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
    return Fetched(answer.mimetype or "", plain.decode(errors="replace"), size)


def _always(value: float) -> Work:
    """Return what was counted: it does not differ between rounds."""
    return lambda: value


def _said(kind: str, found: Pages) -> str:
    most = found.largest(kind)
    return f"{kind}: {len(found.by_kind[kind])} pages, the most is {most.statements} statements for {most.path}"


FIGURE = Figure(
    code="P7",
    title="statements of every generated page, bytes of the first",
    parts=(
        *(Part(f"P7.{kind}", f"the most of any {kind}, of {STATEMENTS}", "statements", limit_at_most=1)
          for kind in KINDS),
        Part("P7.more", "a list of 500 rows against 50", "statements", limit_at_most=1),
        Part("P7.transfer", f"home with all it names, of {KILOBYTES} kB", "kB", limit_at_most=1),
    ),
    open=pages,
)
