"""Read a record's form: what was typed, by field path, and as the nested data that the records floor takes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from kernel.entities.base import Entity
from kernel.errors import Problem, Refusal
from kernel.web.layout import PlacedLines, lines_of, sections_of, tables_of
from kernel.web.show import typed
from kernel.workflows.machine import workflow_of

__all__ = ["Posted", "PostedLine", "problems_by_name", "read_form"]

_LINE = re.compile(r"([A-Za-z_]\w*)\[(\w{1,20})\]\.([A-Za-z_][\w.]*)")


@dataclass(slots=True)
class PostedLine:
    """One row of a sub-table as it was typed."""

    key: str
    texts: dict[str, str]
    id: str = ""
    removed: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What the inputs of a new row hold before anybody typed."""

    @property
    def blank(self) -> bool:
        """Say whether nobody typed anything into a new row."""
        return not self.id and all(text in ("", self.defaults.get(name, "")) for name, text in self.texts.items())


@dataclass(slots=True)
class Posted:
    """A form as it came: nothing of it is lost when it is refused."""

    texts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[PostedLine]] = field(default_factory=dict)
    version: int | None = None
    asked: dict[str, str] = field(default_factory=dict)
    """What was typed into fields that only a step of the workflow writes for this person; not part of the data."""

    def typed(self, path: str) -> str | None:
        """Give what was typed into a field, if anything was."""
        return self.texts.get(path, self.asked.get(path))

    def kept(self, name: str) -> list[PostedLine]:
        """Give the rows of a sub-table that are sent on, in order: new ones that were removed or left blank are not."""
        return [line for line in self.lines.get(name, ()) if not line.blank and (line.id or not line.removed)]

    def as_data(self) -> dict[str, Any]:
        """Give the form as nested data: components under their slot, sub-tables as lists with ids."""
        data: dict[str, Any] = {}
        for path, text in self.texts.items():
            place = data
            *slots, last = path.split(".")
            for slot in slots:
                place = place.setdefault(slot, {})
            place[last] = text
        for name in self.lines:
            data[name] = [_line_data(line) for line in self.kept(name)]
        return data


def _line_data(line: PostedLine) -> dict[str, Any]:
    known = {"id": int(line.id)} if line.id.isdecimal() else {}
    return {**known, "removed": True} if line.removed else {**known, **line.texts}


def read_form(cls: type[Entity], form: MultiDict[str, str]) -> Posted:
    """Read the inputs of the fields the person may type into, be it for a step; all else in the form is left aside."""
    posted = Posted(version=int(form["version"]) if form.get("version", "").isdecimal() else None)
    workflow = workflow_of(cls)
    asked = {name for step in workflow.steps() for name in step.needs} if workflow else set()
    for section in sections_of(cls):
        for placed in section.fields:
            if placed.path in form and (placed.writable or placed.path in asked):
                # a checkbox comes after a hidden empty input of the same name: the last one counts
                into = posted.texts if placed.writable else posted.asked
                given = form.getlist(placed.path)
                into[placed.path] = (
                    ",".join(filter(None, given)) if placed.field.kind == "tags" else _one_line(given[-1]))
    for table in (*lines_of(cls), *tables_of(cls)):
        if any(name.startswith(f"{table.path}[") for name in form) or form.get(f"{table.path}.shown"):
            posted.lines[table.path] = _read_lines(table, form)
    return posted


def _one_line(text: str) -> str:
    return text.replace("\r\n", "\n")


def _read_lines(table: PlacedLines, form: MultiDict[str, str]) -> list[PostedLine]:
    writable = {column.path for column in table.columns if column.writable}
    defaults = {column.path: typed(column.field, column.field.default) for column in table.columns}
    rows: dict[str, PostedLine] = {}
    for name in form:
        match = _LINE.fullmatch(name)
        if match is None or match[1] != table.path:
            continue
        line = rows.setdefault(match[2], PostedLine(match[2], {}, defaults=defaults))
        value = form.getlist(name)[-1]
        if match[3] == "id":
            line.id = value
        elif match[3] == "remove":
            line.removed = bool(value)
        elif match[3] in writable:
            line.texts[match[3]] = _one_line(value)
    return list(rows.values())


def problems_by_name(
    refusal: Refusal, posted: Posted, tables: Sequence[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Sort a refusal's problems to the inputs they belong to; those without one come back apart.

    The path `lines.2.price` counts the rows that were kept; the input is `lines[key].price`.
    """
    found: dict[str, str] = {}
    apart: list[Problem] = []
    for problem in refusal.problems:
        name = _input_name(problem.field, posted, tables)
        if name and name not in found:
            found[name] = str(problem.message)
        elif not name:
            apart.append(problem)
    return found, apart


def _input_name(path: str, posted: Posted, tables: Iterable[str]) -> str:
    parts = path.split(".")
    if parts[0] in tables and len(parts) > 1 and parts[1].isdecimal():
        kept = posted.kept(parts[0])
        at = int(parts[1])
        if at < len(kept):
            return f"{parts[0]}[{kept[at].key}].{'.'.join(parts[2:]) or 'row'}"
        return ""
    return path


def flat_pairs(form: Mapping[str, str] | MultiDict[str, str]) -> tuple[tuple[str, str], ...]:
    """Give a form's inputs as pairs, to be sent once more; the token and the version are made anew."""
    pairs = form.items(multi=True) if isinstance(form, MultiDict) else form.items()
    return tuple((name, value) for name, value in pairs if name not in ("csrf_token", "version"))
