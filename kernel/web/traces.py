"""The trace page of a record: what it came of and what came of it, as a drawing and in order, and what led to what."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

from flask import Blueprint, request

from kernel.entities.base import Entity, entities
from kernel.exchange.chain import Chain, Node, chain_of
from kernel.exchange.rows import rows_of
from kernel.hooks.following import Key
from kernel.hooks.signals import declared_signals
from kernel.hooks.trace import LIMIT, Step
from kernel.i18n import _, current_timezone, format_moment, format_money, format_number, places
from kernel.permissions.rights import rights
from kernel.shared.standing import company_currency, decimals_of
from kernel.web.formpage import load_row
from kernel.web.frame import crumb, may_see_settings, plugin_label, shell
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.screen.shown import EMPTY, Choice, Person, Shown
from kernel.web.screen.trace import ChainCard, ChainColumn, ChainGraph, Told, TracePage
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, shown
from kernel.web.tracegraph import ABOVE, CARD_HEIGHT, Drawn, draw

__all__ = ["blueprint"]

blueprint = Blueprint("traces", __name__)
SHOWN_STEPS = 100
SHOWN_LATE = 3
SHOWN_DEEDS = 6


@blueprint.get("/<plugin>/<name>/<int:id_>/trace")
@served()
def trace(plugin: str, name: str, id_: int) -> Answer:
    """Show a record's trace."""
    cls = entity_asked(plugin, name)
    load_row(cls, id_)
    chain = chain_of(cls, id_)
    page = _page(cls, chain, in_order=request.args.get("as") == "order")
    crumbs = [*crumbs_of(cls), crumb(chain.root.title, address(cls, id_)), crumb(_("Trace"))]
    return render("trace.html", page, shell=shell(crumbs, rail=True))


def _page(cls: type[Entity], chain: Chain, *, in_order: bool) -> TracePage:
    here = address(cls, chain.root.id, "/trace")
    drawn = draw(chain)
    causes = _causes(chain)
    ordered = sorted(chain.nodes, key=lambda node: (node.made_at is None, node.made_at, node.stage, node.id))
    late = sorted(
        (node for node in chain.nodes if node.days_late), key=lambda node: (not node.why_late, -node.days_late))
    return TracePage(
        title=chain.root.title, url=here, back_href=address(cls, chain.root.id),
        graph=_graph(chain, drawn, causes), ordered=tuple(_card(chain, node, causes, most=2) for node in ordered),
        told=_told(chain), in_order=in_order, subtitle=_subtitle(ordered),
        views=(Choice("graph", str(_("Graph")), not in_order, here),
               Choice("order", str(_("In order")), in_order, f"{here}?as=order")),
        state=_state(chain.root), late=tuple(_late(chain, node) for node in late[:SHOWN_LATE]),
        notes=(*_notes(chain), *_not_drawn(drawn, in_order=in_order)),
        map_href="/settings/signals" if may_see_settings() else "")


def _graph(chain: Chain, drawn: Drawn, causes: dict[Key, list[Node]]) -> ChainGraph:
    columns = []
    for column, left_out in zip(drawn.columns, drawn.left_out, strict=True):
        cards, below = [], 0
        for node in column:
            top = drawn.top[node.key]
            cards.append(_card(chain, node, causes, space=top - below))
            below = top + CARD_HEIGHT
        labels = list(dict.fromkeys(str(node.label) for node in column))
        columns.append(ChainColumn(
            _joined(labels), tuple(cards),
            str(_("and {count} more", count=format_number(left_out))) if left_out else "", ABOVE))
    room = 40 if any(drawn.left_out) else 0
    return ChainGraph(tuple(columns), drawn.arrows, drawn.width, drawn.height + room)


def _joined(labels: Sequence[str]) -> str:
    if len(labels) > 3:
        return str(_("{first}, {second} and others", first=labels[0], second=labels[1]))
    return str(_(", ")).join(labels)


def _card(
    chain: Chain, node: Node, causes: dict[Key, list[Node]], *, space: int = 0, most: int = 1
) -> ChainCard:
    look = _look(node)
    cls = entities().get(node.entity)
    before = causes.get(node.key, [])
    return ChainCard(
        _title(chain, node), "" if cls is None or cls.__parent__ else address(cls, node.id), str(node.label),
        node.icon, look, _said(look), here=node.key == chain.root.key, state=_state(node), figure=_figure(node, most),
        late=str(_("+{days} d", days=format_number(node.days_late))) if node.days_late else "", when=_when(node, look),
        by=Person(node.made_by) if node.made_by and not node.made_by_plugin else None,
        itself=plugin_label(node.made_by_plugin) if node.made_by_plugin else "",
        because=str(_(", ")).join(_title(chain, each) for each in before[:3]), space=space)


def _causes(chain: Chain) -> dict[Key, list[Node]]:
    nodes = {node.key: node for node in chain.nodes}
    found: dict[Key, list[Node]] = defaultdict(list)
    for arrow in chain.arrows:
        found[arrow.target].append(nodes[arrow.source])
    return found


def _look(node: Node) -> str:
    if node.gone:
        return "gone"
    if node.days_late:
        return "late"
    if node.final:
        return "off" if node.state and node.state.colour in ("red", "gray") else "done"
    return "now" if node.begun else "next"


def _said(look: str) -> str:
    return str({
        "done": _("done"), "now": _("under way"), "next": _("expected"), "late": _("late"), "off": _("called off"),
        "gone": _("its app isn't installed"),
    }[look])


def _state(node: Node) -> Shown | None:
    return Shown(str(node.state.label), "status", tone=node.state.colour) if node.state else None


