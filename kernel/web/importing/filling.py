"""Fill the pages of an import from what is known of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from sqlalchemy import select

from kernel.entities.base import Entity, fields_of
from kernel.entities.work import session
from kernel.errors import Invalid, Refusal
from kernel.exchange.sheets.choices import DATES, NUMBERS, Choices
from kernel.exchange.sheets.columns import (
    FileField,
    fields_by_path,
    finders,
    line_entity,
    match_fields,
)
from kernel.exchange.sheets.files import samples_of
from kernel.exchange.sheets.jobs import UNDO_DAYS
from kernel.exchange.sheets.opened import OpenImport, imports_of
from kernel.exchange.sheets.plan import needed_paths
from kernel.exchange.sheets.progress import progress_of
from kernel.exchange.sheets.undoing import UndoPlan, may_undo, plan_undo, undo_size
from kernel.i18n import Text, _, format_moment, format_number
from kernel.identity.models import User
from kernel.web.importing.rows import wrong_rows
from kernel.web.listing.filling import in_sentence
from kernel.web.screen.importing import (
    CheckPage,
    ColumnRow,
    ColumnsPage,
    DonePage,
    Fact,
    FieldGroup,
    Head,
    ImportsPage,
    PastImport,
    ProgressPage,
    Step,
    UndoPart,
    UploadPage,
    WrongRows,
)
from kernel.web.screen.shown import Action, Choice, Empty, Refused
from kernel.web.serving import visitor
from kernel.web.show import address

__all__ = [
    "ENCODING_LABELS", "check_page", "columns_page", "done_page", "imports_page", "progress_page", "upload_page",
]

ENCODING_LABELS = {
    "utf-8": _("Unicode (UTF-8)"), "utf-16": _("Unicode (UTF-16)"), "utf-16-le": _("Unicode (UTF-16, little-endian)"),
    "utf-16-be": _("Unicode (UTF-16, big-endian)"), "big5hkscs": _("Traditional Chinese (Big5)"),
    "gb18030": _("Simplified Chinese (GB18030)"), "windows-1252": _("Western (Windows-1252)"),
}
SEPARATOR_LABELS = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab")}
STATES: Mapping[str, tuple[Text, str]] = {
    "uploaded": (_("Uploaded"), "gray"), "checking": (_("Being checked"), "blue"), "checked": (_("Checked"), "amber"),
    "running": (_("Being imported"), "blue"), "done": (_("Imported"), "green"),
    "undoing": (_("Being undone"), "blue"), "undone": (_("Undone"), "gray"),
}
PAST_ON_UPLOAD = 5
PAST_ON_PAGE = 50
SAMPLES_SHOWN = 3
BLOCKED_SHOWN = 20


def _head(cls: type[Entity], found: OpenImport | None, now: int, refusal: Refusal | None = None) -> Head:
    labels = (_("Upload"), _("Match columns"), _("Check"), _("Done"))
    steps = tuple(
        Step(str(label), "now" if at == now else "done" if at < now else "") for at, label in enumerate(labels))
    about = ""
    if found is not None:
        sheet = found.choices.get("sheet")
        rows = _rows(int(found.content["count"]))
        about = " · ".join(filter(None, (
            found.file_name, str(_("sheet “{name}”", name=sheet)) if sheet else "", rows)))
    return Head(
        str(_("Import {what}", what=in_sentence(str(cls.__plural__)))), _url(cls, found), steps, about,
        _refused(refusal) if refusal else None)


def _rows(count: int) -> str:
    return str(_("1 row") if count == 1 else _("{count} rows", count=format_number(count)))


def _refused(refusal: Refusal) -> Refused:
    said = "; ".join(str(problem.message) for problem in refusal.problems) if isinstance(refusal, Invalid) else str(
        refusal.message)
    return Refused(said, fix=str(refusal.fix or ""))


def _url(cls: type[Entity], found: OpenImport | None = None) -> str:
    return address(cls, None, f"/import/{found.id}" if found is not None else "/import")


def upload_page(cls: type[Entity], refusal: Refusal | None = None) -> UploadPage:
    """Make the page where a file is chosen."""
    past = imports_of(cls.__entity__, PAST_ON_UPLOAD)
    return UploadPage(
        _head(cls, None, 0, refusal), ".csv,.txt,.tsv,.xlsx,.xlsm,.xlsb,.xls,.ods", f"{_url(cls)}/template.csv",
        _past(cls, past), address(cls, None, "/imports") if past else "")


def imports_page(cls: type[Entity], before: int | None) -> ImportsPage:
    """Make the list of an entity's imports."""
    found = imports_of(cls.__entity__, PAST_ON_PAGE + 1, before)
    shown = found[:PAST_ON_PAGE]
    new = Action(str(_("Import a file")), _url(cls), "upload", primary=True)
    head = Head(str(_("Imports of {what}", what=in_sentence(str(cls.__plural__)))), address(cls, None, "/imports"))
    return ImportsPage(
        head, _past(cls, shown), new, f"{head.url}?before={shown[-1].id}" if len(found) > PAST_ON_PAGE else "",
        None if shown else Empty("file-import", str(_("Nothing was imported yet")), str(
            _("Bring in a CSV file or a workbook; each import can be undone.")), new))


