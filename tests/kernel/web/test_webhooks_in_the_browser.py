"""An administrator sets webhooks up on pages, tries them, sees what was answered and sends again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from sqlalchemy import func, select, update

from kernel.authoring.counting import StatementCounter
from kernel.entities.audit import AuditEntry
from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.carrying import carry_parcels
from kernel.hooks.models import Outbox
from kernel.permissions.declare import grant
from kernel.webhooks.targets import allow_networks
from tests.kernel.hooks.shop import place
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.webhooks.receiver import Receiver, receiving

HERE = "/settings/webhooks"


@pytest.fixture
def receiver(admin: Browser) -> Iterator[Receiver]:
    allow_networks("127.0.0.1/32")
    with receiving() as opened:
        yield opened
    allow_networks("")


def form(receiver: Receiver, **changed: str) -> dict[str, str]:
    return {"label": "Shop window", "url": receiver.url, "company": "", "signals": "tests.order_placed", **changed}


def made(admin: Browser, receiver: Receiver) -> tuple[str, str]:
    """Make one; gives its page's address and the page that says its secret."""
    answer = admin.post(f"{HERE}/new", form(receiver))
    assert answer.status_code == 200, words(answer.text)
    found = re.search(rf'action="({HERE}/\d+)/act"', answer.text)
    assert found
    return found[1], answer.text


def order(system: Actor, *names: str) -> None:
    with unit_of_work(system):
        place(*(names or ("one",)))


def test_one_is_set_up_by_choosing_signals_and_its_secret_is_shown_once(
    admin: Browser, receiver: Receiver, system: Actor
) -> None:
    assert "No webhooks yet" in words(admin.page(HERE))
    assert f'href="{HERE}"' in admin.page("/settings/jobs")
    blank = admin.page(f"{HERE}/new")
    assert "Somebody ordered." in words(blank)
    page, shown = made(admin, receiver)
    secret = re.search(r"whsec_[\w+/=]+", unescape(shown))
    assert secret
    assert secret[0] not in unescape(admin.page(page))
    assert secret[0] not in unescape(admin.page(f"{page}/change"))
    row = words(admin.page(HERE))
    assert f"Shop window {receiver.url} Order placed All companies never Ready" in row
    with unit_of_work(system, reading=True) as opened:
        acts = opened.execute(select(AuditEntry.action, AuditEntry.changes).where(
            AuditEntry.entity == "kernel.webhook")).all()
    assert [each.action for each in acts] == ["create"]
    assert "secret" not in acts[0].changes


def test_what_is_wrong_is_said_at_its_field_and_stays_typed(admin: Browser, receiver: Receiver) -> None:
    refused = admin.post(f"{HERE}/new", [("label", "Window"), ("url", "https://10.1.2.3/x"), ("company", "")])
    assert refused.status_code == 422
    said = words(refused.text)
    assert "10.1.2.3 is inside the house, where webhooks don't go" in said
    assert "Choose at least one signal" in said
    assert 'value="Window"' in refused.text
    assert admin.post(f"{HERE}/new", form(receiver, label="")).status_code == 422


def test_it_is_tried_at_once_and_says_what_was_answered(admin: Browser, receiver: Receiver) -> None:
    page, _shown = made(admin, receiver)
    answer = admin.post(f"{page}/try", follow_redirects=True)
    assert "It answered 200 after" in words(answer.text)
    assert b'"type":"trellis.test"' in receiver.got[0].body
    assert receiver.got[0].headers["webhook-signature"].startswith("v1,")
    receiver.code, receiver.says = 401, b"<b>who are you</b>"
    refused = admin.post(f"{page}/try")
    assert refused.status_code == 422
    assert "The message was not taken: It answered 401: <b>who are you</b>" in unescape(refused.text)
    assert "<b>who" not in refused.text


def test_its_last_calls_are_listed_and_one_is_sent_again(admin: Browser, receiver: Receiver, system: Actor) -> None:
    page, _shown = made(admin, receiver)
    order(system)
    carry_parcels()
    text = words(admin.page(page))
    assert "Order placed evt_" in text
    assert "Taken 200 thank you" in text
    assert "Works" in words(admin.page(HERE))
    event = receiver.ids[0].removeprefix("evt_")
    assert "It is sent again now" in words(admin.post(f"{page}/act", {"event": event}, follow_redirects=True).text)
    carry_parcels()
    assert receiver.ids == [f"evt_{event}"] * 2
    assert admin.post(f"{page}/act", {"event": "999"}).status_code == 404


