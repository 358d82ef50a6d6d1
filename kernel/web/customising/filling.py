"""Fill the form of a definition: from what is stored, or from what was typed and refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.entities.base import Entity, entities, fields_of
from kernel.entities.custom.checking import COLOURS, COLUMN_KINDS, UNIQUE_KINDS, currencies_of, currency_columns
from kernel.entities.custom.computing import PLAIN
from kernel.entities.custom.definitions import FIELD_KINDS, PRESENT, own_text
from kernel.entities.custom.functions import FUNCTIONS
from kernel.entities.custom.models import KINDS, RESULTS, CustomField
from kernel.errors import Refusal
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.i18n import Text, _
from kernel.permissions.rights import rights
from kernel.web.customising.typed import Typed, TypedRow
from kernel.web.declare import views
from kernel.web.frame import plugin_label
from kernel.web.layout import section_code
from kernel.web.screen.customise import FieldPage
from kernel.web.screen.form import Input, Line, Lines
from kernel.web.screen.shown import Choice, Refused, Shown
from kernel.web.show import address, refused

__all__ = ["KIND_ICONS", "customisable", "field_page", "kind_label"]

KIND_ICONS = {
    "text": "forms", "note": "file-text", "number": "hash", "money": "coins", "percent": "percentage",
    "date": "calendar", "instant": "clock", "boolean": "checkbox", "choice": "list", "member": "user",
    "link": "link", "formula": "calculator", "table": "table",
}
FEW_COLUMN_KINDS = tuple((code, label) for code, label in KINDS if code in COLUMN_KINDS)
PRESENT_WORDS: Mapping[str, Text] = {
    "date": _("The day it is made by default"), "instant": _("The moment it is made by default"),
    "member": _("Whoever makes it by default")}
COLOUR_WORDS: Mapping[str, Text] = {
    "gray": _("grey"), "amber": _("amber"), "blue": _("blue"), "violet": _("violet"), "green": _("green"),
    "red": _("red")}


def kind_label(kind: str) -> str:
    """Name a kind of field."""
    return str(dict(KINDS).get(kind, kind))


def customisable() -> dict[str, list[type[Entity]]]:
    """Give the entities that may have fields added, by plugin."""
    found: dict[str, list[type[Entity]]] = {}
    for name, cls in sorted(entities().items()):
        if name != CustomField.__entity__ and rights().visible(cls):
            found.setdefault(cls.__plugin__, []).append(cls)
    return found


def sections_known(cls: type[Entity]) -> list[tuple[str, str]]:
    """Give the sections of an entity's form, by what a definition calls them."""
    view = views.forms.get(cls.__entity__)
    return [(section_code(each.label), str(each.label)) for each in view.sections if each.label] if view else []


def field_page(
    cls: type[Entity], kind: str, held: CustomField | None, typed: Typed | None = None, refusal: Refusal | None = None
) -> FieldPage:
    """Make the form of a definition, of a new one where none is held."""
    base = address(cls, None, "/customise")
    errors = {problem.field: str(problem.message) for problem in refusal.problems} if refusal else {}
    form = _Form(cls, kind, held, typed, errors)
    return FieldPage(
        title=str(own_text(held)) if held else str(_("New field: {kind}", kind=kind_label(kind).lower())),
        subtitle=" · ".join(filter(None, (str(cls.__plural__), kind_label(kind), held.code if held else ""))),
        url=f"{base}/{held.code}" if held else f"{base}/new", version=held.version if held else 0,
        sections=form.sections(), lines=form.lines(), names=form.names(),
        functions=tuple(FUNCTIONS) if kind == "formula" else (),
        fills=form.fills(), hidden=(("kind", kind),), cancel_href=base,
        remove_href=f"{base}/{held.code}/remove" if held else "",
        submit=str(_("Save")) if held else str(_("Add the field")), refused=_refused(refusal, form))


