"""Views of an entity's list, board or calendar that people save under a name, for themselves or for everybody.

A view is the state of an address, kept as its pairs: it holds no records and gives no rights. Its owner changes it,
and so may whoever is granted "change" on kernel.saved_view where it is shared; sharing needs "share" on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from kernel.entities.base import Entity
from kernel.entities.work import actor, current_work, explain
from kernel.errors import Forbidden, Invalid, NotFound, Problem
from kernel.exchange.models import SavedView, SavedViewDefault
from kernel.exchange.paths import document_of
from kernel.i18n import _
from kernel.permissions.rights import rights

__all__ = [
    "PAGES", "View", "change_view", "delete_view", "get_view", "may_share", "save_view", "set_default", "views_of",
]

PAGES = ("list", "board", "calendar", "gantt")
SUBJECT = "kernel.saved_view"
LONGEST_NAME = 60
LONGEST_STATE = 4000
Pairs = Sequence[tuple[str, str]]
_views = SavedView.__table__.c
_defaults = SavedViewDefault.__table__.c


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as the current person finds it."""

    id: int
    entity: str
    name: str
    page: str
    shared: bool
    mine: bool
    default: bool
    """Whether the person's list opens with it."""
    state: tuple[tuple[str, str], ...]

    @property
    def changeable(self) -> bool:
        """Say whether the person may rename, overwrite and delete it."""
        return self.mine or rights().may("change", SUBJECT)


def may_share() -> bool:
    """Say whether the current person may share views with everybody."""
    return rights().may("share", SUBJECT)


def views_of(cls: type[Entity]) -> list[View]:
    """List the views of an entity that the current person finds, their own first; one statement."""
    rights().demand("read", document_of(cls).__entity__)
    rows = current_work().connection.execute(
        _visible().where(_views.entity == cls.__entity__).order_by(_views.name, _views.id)).all()
    return sorted((_view(row) for row in rows), key=lambda view: not view.mine)


def get_view(cls: type[Entity], id_: int) -> View:
    """Give a view of an entity; raises NotFound where there is none that the current person finds."""
    rights().demand("read", document_of(cls).__entity__)
    row = current_work().connection.execute(
        _visible().where(_views.entity == cls.__entity__, _views.id == id_)).first()
    if row is None:
        raise NotFound("NO_SUCH_VIEW", _("There is no such view, or it isn't shared with you"))
    return _view(row)


def _visible() -> Select[Any]:
    me = actor().user_id
    return select(*_views, _defaults.view_id).outerjoin(
        SavedViewDefault.__table__, and_(_defaults.view_id == _views.id, _defaults.user_id == me),
    ).where(or_(_views.user_id == me, _views.shared.is_(True)))


def _view(row: Row[Any]) -> View:
    return View(
        row.id, row.entity, row.name, row.page, row.shared, row.user_id == actor().user_id, row.view_id is not None,
        tuple((str(key), str(value)) for key, value in row.state))


def save_view(cls: type[Entity], name: str, page: str, state: Pairs, *, shared: bool = False) -> int:
    """Save a view of one's own and give its id; raises Invalid for its name or state, Forbidden for sharing it."""
    rights().demand("read", document_of(cls).__entity__)
    if shared:
        _demand_share()
    work, me = current_work(), _person()
    name = _name(cls, me, name)
    if page not in PAGES:
        raise Invalid([Problem("page", _("A view is of a list, a board, a calendar or a gantt"), "PAGE")])
    id_ = int(work.take_ids()[0])
    _write(insert(SavedView).values(
        id=id_, entity=cls.__entity__, user_id=me, name=name, page=page, shared=shared, state=_state(state)))
    return id_


def change_view(
    cls: type[Entity], id_: int, *, name: str | None = None, state: Pairs | None = None, shared: bool | None = None
) -> None:
    """Rename a view, overwrite its state, share it or take it back; raises Forbidden for whoever may not."""
    _demand_change(get_view(cls, id_))
    if shared:
        _demand_share()
    owner = current_work().connection.scalar(select(_views.user_id).where(_views.id == id_))
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = _name(cls, int(owner or 0), name, but=id_)
    if state is not None:
        values["state"] = _state(state)
    if shared is not None:
        values["shared"] = shared
    _write(update(SavedView).where(_views.id == id_).values(**values))
    if shared is False:
        current_work().connection.execute(
            delete(SavedViewDefault).where(_defaults.view_id == id_, _defaults.user_id != owner))


def delete_view(cls: type[Entity], id_: int) -> None:
    """Delete a view; raises Forbidden for whoever may not."""
    _demand_change(get_view(cls, id_))
    current_work().connection.execute(delete(SavedViewDefault).where(_defaults.view_id == id_))
    current_work().connection.execute(delete(SavedView).where(_views.id == id_))


def set_default(cls: type[Entity], id_: int | None) -> None:
    """Let one's own list of an entity open with a view, or as it was declared again."""
    me = _person()
    view = get_view(cls, id_) if id_ is not None else None
    connection = current_work().connection
    connection.execute(
        delete(SavedViewDefault).where(_defaults.user_id == me, _defaults.entity == cls.__entity__))
    if view is not None:
        connection.execute(
            insert(SavedViewDefault), [{"user_id": me, "entity": cls.__entity__, "view_id": view.id}])


def _write(statement: Executable) -> None:
    """Write a view; raises Conflict where another of the same name came in at the same moment."""
    try:
        current_work().connection.execute(statement)
    except IntegrityError as error:
        raise explain(error) from error


def _person() -> int:
    me = actor().user_id
    if me is None:
        raise Forbidden("NOBODY", _("Only people save views"))
    return me


def _demand_share() -> None:
    if not may_share():
        raise Forbidden(
            "FORBIDDEN", _("You may not share views with everybody"),
            fix=_("Save it for yourself, or ask an administrator for a role that grants “share” on {entity}",
                  entity=SUBJECT))


def _demand_change(view: View) -> None:
    if not view.changeable:
        raise Forbidden("FORBIDDEN", _("“{name}” is somebody else's view", name=view.name),
                        fix=_("Save what is shown under a name of your own"))


def _name(cls: type[Entity], owner: int, name: str, *, but: int | None = None) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid([Problem("name", _(
            "A view needs a name of at most {most} characters", most=LONGEST_NAME), "NAME")])
    taken = current_work().connection.scalar(select(_views.id).where(
        _views.entity == cls.__entity__, _views.user_id == owner, _views.name == name))
    if taken is not None and taken != but:
        raise Invalid([Problem("name", _("There is a view named “{name}” already", name=name), "NAME_TAKEN")])
    return name


def _state(pairs: Pairs) -> list[list[str]]:
    if sum(len(key) + len(value) for key, value in pairs) > LONGEST_STATE:
        raise Invalid([Problem("state", _("That is too much for a saved view; take away some filters"), "STATE")])
    return [[key, value] for key, value in pairs]