def test_what_was_given_up_is_replayed_or_put_aside_from_its_page(
    admin: Browser, receiver: Receiver, system: Actor
) -> None:
    page, _shown = made(admin, receiver)
    receiver.code = 500
    order(system, "one", "two")
    carry_parcels()
    with unit_of_work(system) as opened:
        opened.work.connection.execute(update(Outbox).values(dead=True, attempts=8))
    assert "2 given up" in words(admin.page(HERE))
    html = admin.page(page)
    assert "Not taken 500" in words(html)
    kept = re.findall(r'value="(delivery:\d+)"', html)
    assert len(kept) == 2
    back = admin.post("/settings/jobs/act", {
        "chosen": kept[0], "do": "put-away", "reason": "the shop closed", "after": page})
    assert back.headers["location"] == page
    receiver.code = 200
    admin.post("/settings/jobs/act", {"chosen": kept[1], "do": "replay", "after": page})
    assert carry_parcels().delivered == 1
    assert "given up" not in words(admin.page(HERE))


def test_jobs_and_deliveries_name_the_webhook(admin: Browser, receiver: Receiver, system: Actor) -> None:
    made(admin, receiver)
    order(system)
    assert "Order placed → Webhook Shop window" in words(admin.page("/settings/jobs?show=waiting"))
    with unit_of_work(system) as opened:
        opened.work.connection.execute(update(Outbox).values(dead=True, error="It answered 500"))
    assert "Webhook Shop window" in words(admin.page("/settings/jobs"))


def test_it_is_paused_changed_and_taken_away(admin: Browser, receiver: Receiver, system: Actor) -> None:
    page, _shown = made(admin, receiver)
    assert "Paused. What is told meanwhile waits." in words(
        admin.post(f"{page}/act", {"do": "pause"}, follow_redirects=True).text)
    order(system)
    assert carry_parcels().delivered == 0
    assert "Waiting to be sent 1" in words(admin.page(page))
    assert "It goes on" in words(admin.post(f"{page}/act", {"do": "resume"}, follow_redirects=True).text)
    changed = admin.post(f"{page}/change", form(receiver, label="Window", signals="tests.goods_held"),
                         follow_redirects=True)
    assert "Goods held" in words(changed.text)
    gone = admin.post(f"{page}/act", {"do": "remove"}, follow_redirects=True)
    assert "No webhooks yet" in words(gone.text)
    assert admin.get(page).status_code == 404
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count(Outbox.id))) == 0


def test_only_who_may_sees_and_changes_them(
    anna: Browser, admin: Browser, receiver: Receiver, sign_in: SignIn
) -> None:
    page, _shown = made(admin, receiver)
    for path in (HERE, f"{HERE}/new", page, f"{page}/change"):
        assert anna.get(path).status_code == 403
    assert anna.post(f"{HERE}/new", form(receiver)).status_code == 403
    assert anna.post(f"{page}/try").status_code == 403
    operator = sign_in("operator", grant("kernel.job", "read", scope="all"))
    assert f'href="{HERE}"' not in operator.page("/settings/jobs")
    reader = sign_in("reader", grant("kernel.webhook", "read", scope="all"))
    assert "Shop window" in words(reader.page(HERE))
    assert "Send a test" not in words(reader.page(page))
    assert reader.post(f"{page}/act", {"do": "remove"}).status_code == 403
    assert reader.post(f"{page}/try").status_code == 403
    assert receiver.got == []


def test_the_list_asks_no_more_for_many(
    admin: Browser, receiver: Receiver, count_statements: Callable[[], StatementCounter]
) -> None:
    made(admin, receiver)
    admin.page(HERE)
    with count_statements() as few:
        admin.page(HERE)
    for _ in range(8):
        made(admin, receiver)
    admin.page(HERE)
    with count_statements() as many:
        admin.page(HERE)
    assert len(many) == len(few) <= 12