def _refused(refusal: Refusal | None, form: "_Form") -> Refused | None:
    if refusal is None:
        return None
    labels = form.labels()
    fields = tuple((Input(name, "").anchor, labels[name], message)
                   for name, message in form.errors.items() if name in labels)
    rest = [message for name, message in form.errors.items() if name not in labels]
    if isinstance(refusal, ChangedMeanwhile):
        told = "; ".join(f"{change.label}: {change.old or '–'} → {change.new or '–'}" for change in refusal.changes
                         if not isinstance(change.new, list | dict))
        return refused(refusal, told)
    if not fields:
        return Refused(" ".join(rest) or str(refusal), fix=str(refusal.fix or ""))
    return Refused(str(_("Not saved yet: this needs a look.")), " ".join(rest), str(refusal.fix or ""), fields)


class _Form:
    def __init__(
        self, cls: type[Entity], kind: str, held: CustomField | None, typed: Typed | None, errors: dict[str, str]
    ) -> None:
        self._cls = cls
        self._kind = kind
        self._held = held
        self._typed = typed
        self.errors = errors

    def _value(self, name: str, otherwise: str = "") -> str:
        if self._typed is not None:
            return self._typed.texts.get(name, "")
        value = getattr(self._held, name) if self._held is not None else otherwise
        return "1" if value is True else "" if value is None or value is False else str(value)

    def _input(self, name: str, kind: str = "text", help: Text | str = "", **more: Any) -> Input:
        described = CustomField.__fields__[name]
        return Input(
            name, str(more.pop("label", described.label)), kind, more.pop("value", self._value(name)),
            help=str(help), error=self.errors.get(name, ""),
            max_length=described.length if kind == "text" else None, **more)

    def labels(self) -> dict[str, str]:
        """Give the labels of the inputs by their names."""
        return {each.name: each.label for _heading, inputs in self.sections() for each in inputs}

    def sections(self) -> tuple[tuple[str, tuple[Input, ...]], ...]:
        """Give the inputs: what it is called, what it holds, where it stands."""
        named = [
            self._input("label", required=True), self._input("label_zh_hant"), self._input("label_zh_hans"),
            self._input("help", help=_("Stands small below the field."), wide=True),
            self._input("help_zh_hant"), self._input("help_zh_hans")]
        if self._held is None:
            named.append(self._input(
                "code", help=_("For programs and formulas. Left empty it is made of the label; it never changes."),
                value=self._typed.texts.get("code", "") if self._typed else ""))
        return (
            (str(_("What it is called")), tuple(named)),
            *(((str(_("What it holds")), tuple(content)),) if (content := self._content()) else ()),
            *(((str(_("Where it stands")), tuple(place)),) if (place := self._place()) else ()))

    def _content(self) -> list[Input]:
        kind, found = self._kind, []
        if kind == "link":
            found.append(self._target())
        if kind == "formula":
            found.append(self._input(
                "formula", "note", _("As in x_quantity * x_price * (1 - x_discount / 100)"), required=True, wide=True))
            found.append(self._choice("result", RESULTS))
        if kind in ("number", "money") or (kind == "formula" and self._value("result") not in ("text", "date")):
            found.append(self._input("decimals", "integer", value=self._value("decimals", "2")))
        if kind == "money" or (kind == "formula" and self._value("result") in ("", "money")):
            found.append(self._currency())
        if kind == "boolean":
            found.append(self._input("default_value", "boolean", label=_("Yes by default")))
        elif kind in PRESENT:
            found.append(self._input("default_value", "boolean", label=PRESENT_WORDS[kind]))
        elif kind in ("text", "note", "number", "money", "percent", "choice"):
            found.append(self._input("default_value", help=_("For new records only.")))
        if kind not in ("formula", "boolean", "table"):
            found.append(self._input("required", "boolean", _(
                "Whoever enters a record must fill it; what apps make by themselves may lack it.")))
        if kind in UNIQUE_KINDS:
            found.append(self._input("unique", "boolean"))
        if kind in ("text", "note", "choice"):
            found.append(self._input("searchable", "boolean"))
        return found

    def _target(self) -> Input:
        if self._held is not None:
            return self._input("target", readonly=True, shown=Shown(_target_label(self._held.target or "")))
        return self._input("target", "choice", choices=_targets(), required=True)

    def _currency(self) -> Input:
        choices = tuple(Choice(name, _path_label(self._cls, name)) for name in currencies_of(self._cls))
        return self._input("currency", "choice", _(
            "The field of the record that says it, such as a link to a currency; the company's where it is empty."),
            choices=choices)

    def _choice(self, name: str, known: Sequence[tuple[str, Text]]) -> Input:
        if self._held is not None:
            label = dict(known).get(str(getattr(self._held, name)), "")
            return self._input(name, readonly=True, shown=Shown(str(label)))
        return self._input(name, "choice", choices=tuple(Choice(code, str(label)) for code, label in known),
                           required=True, value=self._value(name) or known[0][0])

    def _place(self) -> list[Input]:
        known = dict(sections_known(self._cls))
        section = self._value("section")
        found = []
        if self._kind != "table":
            told = [str(_("A heading of the form, or a new one; the first where empty.")), " · ".join(known.values())]
            found += [
                self._input("section", help=" ".join(filter(None, told)), value=known.get(section, section)),
                self._input("listed", "boolean")]
        return found

    def lines(self) -> tuple[Lines, ...]:
        """Give what is a list of its own: the options of a choice, the columns of a sub-table."""
        if self._kind == "choice":
            held = self._held.options or () if self._held else ()
            stored = [TypedRow(str(at), dict(each), str(each["value"])) for at, each in enumerate(held)]
            return (self._table("options", _("Options"), stored, self._option),)
        if self._kind == "table":
            columns = self._held.columns or () if self._held else ()
            rows = [TypedRow(str(at), _column_texts(each), str(each["code"]), bool(each.get("archived")))
                    for at, each in enumerate(columns)]
            return (self._table("columns", _("Columns"), rows, self._column),)
        return ()

    def _table(self, name: str, label: Text, stored: Sequence[TypedRow], inputs: Any) -> Lines:
        rows = self._typed.rows.get(name, []) if self._typed is not None else stored
        lines = tuple(
            Line(row.key, inputs(name, row.key, row.texts, bool(row.id)), row.id, row.removed)
            for row in rows if not row.blank)
        blank = Line("new", inputs(name, "new", {}, False))
        return Lines(name, str(label), blank.inputs, lines, blank, error=self.errors.get(name, ""))

    def _option(self, table: str, key: str, texts: Mapping[str, str], held: bool) -> tuple[Input, ...]:
        def one(part: str, label: Text | str) -> Input:
            return Input(f"{table}[{key}].{part}", str(label), value=texts.get(part, ""), max_length=40)

        colours = tuple(Choice(code, str(COLOUR_WORDS[code])) for code in COLOURS)
        return (
            one("label", _("Label")), one("label_zh_hant", "繁體中文"), one("label_zh_hans", "简体中文"),
            Input(f"{table}[{key}].colour", str(_("Colour")), "choice", texts.get("colour") or "gray",
                  choices=colours, required=True))

    def _column(self, table: str, key: str, texts: Mapping[str, str], held: bool) -> tuple[Input, ...]:
        def one(part: str, label: Text | str, kind: str = "text", **more: Any) -> Input:
            return Input(f"{table}[{key}].{part}", str(label), kind, texts.get(part, ""), **more)

        kind = texts.get("kind") or "text"
        return (
            one("label", _("Label"), max_length=80), one("label_zh_hant", "繁體中文", max_length=80),
            one("label_zh_hans", "简体中文", max_length=80),
            Input(f"{table}[{key}].kind", str(_("Kind")), "choice", kind, required=True, readonly=held,
                  shown=Shown(kind_label(kind)), choices=tuple(
                      Choice(code, str(label)) for code, label in FEW_COLUMN_KINDS)),
            Input(f"{table}[{key}].target", str(CustomField.__fields__["target"].label), "choice",
                  texts.get("target", ""), choices=_targets(), readonly=held,
                  shown=Shown(_target_label(texts.get("target", "")))),
            one("more", _("Options or formula"), max_length=2000),
            Input(f"{table}[{key}].result", str(_("Result")), "choice", texts.get("result") or "", choices=tuple(
                Choice(code, str(label)) for code, label in RESULTS), readonly=held and kind == "formula",
                shown=Shown(str(dict(RESULTS).get(texts.get("result", ""), "")))),
            one("decimals", _("Decimals"), "integer"),
            one("currency", CustomField.__fields__["currency"].label, "choice", choices=self._currencies()),
            one("required", _("Required"), "boolean"),
            one("sum", _("Sum"), "boolean"))

    def _currencies(self) -> tuple[Choice, ...]:
        """Give what may say the currency of a column: a column of the same line, or a field of the record."""
        held = self._held.columns or () if self._held is not None else ()
        labels = {str(each.get("code")): str(each.get("label")) for each in held}
        return (
            *(Choice(code, str(_("Each line: {column}", column=labels[code]))) for code in currency_columns(held)),
            *(Choice(name, _path_label(self._cls, name)) for name in currencies_of(self._cls)))

    def fills(self) -> tuple[Choice, ...]:
        """Give the fields of the record that a link leads to, with those that stand beside it."""
        target = entities().get(self._held.target or "") if self._kind == "link" and self._held is not None else None
        if target is None or self._held is None:
            return ()
        chosen = self._typed.fills if self._typed is not None else self._held.fills or ()
        return tuple(
            Choice(field.name, str(field.label), field.name in chosen) for field in rights().visible(target)
            if field.kind not in ("lines", "table", "json", "ref") and not field.hidden)

    def names(self) -> tuple[tuple[str, str], ...]:
        """Give what a formula may use: fields, those of linked records, columns of sub-tables."""
        if self._kind != "formula":
            return ()
        found: list[tuple[str, str]] = []
        visible = [field for field in rights().visible(self._cls) if self._held is None
                   or field.name != self._held.code]
        found += [(field.name, str(field.label)) for field in visible if field.kind in PLAIN and not field.hidden]
        for field in visible:
            if field.kind == "table":
                found += [(f"sum({field.name}.{each.name})", f"{field.label}: {each.label}")
                          for each in field.columns if each.exact]
            elif field.kind == "lines":
                found += [(f"sum({field.name}.{each.name})", f"{field.label}: {each.label}")
                          for each in fields_of(field.target).values() if each.exact]
        for field in visible:
            if field.kind == "link" and field.target.__entity__ != "kernel.company":
                found += [(f"{field.name}.{each.name}", f"{field.label}: {each.label}")
                          for each in rights().visible(field.target)
                          if each.kind in ("text", "choice", *_FIGURES) and not each.hidden][:6]
        return tuple(found)


