"""A hidden field's value leaves by no door, and asking for it is refused: every role, entity, field and door."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import insert, select

from kernel.api.naming import address_of
from kernel.config import Config
from kernel.discussion.models import Attachment, Comment
from kernel.entities.base import Entity, entities
from kernel.entities.database import Database
from kernel.entities.fields import Field
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.files import files
from kernel.identity.models import User
from kernel.identity.signing.log import NOWHERE
from kernel.identity.signing.sessions import begin_session
from kernel.permissions.actors import actor_of
from kernel.permissions.declare import grant, role
from kernel.permissions.models import Role
from kernel.permissions.rights import rights
from kernel.permissions.roles import change_rules, give_roles, rules_of, sync_roles
from kernel.printing.declare import declared_names
from kernel.registry.loading import loaded_plugins
from kernel.testing.databases import Databases
from kernel.web.app import create_app
from kernel.web.declare import views
from tests.plugins.canaries import Canaries, plant
from tests.plugins.conftest import PLUGINS, fill_shipped

At = tuple[str, str]


@pytest.fixture
def database(databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """On SQLite alone: what a door shows does not depend on the database."""
    with databases.open("sqlite", fill_shipped, tmp_path) as opened:
        set_database(opened)
        yield opened
        set_database(None)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    return create_app(Config(secret_key="not a secret", data_dir=str(tmp_path)))


@pytest.fixture
def person(database: Database, system: Actor) -> int:
    with unit_of_work(system) as opened:
        user = User(login="nosy", name="Nosy", home_company_id=system.company_id)
        opened.add(user)
        opened.flush()
        return user.id


@pytest.fixture
def canaries(database: Database, system: Actor, person: int) -> Canaries:
    assert system.company_id is not None
    return plant(database, system.company_id, person)


def parts_of(cls: type[Entity]) -> list[Any]:
    """Give an entity with its sub-tables and components: what its pages show."""
    lines = [each.target for each in cls.__fields__.values() if each.kind == "lines"]
    inside = [part for line in lines for part in line.__components__.values()]
    return [cls, *lines, *cls.__components__.values(), *inside]


def fields_of(cls: type[Entity]) -> list[At]:
    return [(part.__entity__, each.name) for part in parts_of(cls) for each in part.__fields__.values()
            if not each.secret and not each.parent and each.kind != "lines"
            and not (issubclass(part, Entity) and each.name in part.naming_fields())]


def everything(canaries: Canaries) -> list[type[Entity]]:
    return [entities()[name] for name in canaries.ids if not entities()[name].__parent__]


class Doors:
    """One person's way in: a browser that is signed in."""

    def __init__(self, app: Flask, user: int, company: int) -> None:
        self.app, self.client = app, app.test_client()
        with unit_of_work(Actor(system=True)):
            key = begin_session(user, "password", NOWHERE)
        with self.client.session_transaction() as cookie:
            cookie.update({"user": user, "key": key, "company": company})

    def text(self, path: str) -> str:
        """Give what a door answers as text, whatever it is; a refusal's words too."""
        answer = self.client.get(path)
        assert answer.status_code < 500, (path, answer.text[-600:])
        if answer.mimetype == "application/pdf":
            return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
        if "spreadsheet" in (answer.mimetype or ""):
            with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
                return "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))
        return answer.get_data(as_text=True)

    def status(self, path: str) -> int:
        return self.client.get(path).status_code


def reading_doors(cls: type[Entity], id_: int, *, whole: bool) -> Iterator[str]:
    """List the doors that show a record of an entity, or all of them; the chief ones, or the whole."""
    here, api = f"/{cls.__entity__.replace('.', '/', 1)}", f"/api/v1{address_of(cls)}"
    if not whole:
        yield from (f"{here}/{id_}", here, f"{here}/export/csv", f"{here}/pivot/csv", f"{here}/options?q=",
                    f"{api}/{id_}", api)
        return
    for tail in ("", "/trace", "/talk?all=1", "/shares"):
        yield f"{here}/{id_}{tail}"
    for tail in ("", "/new", "/pivot", "/pivot/csv", "/pivot/xlsx", "/calendar", "/import", "/import/template.csv",
                 "/export/csv", "/export/xlsx", "/options?q="):
        yield f"{here}{tail}"
    yield f"/why{here}/{id_}"
    for tail in (f"/{id_}", "", f"/{id_}/trace", f"/{id_}/comments"):
        yield f"{api}{tail}"
    if cls.__entity__ in views.boards:
        yield f"{here}/board"
    if cls.__entity__ in views.gantts:
        yield f"{here}/gantt"
    yield from (f"{here}/{id_}/print/{name}.pdf" for name in (*declared_names(cls.__entity__), "sheet"))


