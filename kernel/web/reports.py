"""Report pages: parameters, a chart, the table behind it; and pages that plugins serve themselves."""

from flask import Blueprint, request

from kernel.errors import NotFound
from kernel.exchange.reports import demand_seen
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.web.declare import PageView, Parameter, Report, ReportTable, parameter_values, views
from kernel.web.figures import NUMBERS, cell, chart_of, report_columns, report_rows
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.dashboard import ReportPage, ReportParameter
from kernel.web.screen.shown import Choice, Empty
from kernel.web.serving import Answer, render, served

__all__ = ["blueprint"]

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports/<name>")
@served()
def report(name: str) -> Answer:
    """Show a report."""
    found = views.reports.get(name)
    if found is None:
        raise NotFound("REPORT", _("There is no report {name}", name=name))
    _demand(found)
    values = parameter_values(found.parameters, request.args)
    table = found.answer(**values)
    page = ReportPage(
        str(found.label), request.path, report_columns(table), report_rows(table), subtitle=str(found.help),
        chart=chart_of(table, str(found.label)),
        parameters=tuple(_parameter(each, request.args.get(each.name) or _begins(each)) for each in found.parameters),
        totals=_totals(table),
        empty=Empty(found.icon, str(_("Nothing to report")), str(_("No records fall into what you asked for."))))
    return render("report.html", page, shell=shell([crumb(plugin_label(found.plugin)), crumb(found.label)]))


def _demand(found: Report | PageView) -> None:
    if found.needs:
        rights().demand("read", found.needs)
    demand_seen(found.shows)


def _begins(each: Parameter) -> str:
    """Give what an input holds before anybody chose anything."""
    return each.usual().isoformat() if each.usual and not request.args else each.default


def _parameter(each: Parameter, value: str) -> ReportParameter:
    offered = each.choices() if callable(each.choices) else each.choices
    choices = tuple(Choice(code, str(label), code == value) for code, label in offered)
    if choices and not each.default:
        choices = (Choice("", str(_("all")), not value), *choices)
    return ReportParameter(each.name, str(each.label), each.kind, value, choices)


def _totals(table: ReportTable) -> tuple[str, ...]:
    if not table.totals:
        return ()
    texts = [
        cell(table.totals[name], kind).text if name in table.totals else "" for name, _label, kind in table.columns]
    if table.columns[0][2] not in NUMBERS:
        texts[0] = str(_("Total"))
    return tuple(texts)


@blueprint.get("/pages/<plugin>/<path:path>")
@served()
def plugin_page(plugin: str, path: str) -> Answer:
    """Serve a page of a plugin's own."""
    found = views.pages.get(f"{plugin}/{path}")
    if found is None:
        raise NotFound("PAGE", _("There is no such page"))
    _demand(found)
    template, values = found.answer(request.args)
    return render(template, None, **{
        **values, "shell": shell([crumb(plugin_label(found.plugin)), crumb(found.label)])})