def _figure(node: Node, most: int) -> str:
    texts = []
    for figure in node.figures[:most]:
        if figure.field.kind == "money":
            currency = figure.currency or company_currency().code
            decimals = places(figure.value, figure.field.decimals, decimals_of(currency))
            texts.append(format_money(figure.value, currency, decimals))
        else:
            texts.append(f"{figure.field.label} {shown(figure.field, figure.value).text}")
    return " · ".join(texts)


def _when(node: Node, look: str) -> str:
    if node.due and look in ("late", "next", "now"):
        return str(_("due {day}", day=format_moment(node.due)))
    return format_moment(node.made_at) if node.made_at else ""


def _late(chain: Chain, node: Node) -> tuple[str, str, str]:
    cls = entities().get(node.entity)
    days = _("1 day late") if node.days_late == 1 else _("{days} days late", days=format_number(node.days_late))
    text = _("{late}: {why}", late=days, why=node.why_late) if node.why_late else days
    return _title(chain, node), address(cls, node.id) if cls else "", str(text)


def _title(chain: Chain, node: Node) -> str:
    """Name a record without what it is all about: that stands above the page."""
    return node.title.removeprefix(f"{chain.root.title} ")


def _subtitle(ordered: Sequence[Node]) -> str:
    made = [node.made_at for node in ordered if node.made_at]
    if len(ordered) == 1 or not made:
        return ""
    return str(_("{count} documents, from {first} to {last}", count=format_number(len(ordered)),
                 first=_day(made[0]), last=_day(max(made))))


def _day(at: dt.datetime) -> str:
    return format_moment(at.astimezone(current_timezone()).date())


def _notes(chain: Chain) -> tuple[str, ...]:
    found = []
    if len(chain.nodes) == 1:
        found.append(str(_("Nothing led to it and nothing followed yet.")))
    if chain.hidden == 1:
        found.append(str(_("One more document belongs to this chain; it isn't open to you.")))
    elif chain.hidden:
        found.append(str(_("{count} more documents belong to this chain; they aren't open to you.",
                           count=format_number(chain.hidden))))
    if chain.cut:
        found.append(str(_("The chain is longer than {count} documents: only its nearest part is shown.",
                           count=format_number(LIMIT))))
    return tuple(found)


def _not_drawn(drawn: Drawn, *, in_order: bool) -> tuple[str, ...]:
    """Say how many documents the graph has no room for."""
    count = sum(drawn.left_out)
    if in_order or not count:
        return ()
    return (str(_("{count} documents find no room in the graph: “In order” shows them all.",
                  count=format_number(count))),)


def _told(chain: Chain) -> tuple[Told, ...]:
    """Make the table of events, the latest first."""
    steps = chain.steps[-SHOWN_STEPS:]
    titles = _titles(chain, steps)
    by_id = {step.id: step for step in chain.steps}
    return tuple(_row(step, by_id, titles, chain) for step in reversed(steps))


def _row(step: Step, by_id: dict[int, Step], titles: dict[Key, Shown], chain: Chain) -> Told:
    cause = by_id.get(step.cause_id or 0)
    person = chain.people.get(step.user_id or 0, "")
    led: dict[str, list[Shown]] = defaultdict(list)
    for key, plugin in _written_in_bulk(step, chain):
        led[plugin].append(titles[key])
    for each in step.touched:
        title = titles.get((each.entity, each.id))
        if title is not None and each.plugin is not None and title not in led[each.plugin]:
            led[each.plugin].append(title)
    return Told(
        format_moment(step.at), _words(step.name), titles.get(step.subject, EMPTY) if step.subject else EMPTY,
        _because(cause, titles), step.name, plugin_label(step.name.split(".")[0]),
        Person(person) if person and step.plugin is None else None, step.plugin is not None,
        tuple((plugin_label(plugin), tuple(some[:SHOWN_DEEDS])) for plugin, some in led.items() if some))


def _written_in_bulk(step: Step, chain: Chain) -> Iterator[tuple[Key, str]]:
    """Give what a listener wrote in bulk because of a step, as the arrows say, with its plugin."""
    made = {node.key: node.made_by_plugin for node in chain.nodes if node.made_because == step.id}
    touched = {(each.entity, each.id) for each in step.touched}
    for arrow in chain.arrows:
        if arrow.source == step.subject and made.get(arrow.target) and arrow.target not in touched:
            yield arrow.target, made[arrow.target]


def _because(cause: Step | None, titles: dict[Key, Shown]) -> Shown:
    if cause is None:
        return EMPTY
    about = titles.get(cause.subject, EMPTY) if cause.subject else EMPTY
    words = _words(cause.name)
    return Shown(f"{about.text}: {words}" if about.text else words, href=about.href)


def _words(name: str) -> str:
    declared = declared_signals().get(name)
    return str(declared.label) if declared else name


def _titles(chain: Chain, steps: Sequence[Step]) -> dict[Key, Shown]:
    """Name what steps are about and what they touched: a statement per kind of record that is not in the chain."""
    found = {node.key: Shown(node.title, href=_address(node.key)) for node in chain.nodes}
    wanted: dict[str, list[int]] = defaultdict(list)
    touched = [(each.entity, each.id) for step in steps for each in step.touched]
    for key in dict.fromkeys([*(step.subject for step in steps if step.subject), *touched]):
        cls = entities().get(key[0])
        if key not in found and cls is not None and not cls.__parent__ and rights().may("read", key[0]):
            wanted[key[0]].append(key[1])
    for name, ids in wanted.items():
        for row in rows_of(entities()[name], ids, ())[1]:
            found[name, row.id] = Shown(row.title, href=_address((name, row.id)))
    return found


def _address(key: Key) -> str:
    cls = entities().get(key[0])
    return address(cls, key[1]) if cls is not None and not cls.__parent__ else ""