def asking_doors(cls: type[Entity], path: str, field: Field, value: str) -> Iterator[str]:
    """List the doors that take a field's name and answer differently for its value."""
    here, api = f"/{cls.__entity__.replace('.', '/', 1)}", f"/api/v1{address_of(cls)}"
    yield f"{api}?filter={quote(json.dumps([[path, 'eq', value]]))}"
    yield f"{api}?sort={path}"
    yield f"{api}?fields={path}"
    yield f"{api}?group={path}"
    if field.exact or field.kind == "integer":
        yield f"{api}?sums={path}"
    yield f"{here}?f.{path}={quote(value)}"
    yield f"{here}?sort={path}"
    yield f"{here}?columns={path}"
    yield f"{here}?group={path}"
    yield f"{here}/export/csv?columns={path}"
    yield f"{here}/export/csv?sort={path}"
    yield f"{here}/pivot?rows={path}"
    yield f"{here}/pivot/csv?rows={path}"


@pytest.fixture
def hidden_from(system: Actor, person: int) -> Callable[[Iterable[At]], None]:
    """Let the person do everything in the company, with fields hidden from them."""
    def hide_fields(fields: Iterable[At]) -> None:
        with unit_of_work(system) as opened:
            found = opened.scalars(select(Role).where(Role.code == "test.all")).first()
            if found is None:
                sync_roles("test", [role("test.all", "All", grant("*", "*"))])
                give_roles([opened.get_one(User, person)], ["test.all"])
                found = opened.scalars(select(Role).where(Role.code == "test.all")).one()
            change_rules(found, remove=[each for each in rules_of(found) if each[0] == "field"])
            change_rules(found, add=[("field", entity, field, "hidden", "") for entity, field in fields])
            for other in opened.scalars(select(Role).where(Role.everyone.is_(True), Role.id != found.id)):
                other.everyone = False  # what everybody may read, they read by this role alone

    return hide_fields


@pytest.mark.parametrize(("part", "whole"), [
    (0, True), (1, False), pytest.param(1, True, marks=pytest.mark.deep)])
def test_a_hidden_value_stands_behind_no_door(
    part: int, whole: bool, app: Flask, canaries: Canaries, hidden_from: Callable[[Iterable[At]], None], person: int,
    company: int,
) -> None:
    """Every second field of every entity is hidden, then the others: each value shows where it may, and only there."""
    every = [at for cls in everything(canaries) for at in fields_of(cls)]
    hidden = frozenset(every[part::2])
    hidden_from(hidden)
    doors, leaks, seen = Doors(app, person, company), [], set()
    for cls in everything(canaries):
        for path in reading_doors(cls, canaries.ids[cls.__entity__], whole=whole):
            body = doors.text(path)
            leaks += [(path, at) for at in sorted(canaries.leaked(body, hidden))]
            seen |= canaries.leaked(body, frozenset(every) - hidden)
    for path in ("/", "/board", "/inbox", *(f"/apps/{name}" for name in PLUGINS), *(
            f"/reports/{name}" for name in views.reports), *(f"/pages/{name}" for name in views.pages)):
        leaks += [(path, at) for at in sorted(canaries.leaked(doors.text(path), hidden))]
    leaks += _found_by_searching(doors, canaries, hidden)
    assert not leaks, "\n".join(sorted(f"{entity}.{field} at {path}" for path, (entity, field) in leaks))
    assert len(seen) > len(every) / 4, "the walk must see what isn't hidden, or it proves nothing"


def _found_by_searching(doors: Doors, canaries: Canaries, hidden: frozenset[At]) -> list[tuple[str, At]]:
    """Give what is found by a hidden value: in the pickers of links, and now and then by the search."""
    found = []
    words = [at for at in sorted(hidden & canaries.words.keys()) if canaries.words[at][0].startswith("Zq")]
    for number, at in enumerate(words):
        word, name = canaries.words[at][0], at[0]
        if name in canaries.ids and not entities()[name].__parent__:
            path = f"/{name.replace('.', '/', 1)}/options?q={word}"
            found += [(path, at)] if str(canaries.ids[name]) in doors.text(path) else []
        if number % 12 == 0:
            path = f"/search?q={word}"
            found += [(path, at)] if any(f"/{id_}\"" in doors.text(path) for id_ in canaries.ids.values()) else []
    return found


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_asking_for_a_hidden_field_is_refused_at_every_door(
    every: bool, app: Flask, canaries: Canaries, hidden_from: Callable[[Iterable[At]], None], person: int, company: int
) -> None:
    """By filter, sort, choice of columns, sums, groups and pivot: refused, or as if it had not been asked for.

    The API is asked for every field by each of these; the pages, which ask the same, take turns but for the deep run.
    """
    turn = 0
    chosen = everything(canaries)
    hidden_from(at for cls in chosen for at in fields_of(cls))
    doors, open_doors = Doors(app, person, company), []
    for cls in chosen:
        for prefix, part in [("", cls), *((f"{slot}.", each) for slot, each in cls.__components__.items())]:
            for field in part.__fields__.values():
                at = (part.__entity__, field.name)
                if field.secret or field.parent or field.kind in ("lines", "json") or at not in canaries.values:
                    continue
                if issubclass(part, Entity) and field.name in part.naming_fields():
                    continue
                turn += 1
                asked = list(asking_doors(cls, prefix + field.name, field, canaries.values[at]))
                for number, path in enumerate(asked):
                    if not every and not path.startswith("/api/") and (number + turn) % 6 != 0:
                        continue
                    answer = doors.client.get(path)
                    assert answer.status_code < 500, path
                    if answer.status_code == 200 and not _ignored(answer, canaries, at):
                        open_doors.append(path)
    assert not open_doors, "\n".join(open_doors)


