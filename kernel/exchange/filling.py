"""Put drafts into records: links found set-wise, components in place, lines added, changed and taken away."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import flag_modified

from kernel.entities.base import Declared, Entity, fields_of
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.exchange.links import LinkRequest, find_links
from kernel.exchange.schemas import Draft
from kernel.exchange.subtables import fill_table
from kernel.exchange.values import LinkKey
from kernel.i18n import _
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights
from kernel.tags.known import NewTag
from kernel.tags.services import make_tags, tag_ids_of, write_tags

__all__ = ["Filling", "missing_custom"]


class Filling:
    """One go at filling records of an entity from drafts; remembers whose field is where, to name problems."""

    def __init__(self, *, indexed: bool) -> None:
        self._indexed = indexed
        self._paths: dict[int, str] = {}
        self._kept: list[object] = []
        """Keeps records alive while their `id()` is a key of `_paths`."""
        self.touched: set[int] = set()
        """Ids of records whose components or tags were written."""
        self._tagged: list[tuple[Entity, Sequence[int | NewTag]]] = []

    def refuse(self, problems: Sequence[Sequence[Problem]]) -> None:
        """Raise Invalid if any record has a problem."""
        told = [
            Problem(self._prefix(at) + problem.field, problem.message, problem.code, problem.record)
            for at, some in enumerate(problems) for problem in some]
        if told:
            raise Invalid(told)

    def refuse_drafts(self, cls: type[Entity], drafts: Sequence[Draft], problems: Sequence[list[Problem]]) -> None:
        """Raise Invalid if any draft has a problem, naming the links that can't be found along with it."""
        if not any(problems):
            return
        wanted = [request for at, draft in enumerate(drafts) for request in _links(cls, draft, at, "")]
        for at, problem in find_links(wanted):
            problems[at].append(problem)
        self.refuse(problems)

    def _prefix(self, at: int) -> str:
        return f"{at}." if self._indexed else ""

    def fill(self, records: Sequence[Entity], drafts: Sequence[Draft]) -> None:
        """Fill all records; raises Invalid for links and lines that can't be found."""
        requests: dict[tuple[int, str], LinkRequest] = {}
        for at, (record, draft) in enumerate(zip(records, drafts, strict=True)):
            for request in _links(type(record), draft, at, ""):
                requests[at, request.path] = request
        problems: list[list[Problem]] = [[] for _record in records]
        for at, problem in find_links(requests.values()):
            problems[at].append(problem)
        self.refuse(problems)
        for at, (record, draft) in enumerate(zip(records, drafts, strict=True)):
            self._fill_one(record, draft, self._prefix(at), "", _Found(requests, at), problems[at])
        self.refuse(problems)

    def _fill_one(
        self, record: Entity, draft: Draft, prefix: str, path: str, found: "_Found", problems: list[Problem]
    ) -> None:
        cls = type(record)
        self._remember(record, prefix + path)
        fresh = inspect(record).transient
        if fresh:
            _set_defaults(record, draft)
        for name, value in draft.items():
            field = fields_of(cls).get(name)
            if field is not None and field.kind == "lines":
                self._fill_lines(record, field, value, prefix, f"{path}{name}.", found, problems)
            elif field is not None and field.kind == "table":
                fill_table(record, field, value, found, f"{path}{name}.", problems)
            elif field is not None and field.kind == "tags":
                self._tagged.append((record, value or ()))
            elif field is not None:
                _set(record, field, value, found, f"{path}{name}")
            elif name in cls.__components__ and value:
                component = cls.__components__[name].of(record)
                self._remember(component, f"{prefix}{path}{name}.")
                for inner, each in value.items():
                    _set(component, component.__fields__[inner], each, found, f"{path}{name}.{inner}")
                if inspect(component).transient or session().is_modified(component):
                    self.touched.add(record.id)

    def _fill_lines(
        self, record: Entity, field: Field, drafts: Sequence[Draft], prefix: str, path: str, found: "_Found",
        problems: list[Problem],
    ) -> None:
        lines = getattr(record, field.name)
        known = {line.id: line for line in lines}
        before = list(lines)
        for at, given in enumerate(drafts):
            draft = dict(given)
            id_, removed = draft.pop("id", None), draft.pop("removed", False)
            line = known.get(id_) if id_ is not None else None
            if id_ is not None and line is None:
                problems.append(Problem(
                    f"{path}{at}.id", _("{label} has no line {key}", label=field.label, key=id_), "NO_SUCH_LINE"))
            elif removed and line is not None:
                lines.remove(line)
            elif not removed:
                if line is None:
                    line = field.target()
                    problems.extend(missing_custom(field.target, draft, f"{path}{at}."))
                    self._fill_one(line, draft, prefix, f"{path}{at}.", found, problems)
                    lines.append(line)
                else:
                    self._fill_one(line, draft, prefix, f"{path}{at}.", found, problems)
        if inspect(record).persistent and (lines != before or any(map(session().is_modified, lines))):
            flag_modified(record, "changed_at")  # totals follow from lines, and the form's version with them

    def _remember(self, record: object, path: str) -> None:
        self._paths[id(record)] = path
        self._kept.append(record)

    def flush(self) -> None:
        """Flush; a problem of a record is told with the path of its place in the data."""
        try:
            session().flush()
        except Invalid as error:
            raise Invalid([
                Problem(self._paths.get(id(problem.record), "") + problem.field, problem.message, problem.code,
                        problem.record)
                for problem in error.problems]) from error
        self._flush_tags()

    def _flush_tags(self) -> None:
        """Put tags on records that are written by now, as whoever does so may change them."""
        if not self._tagged:
            return
        tagged, self._tagged = self._tagged, []
        cls = type(tagged[0][0])
        made = make_tags(cls, {each for _record, tags in tagged for each in tags if isinstance(each, NewTag)})
        wanted = {record.id: {made[each] if isinstance(each, NewTag) else each for each in tags}
                  for record, tags in tagged}
        fresh = session().work.fresh
        held = tag_ids_of(cls, [id_ for id_ in wanted if id_ not in fresh])
        changed = [id_ for id_, tags in wanted.items() if held.get(id_, set()) != tags]
        demand_rows(session(), "change", cls, [id_ for id_ in changed if id_ not in fresh])
        write_tags(cls, wanted, kept=held)
        self.touched.update(changed)


