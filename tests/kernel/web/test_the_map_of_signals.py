"""Who tells and who listens in this installation, on one page."""

from __future__ import annotations

from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.models import Outbox
from kernel.permissions.declare import grant
from tests.kernel.hooks.shop import hold_goods, listening, place
from tests.kernel.web.conftest import Browser, SignIn, words


def test_it_shows_who_listens_now_and_later_and_how_often_it_was_told(admin: Browser, system: Actor) -> None:
    with listening("tests.order_placed", hold_goods):
        with unit_of_work(system):
            place("one", "two")
        html = admin.page("/settings/signals")
    row = html[html.index('id="tests.order_placed"'):]
    row = row[:row.index("</tr>")]
    text = words(row)
    assert "Order placed tests.order_placed Somebody ordered." in text
    assert "lines tuple[OrderedLine, ...]" in text
    assert "Garage: hold goods" in text
    assert text.endswith(" 2")
    assert '<path class="l now"' in html
    dormant = words(admin.page("/settings/signals"))
    assert "2 nobody listens" in dormant
    assert 'style="' not in html


def test_those_who_wait_for_an_absent_plugin_are_named(admin: Browser) -> None:
    with listening("nowhere.deal_made", hold_goods, name="wait"):
        text = words(admin.page("/settings/signals"))
    assert "Waiting for apps that are not installed nowhere.deal_made Garage" in text


def test_given_up_deliveries_are_counted(admin: Browser, system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, later=True, name="later"), unit_of_work(system):
        place("one")
    with unit_of_work(system) as work:
        work.work.connection.execute(Outbox.__table__.update().values(dead=True))  # type: ignore[attr-defined]  # a Table
    text = words(admin.page("/settings/signals"))
    assert "One delivery was given up" in text
    assert "1 given up" in text


def test_only_those_who_see_settings_see_it(sign_in: SignIn, admin: Browser) -> None:
    clerk = sign_in("clerk", grant("tests.pledge", "read"))
    answer = clerk.get("/settings/signals")
    assert answer.status_code == 403
    assert "The map of signals is open to whoever looks after settings" in words(answer.text)
    assert 'href="/settings/signals"' not in clerk.page("/")
    assert 'href="/settings/signals"' in admin.page("/settings/signals")
