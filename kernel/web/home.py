"""Home: what waits for the person, and the cards of the installed plugins."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint

from kernel.discussion.activities.reading import type_label
from kernel.discussion.reading import my_follow_ups, my_mentions
from kernel.entities.base import entity
from kernel.entities.work import actor, session
from kernel.i18n import _, current_timezone, format_date
from kernel.notices.attention import attention
from kernel.permissions.rights import rights
from kernel.web.arranging import HOME, Layout, Offered, laid_out, offered
from kernel.web.declare import Card, views
from kernel.web.figures import cards_shown, full_rows, visible_cards
from kernel.web.frame import crumb, shell
from kernel.web.savedcards import saved_cards
from kernel.web.screen.dashboard import CardShown, HomePage
from kernel.web.screen.shown import Action, Empty, Shown
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import address
from kernel.web.walk import walk_card
from kernel.workflows.approvals import my_tasks

__all__ = ["blueprint"]

blueprint = Blueprint("home", __name__)
SHOWN_TASKS = 5
INBOX = "kernel.inbox"
FIGURE = 3
"""Up to this width a card is taken for a figure."""
MOST_FIGURES = 8
MOST_WIDE = 6
"""What doesn't fit on everybody's home stands on its app's dashboard."""


@blueprint.get("/")
@served()
def home() -> Answer:
    """Show the dashboard."""
    layout = _layout()
    page = HomePage(
        _greeting(), _sentence(attention().waiting), cards=layout.cards, empty=_nothing(layout.cards),
        arranging=layout.arranging, arrange_href="/?arrange=1" if layout.cards else "",
        walk=None if layout.arranging else walk_card())
    return render("home.html", page, shell=shell([crumb(_("Home"))], here="home"))


def _layout() -> Layout:
    declared = [card for card in visible_cards() if card.home]
    chosen = _chosen(declared)
    saved = [offered(each.card, mine=each.mine) for each in saved_cards(HOME)]
    inbox = Offered(INBOX, str(_("Inbox")), 4, _inbox_card)

    def usual() -> tuple[CardShown, ...]:
        cards = _arranged(cards_shown(chosen), inbox.draw())
        return full_rows((*cards, *(card.draw() for card in saved)))

    usually = {*(card.name for card in chosen), *(card.name for card in saved), INBOX}
    return laid_out(HOME, [*map(offered, declared), *saved, inbox], usual, usually)


def _chosen(cards: Sequence[Card]) -> list[Card]:
    """Take as many cards as a page holds, of every plugin in turn; only what is shown is asked."""
    kept: set[str] = set()
    for narrow, most in ((True, MOST_FIGURES), (False, MOST_WIDE)):
        queues: dict[str, list[Card]] = {}
        for card in cards:
            if (card.width <= FIGURE) == narrow:
                queues.setdefault(card.plugin, []).append(card)
        ranked = sorted((at, place, card.name) for place, queue in enumerate(queues.values())
                        for at, card in enumerate(queue))
        kept |= {name for _at, _place, name in ranked[:most]}
    return [card for card in cards if card.name in kept]


def _arranged(cards: tuple[CardShown, ...], waiting: CardShown) -> tuple[CardShown, ...]:
    """Put figures first, the inbox among the charts, then the rest."""
    figures = tuple(card for card in cards if card.kind == "figure")
    rest = tuple(card for card in cards if card.kind != "figure")
    return (*figures, *rest[:2], waiting, *rest[2:]) if cards else (waiting,)


def _inbox_card() -> CardShown:
    """Show what waits: approvals first, then who called the person, then what they wanted to come back to."""
    waits = attention()
    entries = [
        Shown(task.run.record_title, href=f"/inbox/{task.id}", icon="checks",
              second=f"{_(task.label)}, {task.run.initiator.name}")
        for task in (my_tasks()[:SHOWN_TASKS] if waits.approvals else ())]
    entries += [
        Shown(each.title, href=f"{address(entity(each.row.entity), each.row.record_id)}#comment-{each.row.id}",
              icon="at", second=str(_("{who} mentioned you", who=each.row.who or "Trellis")))
        for each in (my_mentions()[:SHOWN_TASKS] if waits.mentions else ())]
    entries += [
        Shown(each.title, href=address(entity(each.row.entity), each.row.record_id), icon="bell",
              second=each.row.note or type_label(each.row.kind_id) or str(_("To do")))
        for each in (my_follow_ups()[:SHOWN_TASKS] if waits.follow_ups else ())
        if each.row.due_on <= session().today]
    return CardShown(
        str(_("Inbox")), "inbox", 4, href="/inbox", entries=tuple(entries[:SHOWN_TASKS]),
        empty=str(_("Nothing waits for you. Approvals and tasks will stand here.")), name=INBOX)


def _greeting() -> str:
    hour = session().now.astimezone(current_timezone()).hour
    name = visitor().name
    if hour < 5 or hour >= 18:
        return str(_("Good evening, {name}", name=name))
    return str(_("Good morning, {name}", name=name) if hour < 12 else _("Good afternoon, {name}", name=name))


def _sentence(waiting: int) -> str:
    day = format_date(session().now.astimezone(ZoneInfo(actor().zone)).date(), "full")
    if waiting == 0:
        return str(_("{day}. Nothing waits for you.", day=day))
    if waiting == 1:
        return str(_("{day}. One thing waits for you.", day=day))
    return str(_("{day}. {count} things wait for you.", day=day, count=waiting))


def _nothing(cards: tuple[CardShown, ...]) -> Empty | None:
    if len(cards) > 1 or views.menus:
        return None
    action = Action(str(_("Choose apps")), "/settings/plugins", "plus", primary=True)
    return Empty(
        "apps", str(_("No app is installed yet")),
        str(_("Trellis itself knows companies and people. Sales, customers and the rest come as apps.")),
        action if rights().may("install", "kernel.plugin") else None)