_FIGURES = ("money", "quantity", "percent", "integer", "date", "boolean")


def _targets() -> tuple[Choice, ...]:
    """Give what a link may lead to, by app."""
    return tuple(
        Choice(cls.__entity__, f"{plugin_label(plugin)}: {cls.__plural__}")
        for plugin, some in customisable().items() for cls in some if not cls.__parent__)


def _target_label(name: str) -> str:
    target = entities().get(name)
    return str(target.__plural__) if target else name


def _path_label(cls: type[Entity], path: str) -> str:
    """Name the field at the end of a path over links, with those that lead there."""
    labels: list[str] = []
    for name in path.split("."):
        field = fields_of(cls)[name]
        labels.append(str(field.label))
        cls = field.target if field.kind == "link" else cls
    return ": ".join(labels)


def _column_texts(column: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: str(column.get(name) or "") for name in (
        "label", "label_zh_hant", "label_zh_hans", "kind", "result", "target", "currency")}
    if FIELD_KINDS.get(texts["result"] or texts["kind"]) in ("quantity", "money"):
        texts["decimals"] = str(column.get("decimals", 2))
    texts |= {name: "1" if column.get(name) else "" for name in ("required", "sum")}
    match column.get("kind"):
        case "choice":
            texts["more"] = ", ".join(str(each.get("label") or each["value"]) for each in column.get("options") or ())
        case "formula":
            texts["more"] = str(column.get("formula") or "")
    return texts
