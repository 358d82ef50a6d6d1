"""Use a plugin with a few rows and with many: its pages, panels, cards and hooks; compare the statements they send."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from kernel.api.naming import address_of
from kernel.authoring.asking import arguments
from kernel.authoring.counting import counting
from kernel.authoring.declared import own_entities
from kernel.authoring.faults import Finding
from kernel.authoring.migrating import said
from kernel.authoring.places import Places
from kernel.authoring.samples import Samples
from kernel.config import Config
from kernel.entities.base import Entity, entities
from kernel.entities.database import Database
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Refusal
from kernel.hooks.specifications import answers_of
from kernel.web.app import create_app
from kernel.web.declare import views

__all__ = ["Use", "find_uses", "pages_of", "signed_in_client", "uses_of"]

FEW, MANY = 5, 50
SLACK = 5
"""Statements that may come on top with many rows: a total, a next page. One a row would be 45 more."""


@dataclass(frozen=True)
class Use:
    """Something of a plugin to be used: what it is, where it stands, and how; it gives what is wrong with an answer."""

    what: str
    place: tuple[str, int]
    act: Callable[[int], str]
    """Uses it with so many rows."""
    fault: str = "ANSWER_LENGTH"


def signed_in_client(config: Config, login: str, password: str) -> FlaskClient:
    """Give a browser's client that has signed in."""
    app = create_app(config)
    app.config.update(TRELLIS_RESTART=lambda: None)
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    client.post("/sign-in", data={
        "login": login, "password": password, "csrf_token": token.group(1) if token else ""})
    return client


def find_uses(
    plugin: str, database: Database, client: FlaskClient, company: int, user: int, places: Places
) -> Iterator[Finding]:
    """Use everything of a plugin with few and with many rows; find what fails, answers wrongly or asks row by row."""
    samples = Samples(database, _needed(plugin), company, user)
    uses = list(uses_of(plugin, client, samples, places))
    few: dict[str, int] = {}
    failed: set[str] = set()
    for rows in (FEW, MANY):
        samples.grow(rows)
        for use in uses:
            if use.what in failed:
                continue
            wrong, count = _measured(use, rows, database)
            if wrong:
                failed.add(use.what)
                yield Finding(*use.place, use.fault if wrong.startswith("answers") else "PAGE_BROKEN",
                              f"{use.what} {wrong}")
            elif rows == FEW:
                few[use.what] = count
            elif count > few[use.what] + SLACK:
                yield Finding(*use.place, "STATEMENT_PER_ROW",
                              f"{use.what} sends {few[use.what]} statements for {FEW} rows and {count} for {MANY}")


def _measured(use: Use, rows: int, database: Database) -> tuple[str, int]:
    """Use something twice and count the second time: the first also reads what a process remembers."""
    wrong = ""
    count = 0
    for _time in range(2):
        with counting(database) as counter:
            try:
                wrong = use.act(rows)
            except Refusal as refusal:
                wrong = "" if refusal.status < 500 else said(refusal)
            except Exception as error:  # noqa: BLE001  # whatever a plugin raises is what is to be told
                wrong = f"fails: {said(error)}"
        count = len(counter)
        if wrong:
            break
    return wrong, count


def _needed(plugin: str) -> list[type[Entity]]:
    """Give the entities that have to have rows: the plugin's, those it adds to, and the shared ones hooks ask about."""
    shared = [cls for name, cls in entities().items() if name in ("kernel.product", "kernel.party")]
    filled = [entities()[slot.entity] for slot in views.slots.values()
              if slot.plugin == plugin and slot.entity in entities()]
    return [*own_entities(plugin), *shared, *filled]


def uses_of(plugin: str, client: FlaskClient, samples: Samples, places: Places) -> Iterator[Use]:
    """List everything of a plugin that can be used with rows."""
    for what, path, place in pages_of(plugin, places):
        yield Use(what, place, lambda rows, at=path: _fetch(client, at, samples))  # type: ignore[misc]
    who = Actor(user_id=samples.user, company_id=samples.company)
    for name, slot in views.slots.items():
        if slot.plugin == plugin and slot.entity in entities():
            cls = entities()[slot.entity]
            yield Use(f"panel {name}", places.of_function(slot.answer), _panel(slot.answer, cls, samples, who))
    for name, card in views.cards.items():
        if card.plugin == plugin:
            yield Use(f"card {name}", places.of_function(card.answer), _card(card.answer, who))
    for answer in answers_of(plugin):
        if arguments(answer.specification, samples, 0) is not None:
            yield Use(f"hook {answer.name}", places.of_function(answer.function),
                      _hook(answer.function, answer.specification, samples, who))


def pages_of(plugin: str, places: Places) -> Iterator[tuple[str, str, tuple[str, int]]]:
    """List a plugin's pages: what each is, its address with `{id}` for a record's, and where it is declared."""
    for cls in own_entities(plugin):
        path = f"/{cls.__entity__.replace('.', '/', 1)}"
        declared = places.of_call("ListView", cls.__entity__) if cls.__entity__ in views.lists \
            else places.of_class(cls)
        yield f"list {cls.__entity__}", path, declared
        yield f"API list {cls.__entity__}", f"/api/v1{address_of(cls)}", places.of_class(cls)
        if not cls.__parent__:
            form = places.of_call("FormView", cls.__entity__) if cls.__entity__ in views.forms \
                else places.of_class(cls)
            yield f"form {cls.__entity__}", f"{path}/{{{cls.__entity__}}}", form
        if cls.__entity__ in views.boards:
            yield f"board {cls.__entity__}", f"{path}/board", places.of_call("BoardView", cls.__entity__)
    for name, report in views.reports.items():
        if report.plugin == plugin:
            yield f"report {name}", f"/reports/{name}", places.of_function(report.answer)
    for name, page in views.pages.items():
        if page.plugin == plugin:
            yield f"page {name}", f"/pages/{name}", places.of_function(page.answer)


def _fetch(client: FlaskClient, path: str, samples: Samples) -> str:
    if "{" in path:
        name = path[path.index("{") + 1:path.index("}")]
        path = path.replace(f"{{{name}}}", str(next(iter(samples.ids(entities()[name])), 0)))
    answer = client.get(path)
    return f"fails with status {answer.status_code}" if answer.status_code >= 500 else ""


def _panel(
    answer: Callable[[Sequence[Any]], Sequence[object]], cls: type[Entity], samples: Samples, who: Actor
) -> Callable[[int], str]:
    def act(rows: int) -> str:
        with unit_of_work(who, reading=True):
            records = list(session().scalars(select(cls).where(cls.id.in_(samples.ids(cls)[:rows]))))
            return _wrong_length(answer(records), len(records))
    return act


def _card(answer: Callable[[], object], who: Actor) -> Callable[[int], str]:
    def act(rows: int) -> str:
        with unit_of_work(who, reading=True):
            answer()
        return ""
    return act


def _hook(
    function: Callable[..., Any], specification: Callable[..., object], samples: Samples, who: Actor
) -> Callable[[int], str]:
    def act(rows: int) -> str:
        given = arguments(specification, samples, rows) or {}
        taken = {name: value for name, value in given.items()
                 if name in function.__code__.co_varnames[:function.__code__.co_argcount]}
        with unit_of_work(who, reading=True):
            answer = function(**taken)
            return _wrong_length(answer, rows) if answer is not None else ""
    return act


def _wrong_length(answer: Any, count: int) -> str:
    try:
        got = len(answer)
    except TypeError:
        return f"answers {type(answer).__name__} where a sequence is asked for"
    return f"answers with {got} entries when asked about {count}" if got != count else ""
