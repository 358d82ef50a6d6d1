"""Reports: a function that answers a table, declared once; its page with a chart and its address in the API follow."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeVar

from kernel.entities.base import plugin_of
from kernel.errors import Forbidden, UsageError
from kernel.exchange.values import decimal_text
from kernel.i18n import Text, _
from kernel.permissions.rights import rights

__all__ = [
    "Parameter", "Report", "ReportTable", "demand_report", "demand_seen", "parameter_values", "report", "report_json",
    "reports",
]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A choice above a report. kind is integer, date, text or choice; choices are (value, label) or made when asked."""

    name: str
    label: Text
    kind: Literal["integer", "date", "text", "choice"] = "choice"
    choices: Sequence[tuple[str, Text]] | Callable[[], Sequence[tuple[str, Text]]] = ()
    default: str = ""
    usual: Callable[[], dt.date] | None = None
    """Of a day: the one that the report takes by itself where nothing at all is asked; its input shows it then."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A report's answer. columns are (name, label, kind), kind one of text, integer, money, quantity, percent, date.

    `chart` is (kind, name of the label column, names of the value columns), kind bar, stacked, line or share.
    """

    columns: Sequence[tuple[str, Text, str]]
    rows: Sequence[Sequence[object]]
    chart: tuple[Literal["bar", "stacked", "line", "share"], str, Sequence[str]] | None = None
    totals: Mapping[str, Decimal | int] = field(default_factory=dict)
    links: Sequence[str] = ()
    """The address behind each row, if any."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: one declaration gives its page with table and chart, and its address in the API."""

    name: str
    label: Text
    answer: Callable[..., ReportTable]
    plugin: str
    parameters: tuple[Parameter, ...] = ()
    help: Text = ""
    needs: str = ""
    icon: str = "chart-bar"
    shows: str = ""
    """The fields it shows, as "crm.opportunity.amount": nobody sees it from whom one of them is hidden."""


def report(
    label: Text, *parameters: Parameter, help: Text = "", needs: str = "", icon: str = "chart-bar",
    shows: str = "",
) -> Callable[[F], F]:
    """Declare a report; its name is `<plugin>.<function>`, its page /reports/<name>.

    The function takes the parameters by name (strings, whole numbers or dates by their kind, None where empty) and
    answers a ReportTable. `shows` names the fields it tells of, as "crm.opportunity.amount": it is refused to those
    from whom a rule hides one.
    """
    def declare(function: F) -> F:
        plugin = plugin_of(function.__module__)
        name = f"{plugin}.{function.__name__}"
        _reports[name] = Report(name, label, function, plugin, parameters, help, needs, icon, shows)
        return function
    return declare


_reports: dict[str, Report] = {}


def reports() -> dict[str, Report]:
    """Give the reports of the loaded plugins by name ("crm.pipeline")."""
    return _reports


def demand_report(wanted: Report) -> None:
    """Raise Forbidden where the actor may neither run the report (action "run") nor read the entity it needs."""
    if not rights().may("run", wanted.name) and wanted.needs:
        rights().demand("read", wanted.needs)
    demand_seen(wanted.shows)


def demand_seen(shows: str) -> None:
    """Raise Forbidden where a rule hides one of the fields from the actor, as "crm.opportunity.amount"."""
    if not rights().sees(shows):
        raise Forbidden("HIDDEN_FIELD", _("This shows a field that your roles hide from you"),
                        fix=_("Ask an administrator which role hides it"))


def parameter_values(parameters: Sequence[Parameter], given: Mapping[str, str]) -> dict[str, Any]:
    """Read a report's parameters from a query; an empty one takes its default, a wrong one raises UsageError."""
    found: dict[str, Any] = {}
    for each in parameters:
        text = (given.get(each.name) or each.default).strip()
        if not text:
            found[each.name] = None
        elif each.kind == "integer":
            found[each.name] = _number(each, text)
        elif each.kind == "date":
            found[each.name] = _day(each, text)
        else:
            found[each.name] = text
    return found


def _number(parameter: Parameter, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError("PARAMETER", f"{parameter.label}: {text!r} is no whole number") from error


def _day(parameter: Parameter, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("PARAMETER", f"{parameter.label}: {text!r} is no date such as 2026-11-23") from error


def report_json(table: ReportTable) -> dict[str, Any]:
    """Write a report's answer for JSON: rows by column name, decimals as text, dates by ISO 8601."""
    names = [name for name, _label, _kind in table.columns]
    return {
        "columns": [{"name": name, "label": str(label), "kind": kind} for name, label, kind in table.columns],
        "rows": [dict(zip(names, map(_plain, row), strict=False)) for row in table.rows],
        "totals": {name: _plain(value) for name, value in table.totals.items()},
        "chart": None if table.chart is None else {
            "kind": table.chart[0], "label": table.chart[1], "values": list(table.chart[2])},
    }


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int) else str(value)
