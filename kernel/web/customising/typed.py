"""Read the form of a definition: what was typed, and the attributes it stands for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from kernel.entities.custom.definitions import PRESENT
from kernel.exchange.customising.services import code_for

__all__ = ["Typed", "TypedRow", "read_typed"]

TEXTS = ("label", "label_zh_hant", "label_zh_hans", "help", "help_zh_hant", "help_zh_hans", "section",
         "default_value")
FLAGS = ("required", "unique", "searchable", "listed")
OPTION_TEXTS = ("label", "label_zh_hant", "label_zh_hans", "colour")
COLUMN_TEXTS = ("label", "label_zh_hant", "label_zh_hans", "kind", "formula", "currency")


@dataclass(slots=True)
class TypedRow:
    """A row of options or columns: its key in the form, the id of what it changes, what was typed."""

    key: str
    texts: dict[str, str] = field(default_factory=dict)
    id: str = ""
    removed: bool = False

    @property
    def blank(self) -> bool:
        """Say whether it is a new row that nobody typed a label into."""
        return not self.id and not self.texts.get("label", "").strip()


@dataclass(slots=True)
class Typed:
    """The form of a definition as it came."""

    texts: dict[str, str]
    rows: dict[str, list[TypedRow]]
    fills: tuple[str, ...]

    def values(self, kind: str, before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Give the attributes of the definition that the form stands for; `before` are the columns there were."""
        given: dict[str, Any] = {name: self.texts.get(name, "").strip() or None for name in TEXTS}
        given |= {name: bool(self.texts.get(name)) for name in FLAGS}
        given["label"] = given["label"] or ""
        if kind in ("number", "money", "percent", "formula"):
            given["decimals"] = _whole(self.texts.get("decimals", ""), 2)
        if kind in ("money", "formula"):
            given["currency"] = self.texts.get("currency", "").strip() or None
        if kind == "boolean" or kind in PRESENT:
            given["default_value"] = "1" if self.texts.get("default_value") else None
        if kind == "choice":
            given["options"] = self._options()
        if kind == "link":
            given["fills"] = list(self.fills)
        if kind == "formula":
            given["formula"] = self.texts.get("formula", "").strip()
        if kind == "table":
            given["columns"] = self._columns(before)
        return given

    def _options(self) -> list[dict[str, str]]:
        kept = [row for row in self.rows.get("options", ()) if not row.blank and not row.removed]
        taken = {row.id for row in kept if row.id}
        options = []
        for row in kept:
            label = row.texts.get("label", "").strip()
            value = row.id or _option_value(label, taken)
            taken.add(value)
            options.append({"value": value, **{
                name: text for name in OPTION_TEXTS if (text := row.texts.get(name, "").strip())}})
        return options

    def _columns(self, before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Give the columns as typed; one that was taken away is kept aside with what lines hold of it."""
        old = {str(each["code"]): each for each in before}
        taken: dict[str, object] = dict(old)
        columns = []
        for row in self.rows.get("columns", ()):
            if row.blank:
                continue
            code = row.id or code_for(row.texts.get("label", ""), taken)
            taken[code] = None
            column: dict[str, Any] = {**old.get(code, {}), "code": code, "archived": row.removed}
            column |= {name: text for name in COLUMN_TEXTS if (text := row.texts.get(name, "").strip())
                       or name in column}
            if row.id in old:  # what it stores stays
                column["kind"] = old[row.id]["kind"]
            column |= _kind_of(column, row.texts)
            column["decimals"] = _whole(row.texts.get("decimals", ""), 2)
            column |= {"required": bool(row.texts.get("required")), "sum": bool(row.texts.get("sum"))}
            columns.append(column)
        return columns


def _kind_of(column: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Read what the kind of a column alone says: its options or its formula, or what it links to."""
    more = texts.get("more", "").strip()
    match column.get("kind"):
        case "choice":
            words = [each.strip()[:40] for each in more.split(",") if each.strip()]
            known = {each["label"]: each for each in column.get("options") or ()}
            return {"options": [known.get(word, {"value": word, "label": word}) for word in dict.fromkeys(words)]}
        case "link":
            return {"target": column.get("target") or texts.get("target", "").strip() or None}
        case "formula":
            return {"formula": more, "result": column.get("result") or texts.get("result") or "number"}
    return {}


def _option_value(label: str, taken: Iterable[str]) -> str:
    base = label[:36]
    used = set(taken)
    return next(value for number in range(1, len(used) + 2)
                if (value := base if number == 1 else f"{base} {number}") not in used)


def _whole(text: str, otherwise: int) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 4 else otherwise if not text else -1


def read_typed(form: MultiDict[str, str]) -> Typed:
    """Read the form; a checkbox comes after an empty input of its name, so the last one counts."""
    rows: dict[str, dict[str, TypedRow]] = {"options": {}, "columns": {}}
    texts: dict[str, str] = {}
    for name in form:
        value = form.getlist(name)[-1].replace("\r\n", "\n").replace("\x00", "")
        table, bracket, rest = name.partition("[")
        key, _close, part = rest.partition("].")
        if not bracket:
            texts[name] = value
        elif table in rows and key.isalnum():
            row = rows[table].setdefault(key, TypedRow(key))
            if part == "id":
                row.id = value
            elif part == "remove":
                row.removed = bool(value)
            else:
                row.texts[part] = value
    return Typed(texts, {name: list(some.values()) for name, some in rows.items()}, tuple(form.getlist("fills")))
