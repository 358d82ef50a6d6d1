"""The page of components: each one that pages are made of, made by the same macros, in its states, light and dark."""

from flask import Blueprint

from kernel.errors import Forbidden
from kernel.i18n import _
from kernel.web.frame import crumb, may_see_settings, shell
from kernel.web.screen.board import Card
from kernel.web.screen.calendar import Entry
from kernel.web.screen.components import ComponentsPage, Samples
from kernel.web.screen.dashboard import CardShown, Chart, Series
from kernel.web.screen.flow import DrawnNode
from kernel.web.screen.form import Input, Line, Lines, Panel
from kernel.web.screen.gantt import Bar
from kernel.web.screen.inbox import ApprovalStep, Voice
from kernel.web.screen.listing import Filtered, Tab
from kernel.web.screen.shell import Notice
from kernel.web.screen.shown import Action, Choice, Empty, Person, Refused, Shown
from kernel.web.screen.trace import ChainCard
from kernel.web.screen.walk import Pointer, WalkCard, WalkStep
from kernel.web.serving import Answer, render, served

__all__ = ["blueprint"]

blueprint = Blueprint("components", __name__)
HERE = "/settings/components"
TONES = (("gray", _("Draft")), ("amber", _("Waiting")), ("blue", _("Approved")), ("violet", _("Under way")),
         ("green", _("Done")), ("red", _("Refused")))
ANNA = "Anna Keller"
CHEN = "陳美華"


@blueprint.get(HERE)
@served()
def components() -> Answer:
    """Show every component."""
    if not may_see_settings():
        raise Forbidden("FORBIDDEN", _("The components are open to whoever looks after settings"),
                        fix=_("Ask an administrator"))
    page = ComponentsPage((_samples("light"), _samples("dark")))
    return render("components.html", page, shell=shell([crumb(_("Settings")), crumb(_("Components"), HERE)],
                                                       here="settings"))


def _samples(theme: str) -> Samples:
    return Samples(
        theme, _actions(theme), _statuses(), _tags(), _values(), (Person(ANNA), Person(CHEN), Person("Tomás")),
        _inputs(theme), _inputs(f"{theme}.door")[:2], _lines(theme), _chips(),
        (Tab(str(_("All")), HERE, "128", current=True), Tab(str(_("Mine")), HERE, "12"),
         Tab(str(_("Late")), HERE, shared=True)),
        (Choice("list", str(_("List")), True, HERE), Choice("layout-kanban", str(_("Board")), False, HERE),
         Choice("calendar", str(_("Calendar")), False, HERE)),
        (Choice("day", str(_("Day")), False, HERE), Choice("week", str(_("Week")), True, HERE),
         Choice("month", str(_("Month")), False, HERE)),
        Empty("inbox", str(_("Nothing here yet")), str(_("One sentence says what belongs here, one button begins.")),
              Action(str(_("Create")), HERE, "plus", primary=True)),
        Refused(str(_("This was refused")), str(_("The reason stands here, in the reader's words.")),
                str(_("And here the next step.")), ((f"f-{theme}-wrong", str(_("Name")), str(_("This is needed"))),)),
        (Notice(str(_("Saved"))), Notice(str(_("It waits for approval.")), "amber", HERE, str(_("Open"))),
         Notice(str(_("It could not be sent.")), "red")),
        _cards(), _board(), _entries(), _bars(), _chain(), _panel(), _walk(),
        Pointer(str(_("Create a customer")), str(_("Only the name is needed. Save it with Ctrl S."))), _way(), _nodes())


def _actions(theme: str) -> tuple[Action, ...]:
    save, delete = str(_("Save")), str(_("Delete"))
    return (
        Action(save, HERE, "check", primary=True, key="s"), Action(save, HERE), Action(save, HERE, "check"),
        Action(delete, HERE, "trash", risk=True),
        Action(save, HERE, why_not=str(_("Only the owner may do this")), name=f"save-{theme}", why_href=HERE))


def _statuses() -> tuple[Shown, ...]:
    return tuple(Shown(str(word), "status", tone=tone) for tone, word in TONES)


