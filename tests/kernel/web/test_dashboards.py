"""Each app opens on a dashboard; the control board shows the whole company; a card that fails spoils no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Refusal
from kernel.i18n import use_locale
from kernel.permissions.declare import grant
from kernel.web.declare import Card, Figure, Menu, MenuItem, views
from kernel.web.figures import full_rows, short, short_number
from kernel.web.home import MOST_FIGURES
from kernel.web.screen.dashboard import CardShown
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Rider


@contextmanager
def cards(*declared: Card) -> Iterator[None]:
    """Let cards take part for the time of a block."""
    before = dict(views.cards)
    views.cards.update((card.name, card) for card in declared)
    try:
        yield
    finally:
        views.cards.clear()
        views.cards.update(before)


def card(name: str, answer: Callable[[], Any] | None = None, *, plugin: str = "tests", **more: Any) -> Card:
    return Card(f"{plugin}.{name}", name, answer or (lambda: Figure(7)), plugin, **more)


@pytest.fixture
def rider(system: Actor) -> int:
    with unit_of_work(system) as work:
        made = Rider(name="Ada")
        work.add(made)
    return made.id


def test_an_app_opens_on_its_dashboard(anna: Browser, rider: int) -> None:
    with cards(card("Only here", home=False), card("Elsewhere", plugin="other")):
        home = anna.page("/")
        assert '<a href="/apps/tests"' in home
        assert "Only here" not in home
        html = anna.page("/apps/tests")
    text_ = words(html)
    assert "Only here" in text_
    assert "Open repairs" in text_
    assert "Elsewhere" not in text_
    assert '<a href="/apps/tests" class="open" aria-current="page"' in html
    assert "Repairs" in text_


def test_an_app_without_records_teaches_and_offers_the_first_step(sign_in: SignIn) -> None:
    browser = sign_in("carl", grant("tests.repair", "read create"), grant("tests.rider", "read"))
    html = browser.page("/apps/tests")
    assert "No repairs yet" in words(html)
    assert "Work on somebody's bicycle." in words(html)
    assert 'href="/tests/repair/new"' in html


def test_an_app_of_which_one_may_see_nothing_is_not_there(sign_in: SignIn) -> None:
    browser = sign_in("carl", grant("tests.pledge", "read"))
    assert browser.get("/apps/tests").status_code == 404
    assert browser.get("/apps/nowhere").status_code == 404


def refuse() -> Figure:
    raise Refusal("CLOSED", "The books are closed")


def break_down() -> Figure:
    raise ZeroDivisionError


def ask_nonsense() -> Figure:
    session().work.connection.execute(text("SELECT nothing FROM nowhere"))
    return Figure(1)


def test_a_card_that_fails_leaves_the_others_standing(anna: Browser, rider: int) -> None:
    with cards(
        card("Refused", refuse), card("Broken", break_down, order=1), card("Nonsense", ask_nonsense, order=2),
        card("Fine", lambda: Figure(session().query(Rider).count()), order=99),
    ):
        for page in ("/", "/apps/tests"):
            text_ = words(anna.page(page))
            assert "The books are closed" in text_
            assert text_.count("Not available at the moment; the fault was written down.") == 2
            assert "Fine Garage 1" in text_


def test_home_asks_only_what_it_shows_and_takes_from_every_plugin(anna: Browser, rider: int) -> None:
    asked = []

    def answer(name: str) -> Callable[[], Figure]:
        def tell() -> Figure:
            asked.append(name)
            return Figure(1)
        return tell

    many = [card(f"a{n}", answer(f"a{n}"), order=n) for n in range(20)]
    with cards(*many, card("other", answer("other"), plugin="zulu", order=99)):
        anna.page("/")
    assert len(asked) == MOST_FIGURES
    assert "other" in asked
    assert {"a0", "a1", "a2"} <= set(asked)


def test_the_control_board_groups_every_plugins_figures_and_leads_to_their_lists(
    anna: Browser, sign_in: SignIn, rider: int
) -> None:
    Menu("zulu", MenuItem("Riders", "tests.rider"), label="Zulu", order=2)
    try:
        with cards(
            card("Late repairs", board=True, href="/tests/repair?f.state=draft", needs="tests.repair"),
            card("Cash", board=True, plugin="zulu"), card("Not on it"),
        ):
            html = anna.page("/board")
            assert html.index("Late repairs") < html.index("Zulu</a>", html.index("control-g")) < html.index("Cash")
            assert 'href="/tests/repair?f.state=draft"' in html
            assert "Not on it" not in html
            home = anna.page("/")
            assert home.index('href="/board"') < home.index('href="/inbox"')
            clerk = sign_in("clerk", grant("tests.rider", "read"))
            assert 'href="/board"' not in clerk.page("/")
            assert "Late repairs" not in clerk.page("/board")
    finally:
        del views.menus["zulu"]
    assert "Nothing to watch yet" in words(anna.page("/board"))


def test_a_part_of_a_page_asked_for_after_signing_out_leads_to_the_door(app: Any) -> None:
    answer = app.test_client().get("/board", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_a_dashboard_costs_no_more_statements_than_its_cards(
    anna: Browser, count_statements: Any, rider: int
) -> None:
    counts = []
    for number in (1, 6):
        with cards(*(card(f"c{n}", lambda: Figure(session().query(Rider).count())) for n in range(number))):
            anna.page("/apps/tests")
            with count_statements() as counter:
                anna.page("/apps/tests")
            counts.append(sum(not each.startswith(("SAVEPOINT", "RELEASE")) for each in counter.statements))
    assert counts[1] - counts[0] == 5


@pytest.mark.parametrize(("declared", "shown"), [
    ("figure3 figure3 list6", "figure3 figure3 list6"),
    ("figure3 figure3 figure3", "figure4 figure4 figure4"),
    ("figure3 figure3 figure3 figure3 figure3 chart6 list6", "figure4 figure4 figure4 figure6 figure6 chart6 list6"),
    ("figure3 list6", "figure3 list9"),
    ("chart4 chart4", "chart6 chart6"),
    ("chart6", "chart6"),
    ("list6", "list12"),
])
def test_rows_of_cards_end_in_no_hole(declared: str, shown: str) -> None:
    cards_ = [CardShown(kind=each.rstrip("0123456789"), label="", width=int(each.lstrip("acefghilrstu")))
              for each in declared.split()]
    assert " ".join(f"{each.kind}{each.width}" for each in full_rows(cards_)) == shown


@pytest.mark.parametrize(("locale", "value", "shown", "axis"), [
    ("en", 9_400, ("9,400", ""), "9.4k"), ("en", 38_400_000, ("38.4", "M"), "38.4M"), ("en", 12, ("12", ""), "12"),
    ("zh_Hant", 38_400_000, ("3,840", "萬"), "3840萬"), ("zh_Hant", 250_000_000, ("2.5", "億"), "2.5億"),
    ("zh_Hans", 15_000, ("1.5", "万"), "1.5万"), ("zh_Hans", 9_400, ("9,400", ""), "9400"),
])
def test_figures_are_shortened_as_the_language_counts(
    locale: str, value: int, shown: tuple[str, str], axis: str
) -> None:
    with use_locale(locale):
        assert short(value) == shown
        assert short_number(float(value)) == axis