class _Found:
    """The links of one record among those of many."""

    def __init__(self, requests: dict[tuple[int, str], LinkRequest], at: int) -> None:
        self._requests = requests
        self._at = at

    def __getitem__(self, path: str) -> Entity | None:
        return self._requests[self._at, path].found


def _links(cls: type[Declared], draft: Draft, at: int, path: str) -> Iterator[LinkRequest]:
    components = cls.__components__ if issubclass(cls, Entity) else {}
    for name, value in draft.items():
        field = fields_of(cls).get(name)
        if field is not None and field.kind == "link" and isinstance(value, int | LinkKey):
            yield LinkRequest(at, f"{path}{name}", field, value)
        elif field is not None and field.kind == "lines":
            for place, each in enumerate(value):
                yield from _links(field.target, each, at, f"{path}{name}.{place}.")
        elif field is not None and field.kind == "table":
            for place, each in enumerate(value):
                for column in field.columns:
                    if column.kind == "link" and isinstance(each.get(column.name), int | LinkKey):
                        yield LinkRequest(at, f"{path}{name}.{place}.{column.name}", column, each[column.name])
        elif field is None and name in components and value:
            yield from _links(components[name], value, at, f"{path}{name}.")


def _set(record: Entity | Extension[Any], field: Field, value: Any, found: "_Found", path: str) -> None:
    if field.kind == "link":
        target = None if value is None else found[path]
        if getattr(record, field.column) != (target.id if target is not None else None):
            setattr(record, field.name, target)
            setattr(record, field.column, target.id if target is not None else None)
        return
    if value is None and field.default is not None:
        value = field.default
    if getattr(record, field.column) != value or (field.custom and value is False):
        setattr(record, field.column, value)


def missing_custom(cls: type[Entity], draft: Draft, path: str = "") -> list[Problem]:
    """Name required custom fields that a new record comes without, of those that the person may fill."""
    missing = [
        each.field for each in definitions_of(cls).values()
        if each.field.required and not each.field.readonly and each.field.default is None and not each.present
        and draft.get(each.code) is None]
    writable = {field.name for field in rights().writable(cls)} if missing else set()
    return [Problem(path + field.name, _("{label} is missing", label=field.label), "REQUIRED")
            for field in missing if field.name in writable]


def _set_defaults(record: Entity, draft: Draft) -> None:
    """Give a new record its defaults at once, so that what is derived from them can be."""
    for field in fields_of(type(record)).values():
        if field.default is not None and field.kind != "state" and draft.get(field.name) is None:
            setattr(record, field.column, field.default)