def _past(cls: type[Entity], found: Sequence[OpenImport]) -> tuple[PastImport, ...]:
    table = User.__table__.c
    names = {row.id: row.name for row in session().work.connection.execute(
        select(table.id, table.name).where(table.id.in_({each.user_id for each in found})))} if found else {}
    return tuple(_past_one(cls, each, names) for each in found)


def _past_one(cls: type[Entity], each: OpenImport, names: Mapping[int, str]) -> PastImport:
    label, tone = STATES[each.state]
    counts = each.report.get("done") or each.report.get("check")
    mine = each.user_id == visitor().user_id
    return PastImport(
        each.file_name, _url(cls, each) if mine or may_undo(each) else "",
        names.get(each.user_id or 0, ""), format_moment(each.at), str(label), tone,
        str(_("{created} new, {changed} changed, {wrong} wrong", created=format_number(counts["created"]),
              changed=format_number(counts["changed"]), wrong=format_number(counts["wrong"]))) if counts else "")


def columns_page(
    cls: type[Entity], found: OpenImport, choices: Choices, refusal: Refusal | None = None
) -> ColumnsPage:
    """Make the page where columns are matched to fields."""
    if refusal is None and (failure := found.report.get("failure")):
        refusal = Refusal("FAILED", failure)
    fields = fields_by_path(cls)
    errors = {problem.field: str(problem.message) for problem in refusal.problems} if refusal else {}
    samples = samples_of(found)
    columns = tuple(
        _column(at, name, samples[name], choices, errors)
        for at, name in enumerate(found.content["header"]) if name and found.content["header"].index(name) == at)
    lines = line_entity(cls)
    with_lines = lines is not None and any(each.line for each in fields.values())
    return ColumnsPage(
        _head(cls, found, 1, refusal), columns, _field_groups(cls, fields), _reading(found, choices), (
            ("numbers", str(_("Numbers")), _choices(NUMBERS, choices.numbers)),
            ("dates", str(_("Dates")), _choices(DATES, choices.dates))),
        _existing(cls, choices), _groups(found, choices) if with_lines else (),
        str(_("{lines} of one record have the same", lines=lines.label)) if lines is not None else "",
        tuple(str(fields[path].field.label) for path in needed_paths(cls) if path in fields),
        _url(cls))


def _column(
    at: int, name: str, samples: Sequence[str], choices: Choices, errors: Mapping[str, str]
) -> ColumnRow:
    chosen = choices.columns.get(name)
    value = "" if chosen is None else f"{chosen.field}:{chosen.find}" if chosen.find else chosen.field
    shown = tuple(dict.fromkeys(cell.strip()[:60] for cell in samples if cell.strip()))[:SAMPLES_SHOWN]
    return ColumnRow(at, name, shown, value, errors.get(name, ""))