def _tags() -> tuple[Shown, ...]:
    return tuple(Shown(str(word), "tag", tone="" if tone == "gray" else tone, icon=icon) for (tone, word), icon in zip(
        TONES, ("", "hourglass", "", "tools", "check", "alert-triangle"), strict=True))


def _values() -> tuple[tuple[str, Shown], ...]:
    return (
        ("text", Shown("SO-00418", href=HERE)), ("number", Shown("12,480.00", "number")),
        ("empty", Shown("")), ("yes", Shown(str(_("yes")), "yes")), ("person", Shown(ANNA, "person")),
        ("ref", Shown("WO-01191", "ref", href=HERE, icon="tool", second=str(_("Record")))),
        ("gone", Shown("INV-0007", "gone", icon="puzzle-off", second=str(_("Its app isn't installed")))),
        ("red", Shown("2026-11-20", tone="red", second=str(_("Late")))),
        ("meter", Shown("60%", "meter", percent=60, second=str(_("Done")))),
        ("note", Shown(str(_("One sentence says what belongs here, one button begins.")), "note")))


def _inputs(theme: str) -> tuple[Input, ...]:
    name = str(_("Name"))
    choices = tuple(Choice(tone, str(word)) for tone, word in TONES[:3])
    return (
        Input(f"{theme}.text", name, value="Formosa", required=True,
              help=str(_("As it stands on orders and invoices"))),
        Input(f"{theme}.wrong", name, required=True, error=str(_("This is needed"))),
        Input(f"{theme}.fixed", name, value="Formosa", readonly=True, shown=Shown("Formosa", href=HERE)),
        Input(f"{theme}.none", name), Input(f"{theme}.amount", str(_("Amount")), "money", "1,200.00", unit="EUR"),
        Input(f"{theme}.day", str(_("Day")), "date", "2026-11-27"),
        Input(f"{theme}.moment", str(_("Begins")), "instant", "2026-11-27T09:30"),
        Input(f"{theme}.choice", str(_("State")), "choice", "amber", choices=choices),
        Input(f"{theme}.check", str(_("Approved")), "boolean", "1"),
        Input(f"{theme}.note", str(_("Note")), "note", str(_("The reason stands here, in the reader's words."))))


def _lines(theme: str) -> Lines:
    def row(key: str, what: str, quantity: str, price: str, error: str = "") -> Line:
        return Line(key, (
            Input(f"{theme}-lines[{key}].name", str(_("Name")), value=what),
            Input(f"{theme}-lines[{key}].quantity", str(_("Quantity")), "quantity", quantity, error=error),
            Input(f"{theme}-lines[{key}].price", str(_("Price")), "money", price)))

    first = row("1", "CC8-L City Commuter", "4", "1,200.00")
    return Lines(
        f"{theme}-lines", str(_("Lines")), first.inputs,
        (first, row("2", "WHP-700 Wheel pair", "0", "300.00", str(_("This is needed")))),
        sums=((str(_("Subtotal")), "4,800.00"), (str(_("Total")), "5,040.00")))


def _chips() -> tuple[Filtered, ...]:
    return (Filtered(str(_("State")), str(_("is")), str(_("Approved")), HERE),
            Filtered(str(_("Amount")), str(_("from")), "1,000", HERE))


def _cards() -> tuple[CardShown, ...]:
    months = tuple(str(label) for label in (_("January"), _("February"), _("March"), _("April")))
    chart = Chart("bar", months, (Series(str(_("Amount")), (12.0, 19.0, 15.0, 24.0), ("12", "19", "15", "24")),),
                  str(_("An example of a chart")))
    return (
        CardShown(str(_("Orders this month")), "figure", 6, figure="28.6", suffix="M", prefix="TWD", delta="+12%",
                  delta_tone="green", note=str(_("against last month")), spark=(3.0, 5.0, 4.0, 7.0, 9.0)),
        CardShown(str(_("Late")), "figure", 6, figure="7", delta="+3", delta_tone="red", spark=(2.0, 2.0, 4.0, 7.0),
                  note=str(_("against last month"))),
        CardShown(str(_("Amount")), "chart", 12, chart=chart),
        CardShown(str(_("Inbox")), "inbox", 6, entries=(
            Shown("SO-00418", href=HERE, icon="checks", second=ANNA),
            Shown("PO-00733", href=HERE, icon="alert-triangle", second=CHEN, tone="red"))),
        CardShown(str(_("Late")), "broken", 6, empty=str(_("This card could not be made"))))