def shipped_roles() -> list[str]:
    return [each.code for name in PLUGINS for each in loaded_plugins()[name].roles]


RULED = ("erp_sales.agent", "erp_inventory.clerk", "erp_mrp.worker", "oa.manager")
"""Roles that the ordinary run looks through; the deep run takes all."""


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=() if code in RULED else pytest.mark.deep) for code in shipped_roles()])
def test_a_shipped_role_shows_nothing_that_it_may_not_read(
    code: str, app: Flask, canaries: Canaries, system: Actor, person: int, company: int
) -> None:
    """Neither a field it hides nor anything of a kind of record that it doesn't grant, but what names a linked one."""
    with unit_of_work(system) as opened:
        give_roles([opened.get_one(User, person)], [code])
    with unit_of_work(actor_for(person), reading=True) as opened:
        granted = rights(opened)
    shut = frozenset(
        at for cls in everything(canaries) for at in fields_of(cls)
        if at in granted.hidden or not granted.may("read", cls.__entity__))
    told = talked_about(canaries, person)
    doors, leaks, opened_doors, talked = Doors(app, person, company), [], 0, 0
    for cls in everything(canaries):
        here, id_ = f"/{cls.__entity__.replace('.', '/', 1)}", canaries.ids[cls.__entity__]
        for path in (f"{here}/{id_}", here, f"/api/v1{address_of(cls)}", f"{here}/pivot/csv"):
            if granted.may("read", cls.__entity__):
                leaks += [(path, at) for at in sorted(canaries.leaked(doors.text(path), shut))]
                opened_doors += 1
            else:
                assert doors.status(path) == 403, path
        for path in (f"{here}/{id_}/talk?all=1", f"{here}/{id_}/files/{told[cls.__entity__]}",
                     f"/api/v1{address_of(cls)}/{id_}/comments"):
            read = TALK in doors.text(path)
            assert not read or granted.may("read", cls.__entity__), path
            talked += read
    for path in ("/", "/board", *(f"/apps/{name}" for name in PLUGINS)):
        leaks += [(path, at) for at in sorted(canaries.leaked(doors.text(path), shut))]
    assert not leaks, "\n".join(sorted(f"{entity}.{field} at {path}" for path, (entity, field) in leaks))
    assert opened_doors > 0
    assert talked > 0, "what was said of records that one may read is there to be seen"


TALK = "Zqtalkxy"
"""What was said of each record, and what the file put with it holds."""


def talked_about(canaries: Canaries, user: int) -> dict[str, int]:
    """Have something said of each record and a file put with it; gives the files by entity."""
    found = {}
    with unit_of_work(Actor(system=True)) as opened:
        stored = files().put(io.BytesIO(TALK.encode()))
        for name, id_ in canaries.ids.items():
            about = {"entity": name, "record_id": id_, "user_id": user, "at": opened.now}
            found[name] = opened.work.take_ids()[0]
            opened.work.connection.execute(insert(Attachment).values(
                id=found[name], name="told.txt", size=stored.size, media_type="application/octet-stream",
                sha256=stored.digest, **about))
            opened.work.connection.execute(insert(Comment).values(
                id=opened.work.take_ids()[0], text=TALK, mentioned=[], **about))
    return found


def actor_for(user: int) -> Actor:
    with unit_of_work(reading=True):
        return actor_of(user)


def _ignored(answer: Any, canaries: Canaries, at: At) -> bool:
    """Say whether a page came as if the field had not been named: nothing of its value, and nothing narrowed by it."""
    return not answer.is_json and not canaries.leaked(answer.get_data(as_text=True), frozenset({at}))