def _field_groups(cls: type[Entity], fields: Mapping[str, FileField]) -> tuple[FieldGroup, ...]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in fields.values():
        offered = groups.setdefault(str(each.group), [])
        label = str(each.field.label)
        if each.field.kind == "link":
            offered += [
                (f"{each.path}:{by.name}", str(_("{field} by {by}", field=label, by=in_sentence(str(by.label)))))
                for by in finders(each.field)]
        else:
            offered.append((each.path, label))
    return tuple(FieldGroup(label or str(cls.__label__), tuple(offered)) for label, offered in groups.items())


def _choices(values: Any, chosen: str, labels: Mapping[str, Text] | None = None) -> tuple[Choice, ...]:
    return tuple(Choice(value, str((labels or {}).get(value, value)), value == chosen) for value in values)


def _reading(found: OpenImport, choices: Choices) -> tuple[tuple[str, str, tuple[Choice, ...]], ...]:
    sheets = found.content["sheets"]
    if sheets:
        return (("sheet", str(_("Sheet")), _choices(sheets, choices.sheet)),) if len(sheets) > 1 else ()
    return (
        ("encoding", str(_("Encoding")), _choices(ENCODING_LABELS, choices.encoding, ENCODING_LABELS)),
        ("separator", str(_("Between cells")), _choices(SEPARATOR_LABELS, choices.separator, SEPARATOR_LABELS)))


def _existing(cls: type[Entity], choices: Choices) -> tuple[Choice, ...]:
    offered = [Choice("", str(_("Every row becomes a new record")), not choices.match)]
    for field in match_fields(cls):
        now = choices.match == field.name
        offered += [
            Choice(field.name, str(_("Change records with the same {field}, make the others", field=in_sentence(
                str(field.label)))), now and choices.existing == "both"),
            Choice(f"{field.name}:only", str(_("Only change records with the same {field}", field=in_sentence(
                str(field.label)))), now and choices.existing == "only")]
    return tuple(offered)


def _groups(found: OpenImport, choices: Choices) -> tuple[Choice, ...]:
    names = [name for name in dict.fromkeys(found.content["header"]) if name]
    return (Choice("", str(_("Each row is a record")), not choices.group),
            *(Choice(name, name, name == choices.group) for name in names))


def _labels(cls: type[Entity], found: OpenImport) -> dict[str, str]:
    fields = fields_by_path(cls)
    choices = Choices.from_json(found.choices)
    return {name: str(fields[each.field].field.label) for name, each in choices.columns.items() if each.field in fields}


def _wrong(cls: type[Entity], found: OpenImport) -> WrongRows:
    page = request.args.get("page", "1")
    base = _url(cls, found)
    return wrong_rows(
        found, base, int(page) if page.isdecimal() and len(page) < 8 else 1, f"{base}/wrong.csv", _labels(cls, found))


def _facts(counts: Mapping[str, Any], by: str = "") -> tuple[Fact, ...]:
    changed = str(_("matched by {field}", field=in_sentence(by))) if by else ""
    lines = str(_("with {count} lines", count=format_number(counts["lines"]))) if counts["lines"] else ""
    wrong = str(_("in {count} cells", count=format_number(counts["cells"]))) if counts["wrong"] else ""
    return (
        Fact(str(_("New")), format_number(counts["created"]), lines),
        Fact(str(_("Changed")), format_number(counts["changed"]), changed),
        Fact(str(_("Unchanged")), format_number(counts["unchanged"])),
        Fact(str(_("With an error")), format_number(counts["wrong"]), wrong, "red" if counts["wrong"] else ""))


def _matched_by(cls: type[Entity], found: OpenImport) -> str:
    field = fields_of(cls).get(found.choices.get("match", ""))
    return str(field.label) if field is not None else ""


def check_page(cls: type[Entity], found: OpenImport, refusal: Refusal | None = None) -> CheckPage:
    """Make the page that says what an import would do."""
    counts = found.report["check"]
    if refusal is None and found.report.get("withdrawn"):
        refusal = Refusal("WITHDRAWN", _("Nothing was imported, because some rows are wrong"))
    if refusal is None and (failure := found.report.get("failure")):
        refusal = Refusal("FAILED", failure)
    good = counts["rows"] - counts["wrong"]
    return CheckPage(
        _head(cls, found, 2, refusal), _facts(counts, _matched_by(cls, found)), _wrong(cls, found),
        str(_("Import 1 row") if good == 1 else _("Import {count} rows", count=format_number(good))),
        str(_("import the good row") if good == 1 else _("import the {count} good ones", count=format_number(good))),
        counts["created"] + counts["changed"] > 0, str(_("can be undone for {days} days", days=UNDO_DAYS)),
        f"{_url(cls, found)}?columns=1")


