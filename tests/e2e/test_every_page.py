"""Every page that links lead to opens, says all it says in the reader's language, and asks the database little."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import event, update

from kernel import i18n
from kernel.authoring.counting import UNCOUNTED
from kernel.entities.base import entities
from kernel.entities.work import current_database
from kernel.identity.models import User
from kernel.web.show import address
from tests.e2e.conftest import Enter, Visit
from tools.assets import VENDOR

LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"#]*)')
FIGURE = re.compile(r'<a class="card kpi[^"]*" href="([^"]+)"><span class="l">([^<]+).*?<span class="f">([^<]*)</span>')
ICON = re.compile(r"\bti ti-([a-z0-9-]+)")
OUTSIDE = ("/static/", "/api/", "/sign-out")
MOST_QUESTIONS = 3
MOST_STATEMENTS = 12
"""What a list of 50 rows may ask, and one of 500."""


@dataclass(frozen=True)
class Seen:
    """A page that was opened, without drawing it: its address, what came, and the statements it took."""

    path: str
    status: int
    text: str
    statements: int


def fetch(visit: Visit, path: str) -> Seen:
    with counting() as statements:
        answer = visit.page.context.request.get(visit.base + path)
    html = "text/html" in answer.headers.get("content-type", "")
    return Seen(path, answer.status, answer.text() if html else "", len(statements))


@contextmanager
def counting() -> Iterator[list[str]]:
    """Collect the statements that the server sends meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(UNCOUNTED):
            sent.append(statement)

    engine = current_database().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def walk(visit: Visit) -> Iterator[Seen]:
    """Open every kind of page that links lead to from home: of pages that differ by a number only, the first.

    Of the questions a page is asked (filters, groups, the fields of a pivot) a few stand for all their combinations.
    """
    waiting, known, asked = ["/"], {kind("/")}, Counter[str]()
    while waiting:
        seen = fetch(visit, waiting.pop(0))
        yield seen
        for path in map(unescape, LINK.findall(seen.text)):
            place, _names = shape = kind(path)
            if path.startswith(OUTSIDE) or place.endswith(".pdf") or shape in known or asked[place] == MOST_QUESTIONS:
                continue
            known.add(shape)
            asked[place] += 1
            waiting.append(path)


def kind(path: str) -> tuple[str, str]:
    """Give what pages of one kind have in common: the path without its numbers, and the names in its question.

    The page on which fields are added is the same for whatever they are added to.
    """
    parts = urlsplit(path)
    place = re.sub(r"^/\w+/\w+/customise", "/#/customise", re.sub(r"\d[\d-]*", "#", parts.path))
    return place, "&".join(sorted({name for name, _value in parse_qsl(parts.query)}))


@pytest.fixture
def reading() -> Iterator[str]:
    """The administrator reads in traditional Chinese meanwhile; that the other script knows as much is tested apart."""
    set_locale("zh_Hant")
    yield "zh_Hant"
    set_locale("en")


def set_locale(locale: str) -> None:
    with current_database().engine.begin() as connection:
        connection.execute(update(User.__table__).where(User.__table__.c.login == "admin").values(locale=locale))


def test_every_link_of_an_agent_leads_to_a_page(enter: Enter) -> None:
    all_are_there(list(walk(enter("agent"))))


def all_are_there(seen: list[Seen]) -> None:
    assert {each.path: each.status for each in seen if each.status != 200} == {}
    assert len(seen) > 100
    drawn = re.findall(r"\.ti-([a-z0-9-]+):before", (VENDOR / "icons.css").read_text(encoding="utf-8"))
    assert {name: each.path for each in seen for name in ICON.findall(each.text) if name not in drawn} == {}