def _board() -> tuple[Card, ...]:
    return (
        Card(1, HERE, "SO-00418", second="Nordrad GmbH", figure="12,480", aside="4 Dec",
             tags=(Shown(str(_("Approved")), tone="blue"),), person=Shown(ANNA, "person")),
        Card(2, HERE, "SO-00421", second="Velo Lyon", figure="3,100", foot=Shown(str(_("Late")), tone="red"),
             person=Shown(CHEN, "person")))


def _entries() -> tuple[Entry, ...]:
    return tuple(Entry(at, HERE, f"SO-0042{at}", tone=tone, state=str(word), aside="09:30" if at == 1 else "",
                       second="Nordrad GmbH") for at, (tone, word) in enumerate(TONES))


def _bars() -> tuple[Bar, ...]:
    return tuple(
        Bar(at, 1, HERE, f"WO-0119{at}", "CC8-L", str(word), tone, "27 Nov – 4 Dec", 4.0 + 8 * at, 34.0,
            6 + 30 * at, "", "", str(_("Late")) if tone == "red" else "", 30.0)
        for at, (tone, word) in enumerate(TONES))


def _chain() -> tuple[ChainCard, ...]:
    looks = (("done", _("Done")), ("now", _("Under way")), ("next", _("Waiting")), ("late", _("Late")),
             ("off", _("Not needed")))
    return tuple(
        ChainCard(f"SO-0041{at}", HERE, str(_("Record")), "file-text", look, str(said), here=look == "now",
                  figure="12,480", late="+3" if look == "late" else "", when="27 Nov", by=Person(ANNA))
        for at, (look, said) in enumerate(looks))


def _panel() -> Panel:
    state = Shown(str(_("Approved")), "status", tone="blue")
    return Panel(
        str(_("Credit")), str(_("Finance")), "coins", action=Action(str(_("Open")), HERE),
        rows=((str(_("Amount")), Shown("12,480.00", "number")), (str(_("State")), state)))


def _walk() -> WalkCard:
    why = str(_("Orders, invoices and everything else are made out to somebody."))
    return WalkCard(
        (WalkStep("a", str(_("Create a customer")), why, done=True), WalkStep("b", str(_("Approve something")), why),
         WalkStep("c", str(_("Create a customer")), why)), str(_("{done} of {all} done", done=1, all=3)), "b")


def _way() -> tuple[ApprovalStep, ...]:
    agreed, waits = str(_("Approved")), str(_("Waiting"))
    return (
        ApprovalStep(str(_("Handed in")), "done", "20 Nov", voices=(Voice(Person(ANNA)),)),
        ApprovalStep(str(_("Manager agrees")), "now", rule=str(_("all must agree")), tally="1 / 2", voices=(
            Voice(Person(CHEN), "", agreed, "green", comment=str(_("Agreed"))),
            Voice(Person("Tomás"), "", waits, "amber", me=True)),
            limit=str(_("Due {when}", when="27 Nov")), limit_percent=60, limit_note=str(_("Then a reminder is sent."))),
        ApprovalStep(str(_("Copy")), voices=(Voice(Person(ANNA)),)))


def _nodes() -> tuple[DrawnNode, ...]:
    about = str(_("Manager of whoever submits"))
    return (
        DrawnNode("", "approve", "users", str(_("Approval")), about, (str(_("all must agree")),), HERE),
        DrawnNode("", "handle", "tool", str(_("Handling")), about, (str(_("{hours} h", hours=24)),), HERE, True),
        DrawnNode("", "cc", "send", str(_("Copy")), str(_("Nobody yet")), (), HERE, trouble=str(_("This is needed"))))