def progress_page(cls: type[Entity], found: OpenImport) -> ProgressPage:
    """Make the page that shows how far an import is."""
    texts = {
        "checking": _("Every row is being checked. Nothing is changed by it."),
        "running": _("The rows are being imported. They come in all at once, at the end."),
        "undoing": _("The import is being undone."),
    }
    total = undo_size(found) if found.state == "undoing" else int(found.content["count"])
    return ProgressPage(
        _head(cls, found, 2 if found.state == "checking" else 3), str(texts[found.state]), progress_of(found.id), total,
        f"{_url(cls, found)}/progress", Action(str(_("Leave this page")), address(cls, None, "/imports"), "arrow-left"))


def done_page(cls: type[Entity], found: OpenImport, refusal: Refusal | None = None) -> DonePage:
    """Make the page that says what came of an import; with `?undo=1` what undoing it would do."""
    if refusal is None and (failure := found.report.get("failure")):
        refusal = Refusal("FAILED", failure)
    undone = found.report.get("undone")
    asked = "undo" in request.args and may_undo(found)
    facts = _undone_facts(undone) if undone else _facts(found.report["done"], _matched_by(cls, found))
    when = format_moment(found.at)
    sentence = _("Undone {when}", when=when) if undone else _("Imported {when}", when=when)
    actions = [Action(str(_("Show {what}", what=in_sentence(str(cls.__plural__)))), address(cls), "list", primary=True),
               Action(str(_("Import another file")), _url(cls), "upload")]
    known = may_undo(found) and undo_size(found) > 0
    return DonePage(
        _head(cls, found, 3 if undone else 4, refusal), str(sentence), "gray" if undone else "green", facts,
        WrongRows() if undone else _wrong(cls, found), tuple(actions),
        f"{_url(cls, found)}?undo=1" if known and not asked else "", _undo_part(cls, found) if asked else None,
        str(_("can be undone for {days} days", days=UNDO_DAYS)) if known else "")


def _undone_facts(counts: Mapping[str, int]) -> tuple[Fact, ...]:
    return (
        Fact(str(_("Deleted")), format_number(counts["deleted"])),
        Fact(str(_("Archived")), format_number(counts["archived"])),
        Fact(str(_("Changed back")), format_number(counts["restored"])),
        Fact(str(_("Left as they are")), format_number(counts["left"])))


def _undo_part(cls: type[Entity], found: OpenImport) -> UndoPart:
    plan = plan_undo(found)
    blocked = tuple((title, address(cls, id_), str(reason)) for id_, title, reason in plan.blocked[:BLOCKED_SHOWN])
    more = len(plan.blocked) - BLOCKED_SHOWN
    return UndoPart(
        _undo_sentence(plan), (
            Fact(str(_("To be deleted")), format_number(len(plan.delete) - plan.archive)),
            Fact(str(_("To be archived")), format_number(plan.archive),
                 str(_("something refers to them")) if plan.archive else ""),
            Fact(str(_("To be changed back")), format_number(len(plan.restore))),
            Fact(str(_("To be left as they are")), format_number(len(plan.blocked)))),
        blocked, str(_("and {count} more", count=format_number(more))) if more > 0 else "",
        str(_("Undo all of it")) if not plan.blocked and plan.count else "",
        str(_("Undo the {count} that can be", count=format_number(plan.count))) if plan.blocked and plan.count else "")


def _undo_sentence(plan: UndoPlan) -> str:
    if not plan.count:
        return str(_("There is nothing left that could be undone."))
    if plan.blocked:
        return str(_("Some records can't be undone; they would be left as they are."))
    return str(_("Everything this import made and changed can be taken back."))