def test_every_link_of_an_administrator_leads_to_a_page_and_none_speaks_english_to_who_reads_chinese(
    enter: Enter, reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One walk for both, since it opens every page there is."""
    left: dict[str, str] = {}
    here = "/"
    translate = i18n._translate

    def noting(source: str, locale: str, place: str) -> str:
        text = translate(source, locale, place)
        if locale == reading and text == source and re.search(r"[A-Za-z]{2}", re.sub(r"{\w*}", "", source)):
            left.setdefault(source, here)
        return text

    admin = enter("admin")
    monkeypatch.setattr(i18n, "_translate", noting)
    seen = []
    for page in walk(admin):
        here = page.path
        seen.append(page)
    assert left == {}
    all_are_there(seen)


def test_a_list_asks_as_much_for_500_rows_as_for_50(enter: Enter) -> None:
    admin = enter("admin")
    over = {}
    for cls in entities().values():
        path = address(cls)
        if fetch(admin, path).status != 200:
            continue
        few, many = (fetch(admin, f"{path}?rows={rows}").statements for rows in (50, 500))
        if max(few, many) > MOST_STATEMENTS or few != many:
            over[path] = (few, many)
    assert over == {}


@pytest.mark.parametrize("login", ["director", "agent", "planner"])
def test_a_figure_that_counts_opens_the_list_of_what_it_counts(enter: Enter, login: str) -> None:
    """Figures of money are left out, and those that open a report: it has no count of records."""
    visit = enter(login)
    pages = [fetch(visit, path).text for path in ("/", "/board", "/apps/erp_mrp", "/apps/erp_inventory")]
    counted, wrong = set(), {}
    for href, label, figure in {found for text in pages for found in FIGURE.findall(text)}:
        path = unescape(href)
        if path.startswith("/reports/") or not figure.isdecimal():
            continue
        counted.add(label)
        listed = re.search(r"(\d+) records?\b", fetch(visit, path).text)
        if not listed or listed[1] != figure:
            wrong[label] = (figure, listed and listed[1], path)
    assert wrong == {}
    assert len(counted) >= 2


def test_every_form_says_what_would_follow_from_what_stands_in_it(enter: Enter) -> None:
    admin = enter("admin")
    asked, wrong = 0, {}
    for cls in entities().values():
        listed = fetch(admin, address(cls))
        first = re.search(rf'href="({address(cls)}/\d+)"', listed.text)
        for path in (address(cls, None, "/new"), *([first[1]] if first else ())):
            form = fetch(admin, path).text if listed.status == 200 else ""
            preview = re.search(r'<form[^>]* data-preview="([^"]+)".*?</form>', form, re.DOTALL)
            if not preview:
                continue
            asked += 1
            answer = admin.page.context.request.post(admin.base + preview[1], form=filled_in(preview[0]))
            if answer.status != 200 or not answer.json()["fields"]:
                wrong[path] = (answer.status, answer.text()[:200])
    assert wrong == {}
    assert asked > 30


def filled_in(form: str) -> dict[str, str]:
    """Give what a form would send, were it sent as it came; of several inputs of one name the last."""
    found = {name: unescape(value) for name, value in re.findall(
        r'<input(?![^>]*type="checkbox")[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form)}
    found |= dict.fromkeys(re.findall(r'type="checkbox"[^>]*? name="([^"]+)"[^>]*? checked', form), "1")
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


@pytest.mark.deep
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390], ids=lambda width: f"{width} px")
def test_no_page_breaks_a_rule_of_accessibility_or_its_window(enter: Enter, width: int, dark: bool) -> None:
    admin = enter("admin", width=width, dark=dark)
    found: dict[str, list[str]] = {}
    for seen in list(walk(admin)):
        if not seen.text:
            continue
        admin.go(seen.path)
        for wrong in admin.violations():
            found.setdefault(wrong, []).append(seen.path)
        if admin.sideways():
            found.setdefault(f"wider than its window by {admin.sideways()} px", []).append(seen.path)
    told = [f"{wrong}\n    {len(paths)} pages: {', '.join(paths[:4])}" for wrong, paths in found.items()]
    assert not told, "\n".join(told)
    assert admin.complaints == []
