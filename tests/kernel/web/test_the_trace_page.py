"""The trace of a record as a page: cards and lines, the same in order, what led to what."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.chain import Chain, Node
from kernel.hooks.trace import Arrow
from kernel.permissions.declare import grant
from kernel.web.tracegraph import ABOVE, CARD_HEIGHT, MOST_CARDS, draw
from tests.kernel.exchange.pledges import Pledge, Visit
from tests.kernel.exchange.test_chain import pledges
from tests.kernel.hooks.shop import hold_goods, listening, place
from tests.kernel.web.conftest import Browser, SignIn, words


def late_chain(system: Actor) -> tuple[Pledge, Pledge, Visit]:
    with unit_of_work(replace(system, zone="Asia/Taipei")) as work:  # the day there, as the pages see it
        first, second = pledges(work)
        visit = work.query(Visit).filter(Visit.source == AnyRef.to(second)).one()
    return first, second, visit


def test_the_form_leads_to_the_trace_by_a_button_and_a_key(admin: Browser, system: Actor) -> None:
    first, _second, _visit = late_chain(system)
    page = admin.page(f"/tests/pledge/{first.id}")
    assert re.search(rf'href="/tests/pledge/{first.id}/trace" data-key="t"', page)
    assert "/trace" not in admin.page("/tests/pledge/new")


def test_the_page_shows_the_chain_as_cards_and_in_order(admin: Browser, system: Actor) -> None:
    first, second, visit = late_chain(system)
    html = admin.page(f"/tests/pledge/{second.id}/trace")
    text = words(html)
    assert f"Trace of {second.number}" in text
    assert f"{first.number} 3 days late {second.number} 1 day late" in text
    assert "3 documents, from" in text
    assert f"because of {first.number}" in text
    for record in (first, second, visit):
        assert f'href="/{record.__entity__.replace(".", "/")}/{record.id}"' in html
    assert html.count('<path class="tip') == 2
    assert 'style="' not in html
    ordered = admin.page(f"/tests/pledge/{second.id}/trace?as=order")
    assert '<svg class="chain-l"' not in ordered
    positions = [ordered.index(f">{record.title}<", ordered.index("chain-o")) for record in (first, second, visit)]
    assert positions == sorted(positions)


def test_the_table_says_who_told_what_and_which_plugin_reacted(admin: Browser, system: Actor) -> None:
    with listening("tests.order_placed", hold_goods), unit_of_work(system):
        [order] = place("An order")
    html = admin.page(f"/tests/shop_order/{order.id}/trace")
    text = words(html[html.index("chain-t"):])
    assert "An order: Order placed Garage: for" in text
    assert "tests.order_placed" in text
    assert "by itself" in text
    assert "Map of signals" in text


def test_nobody_sees_the_trace_of_what_they_may_not_read(sign_in: SignIn, system: Actor) -> None:
    first, second, visit = late_chain(system)
    bert = sign_in("bert", grant("tests.pledge", "read"))
    text = words(bert.page(f"/tests/pledge/{first.id}/trace"))
    assert second.number in text
    assert visit.number not in text
    assert "One more document belongs to this chain; it isn't open to you." in text
    assert "Map of signals" not in text
    assert bert.get(f"/tests/visit/{visit.id}/trace").status_code == 403
    assert bert.get("/tests/pledge/123456789/trace").status_code == 404
    assert bert.get("/tests/repair_part/1/trace").status_code == 404


def test_a_record_without_a_chain_says_so(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as work:
        alone = Pledge()
        work.add(alone)
    text = words(admin.page(f"/tests/pledge/{alone.id}/trace"))
    assert "Nothing led to it and nothing followed yet." in text
    assert "No signal was told" in text


def test_a_record_whose_plugin_has_gone_is_dimmed(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as work:
        order = Pledge(source=AnyRef("nowhere.deal", 3, "DEAL-3"))
        work.add(order)
    html = admin.page(f"/tests/pledge/{order.id}/trace")
    assert '<span class="ca gone">' in html
    assert "its app isn't installed" in words(html)
    assert "/nowhere/" not in html


def node(id_: int, stage: int, **more: object) -> Node:
    made = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=id_)
    return Node("tests.pledge", id_, f"N{id_}", "Pledge", "tests", "flag", "after", stage, made_at=made, **more)  # type: ignore[arg-type]  # any field


def drawn(nodes: list[Node], *pairs: tuple[int, int]) -> Chain:
    arrows = tuple(Arrow(("tests.pledge", a), ("tests.pledge", b)) for a, b in pairs)
    return Chain(nodes[0], tuple(nodes), arrows, (), {}, 0, False)


def test_cards_of_a_column_never_overlap_and_stand_level_with_what_they_came_of() -> None:
    found = draw(drawn([node(1, 0), node(2, 1), node(3, 1), node(4, 2)], (1, 2), (1, 3), (3, 4)))
    tops = {key[1]: top for key, top in found.top.items()}
    assert tops[3] - tops[2] >= CARD_HEIGHT + ABOVE
    assert tops[4] == tops[3]
    assert min(tops.values()) == 0
    assert found.height == max(tops.values()) + CARD_HEIGHT
    assert len(found.arrows) == 3


def test_a_line_that_others_draw_already_is_left_out() -> None:
    found = draw(drawn([node(1, 0), node(2, 1), node(3, 2)], (1, 2), (2, 3), (1, 3)))
    assert len(found.arrows) == 2


def test_loops_and_lines_within_a_column_are_drawn() -> None:
    found = draw(drawn([node(1, 0), node(2, 0), node(3, 0), node(4, 1)], (1, 2), (1, 3), (3, 1), (4, 1), (1, 4)))
    assert len(found.arrows) == 5


def test_a_crowded_column_keeps_the_record_itself_and_what_is_late() -> None:
    many = [node(n, 1) for n in range(2, 60)]
    late = node(60, 1, days_late=4, final=False)
    found = draw(drawn([node(1, 0), *many, late], *((1, n) for n in range(2, 61))))
    assert len(found.columns[1]) == MOST_CARDS
    assert found.left_out == (0, 59 - MOST_CARDS)
    assert late in found.columns[1]


def test_a_crowded_column_shows_one_of_each_kind_at_least() -> None:
    many = [node(n, 1, final=False) for n in range(2, 2 + MOST_CARDS)]
    other = replace(node(99, 1), entity="tests.visit")
    found = draw(drawn([node(1, 0), *many, other], *((1, n) for n in range(2, 2 + MOST_CARDS))))
    assert other in found.columns[1]
    assert found.left_out == (0, 1)


def test_the_page_says_how_many_documents_its_graph_has_no_room_for(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as work:
        first = pledges(work)[0]
        work.add_all([Visit(source=AnyRef.to(first)) for _at in range(MOST_CARDS + 2)])
    said = "documents find no room in the graph: “In order” shows them all."
    assert f"3 {said}" in words(admin.page(f"/tests/pledge/{first.id}/trace"))
    assert said not in words(admin.page(f"/tests/pledge/{first.id}/trace?as=order"))


def test_a_reference_is_a_link_with_its_kinds_icon_and_dimmed_where_its_app_is_gone(
    admin: Browser, system: Actor
) -> None:
    with unit_of_work(system) as work:
        gone = Pledge(source=AnyRef("nowhere.deal", 3, "DEAL-3"))
        work.add(gone)
        work.flush()
        here = Pledge(source=AnyRef.to(gone))
        work.add(here)
    page = admin.page(f"/tests/pledge/{here.id}")
    link = f'<a class="t-link" href="/tests/pledge/{gone.id}"'
    assert f'<i class="ti ti-flag ti-sm" aria-hidden="true"></i>{link}' in page
    for address in (f"/tests/pledge/{gone.id}", "/tests/pledge"):
        page = admin.page(address)
        assert '<span class="ref gone" title="Its app isn&#39;t installed">' in page
        assert "/nowhere/" not in page
