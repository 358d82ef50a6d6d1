"""What signals tell reaches webhooks: after the commit, signed, again until it is taken, and outside transactions."""

from __future__ import annotations

import datetime as dt
import json
import signal as os_signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, select, type_coerce, update

from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.hooks.carrying import carry_parcels
from kernel.hooks.letters import dead_letters, mend, put_away, replay
from kernel.hooks.models import Outbox
from kernel.hooks.outbox import ATTEMPTS, deliver_outbox
from kernel.identity.models import Company
from kernel.jobs import start_embedded
from kernel.jobs.doing import work_off
from kernel.permissions.declare import grant
from kernel.webhooks import calling
from kernel.webhooks.jobs import forget_old_calls
from kernel.webhooks.models import Webhook, WebhookAttempt
from kernel.webhooks.services import (
    WebhookInput,
    attempts,
    change_webhook,
    create_webhook,
    pause_webhook,
    remove_webhook,
    replay_event,
    standings,
    webhooks,
)
from kernel.webhooks.signing import signature
from tests.kernel.hooks.shop import ShopHold, hold_goods, listening, place
from tests.kernel.webhooks.receiver import Receiver, eventually

ROOT = Path(__file__).parents[3]
PLACED = "tests.order_placed"


def subscribe(system: Actor, url: str, *signals: str, **more: Any) -> tuple[int, str]:
    with unit_of_work(system):
        return create_webhook(WebhookInput("Shop window", url, signals or (PLACED,), **more))


def order(system: Actor, *names: str) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in place(*(names or ("one",)))]


def waiting(system: Actor) -> list[tuple[int, bool]]:
    with unit_of_work(system, reading=True) as reading:
        return [tuple(row) for row in reading.execute(
            select(Outbox.attempts, Outbox.dead).order_by(Outbox.event_id))]


def make_due(system: Actor, **values: Any) -> None:
    with unit_of_work(system) as work:
        work.work.connection.execute(update(Outbox).values(due_at=work.now - dt.timedelta(seconds=1), **values))


def calls(system: Actor, id_: int) -> list[tuple[int | None, str]]:
    with unit_of_work(system, reading=True):
        return [(each.code, each.error) for each in reversed(attempts(id_))]


def test_a_webhook_is_called_once_after_the_commit_with_what_its_secret_signs(
    system: Actor, receiver: Receiver
) -> None:
    id_, secret = subscribe(system, receiver.url)
    with unit_of_work(system):
        made = place("one")[0]
        assert carried_nothing(receiver)
    assert carry_parcels().delivered == 1
    assert carry_parcels().delivered == 0
    got, = receiver.got
    message = json.loads(got.body)
    assert message["data"] == {"order_id": made.id, "lines": [{"product_id": 7, "quantity": "1.5"}], "note": None}
    assert (message["type"], message["version"]) == (PLACED, 1)
    assert dt.datetime.fromisoformat(message["timestamp"]).utcoffset() == dt.timedelta(0)
    assert set(message) == {"type", "version", "timestamp", "data"}
    assert got.headers["webhook-signature"] == signature(
        secret, got.headers["webhook-id"], int(got.headers["webhook-timestamp"]), got.body)
    assert abs(int(got.headers["webhook-timestamp"]) - dt.datetime.now(dt.UTC).timestamp()) < 60
    assert calls(system, id_) == [(200, "")]
    assert waiting(system) == []


def carried_nothing(receiver: Receiver) -> bool:
    return not receiver.got


def test_what_is_rolled_back_is_not_sent(system: Actor, receiver: Receiver) -> None:
    subscribe(system, receiver.url)
    with pytest.raises(ZeroDivisionError), unit_of_work(system):
        place("one")
        raise ZeroDivisionError
    assert carry_parcels().delivered == 0
    assert carried_nothing(receiver)


def test_the_secret_is_in_the_database_only_sealed(system: Actor, receiver: Receiver) -> None:
    _id, secret = subscribe(system, receiver.url)
    with unit_of_work(system, reading=True) as reading:
        kept = reading.scalars(select(type_coerce(Webhook.__table__.c.secret, Text))).one()
        assert secret not in kept
        assert secret.removeprefix("whsec_") not in kept
        assert not hasattr(webhooks()[0], "secret")


def test_one_hears_only_the_signals_and_the_company_it_was_made_for(
    system: Actor, company: int, receiver: Receiver
) -> None:
    with unit_of_work(Actor(system=True)) as opened:
        other = Company(name="Other", currency="TWD", timezone="Asia/Taipei")
        opened.add(other)
        opened.flush()
        other_id = other.id
    subscribe(system, receiver.url, "tests.goods_held")
    subscribe(system, f"{receiver.url}/other", company_id=other_id)
    subscribe(system, f"{receiver.url}/mine", company_id=company)
    subscribe(system, f"{receiver.url}/all")
    order(system)
    carry_parcels()
    assert sorted(each.path for each in receiver.got) == ["/hook/all", "/hook/mine"]
    receiver.got.clear()
    order(Actor(system=True, company_id=other_id))
    carry_parcels()
    assert sorted(each.path for each in receiver.got) == ["/hook/all", "/hook/other"]


def test_what_is_not_taken_is_tried_again_under_the_same_id_and_then_given_up(
    system: Actor, receiver: Receiver
) -> None:
    id_, _secret = subscribe(system, receiver.url)
    receiver.code, receiver.says = 500, b"out of order"
    order(system)
    assert carry_parcels().failed == 1
    assert carry_parcels().failed == 0, "it waits for its time"
    for _ in range(ATTEMPTS - 1):
        make_due(system)
        outcome = carry_parcels()
    assert outcome.died == 1
    assert waiting(system) == [(ATTEMPTS, True)]
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == ATTEMPTS
    with unit_of_work(system, reading=True):
        letter, = dead_letters()
        assert letter.error == "It answered 500"
        assert standings([id_])[id_].dead == 1
        assert [each.excerpt for each in attempts(id_)] == ["out of order"] * ATTEMPTS
    receiver.code = 204
    with unit_of_work(system):
        assert replay([letter.id]) == 1
    assert carry_parcels().delivered == 1
    assert len(set(receiver.ids)) == 1
    assert calls(system, id_)[-1] == (204, "")


def test_what_was_given_up_is_mended_or_put_away_like_any_delivery(system: Actor, receiver: Receiver) -> None:
    subscribe(system, receiver.url)
    first, _second = order(system, "one", "two")
    make_due(system, dead=True, attempts=ATTEMPTS, error="It answered 422")
    with unit_of_work(system):
        later, earlier = dead_letters()
        assert put_away([later.id], "the shop closed") == 1
        mend(earlier.id, {"order_id": str(first), "lines": "[]", "note": "by hand"})
        replay([earlier.id])
    carry_parcels()
    assert json.loads(receiver.got[0].body)["data"] == {"order_id": first, "lines": [], "note": "by hand"}
    assert len(receiver.got) == 1


def test_a_receiver_that_hangs_keeps_nobody_from_writing(
    system: Actor, receiver: Receiver, database: Database
) -> None:
    subscribe(system, receiver.url)
    order(system)
    go_on = threading.Event()
    receiver.before = lambda: bool(go_on.wait(10)) and None
    with listening(PLACED, hold_goods, later=True):
        worker = start_embedded(database)
        try:
            assert receiver.arrived.wait(10)
            made, = order(system, "while it hangs")
            assert eventually(lambda: f"for {made}" in holds(system)), "jobs and listeners go on too"
            assert len(receiver.got) == 1
            go_on.set()
            assert eventually(lambda: len(receiver.got) == 2)
        finally:
            go_on.set()
            worker.stop()


def holds(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as reading:
        return list(reading.scalars(select(ShopHold.name)))


def test_where_nobody_answers_the_others_wait_too_and_other_webhooks_do_not(
    system: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "PATIENCE", 0.3)
    gone, _secret = subscribe(system, "http://127.0.0.1:9/")
    subscribe(system, receiver.url)
    order(system, "one", "two", "three")
    outcome = carry_parcels()
    assert (outcome.delivered, outcome.failed) == (3, 1)
    assert len(calls(system, gone)) == 1
    assert sorted(each[0] for each in waiting(system)) == [0, 0, 1]
    assert carry_parcels().failed == 0
    assert outcome.next_due is not None


def test_a_paused_webhook_misses_nothing(system: Actor, receiver: Receiver) -> None:
    id_, _secret = subscribe(system, receiver.url)
    with unit_of_work(system):
        pause_webhook(id_, True)
    order(system, "one", "two")
    assert carry_parcels().delivered == 0
    assert waiting(system) == [(0, False), (0, False)]
    with unit_of_work(system):
        pause_webhook(id_, False)
    work_off()
    assert len(receiver.got) == 2


def test_one_that_is_taken_away_leaves_nothing(system: Actor, receiver: Receiver) -> None:
    id_, _secret = subscribe(system, receiver.url)
    order(system)
    carry_parcels()
    order(system)
    with unit_of_work(system):
        remove_webhook(id_)
    order(system)
    assert carry_parcels().delivered == 0
    assert waiting(system) == []
    with unit_of_work(system, reading=True) as reading:
        assert reading.scalars(select(WebhookAttempt.__table__.c.id)).all() == []
        with pytest.raises(NotFound):
            attempts(id_)


def test_a_delivered_event_is_sent_again_when_asked(system: Actor, receiver: Receiver) -> None:
    id_, _secret = subscribe(system, receiver.url)
    order(system)
    carry_parcels()
    with unit_of_work(system):
        event = attempts(id_)[0].event_id
        replay_event(id_, event)
    with unit_of_work(system):
        replay_event(id_, event)
    assert carry_parcels().delivered == 1
    assert receiver.ids == [f"evt_{event}", f"evt_{event}"]
    with unit_of_work(system), pytest.raises(NotFound):
        replay_event(id_, event + 1)


def test_a_change_takes_effect_for_what_waits_already(system: Actor, receiver: Receiver) -> None:
    id_, _secret = subscribe(system, f"{receiver.url}/old")
    order(system)
    with unit_of_work(system):
        change_webhook(id_, WebhookInput("New", f"{receiver.url}/new", ["tests.goods_held"]))
    order(system)
    carry_parcels()
    assert [each.path for each in receiver.got] == ["/hook/new"]


def test_what_cannot_be_right_is_refused_at_its_field(system: Actor) -> None:
    with unit_of_work(system), pytest.raises(Invalid) as refused:
        create_webhook(WebhookInput(" ", "https://10.0.0.1/hook", []))
    assert {each.field for each in refused.value.problems} == {"label", "url", "signals"}
    with unit_of_work(system), pytest.raises(Invalid, match=r"Nothing here tells tests\.nothing"):
        create_webhook(WebhookInput("x", "http://127.0.0.1:9/", ["tests.nothing"]))


def test_rights_decide_who_sets_one_up_and_for_which_company(
    make_user: Callable[..., Actor], system: Actor, company: int, receiver: Receiver
) -> None:
    anna = make_user("anna", grant("tests.shop_order", "read create"))
    clerk = make_user("clerk", grant("kernel.webhook", "read change", scope="company"))
    everywhere, _secret = subscribe(system, receiver.url)
    given = WebhookInput("Mine", receiver.url, [PLACED])
    with unit_of_work(anna), pytest.raises(Forbidden):
        create_webhook(given)
    with unit_of_work(anna), pytest.raises(Forbidden):
        webhooks()
    with unit_of_work(clerk), pytest.raises(Invalid, match="your own company only"):
        create_webhook(given)
    with unit_of_work(clerk), pytest.raises(NotFound):
        remove_webhook(everywhere)
    with unit_of_work(clerk):
        create_webhook(WebhookInput("Mine", receiver.url, [PLACED], company))
        assert [each.label for each in webhooks()] == ["Mine"]


@pytest.mark.slow
def test_a_process_killed_between_sending_and_noting_it_sends_again_under_the_same_id(
    system: Actor, receiver: Receiver, database: Database
) -> None:
    id_, _secret = subscribe(system, receiver.url)
    order(system)
    go_on = threading.Event()
    receiver.before = lambda: bool(go_on.wait(30)) and None
    child = subprocess.Popen([sys.executable, "-c", (
        "import sys\n"
        "from kernel.entities.database import Database\n"
        "from kernel.entities.work import set_database\n"
        "import kernel.permissions, tests.kernel.hooks.shop\n"
        "from kernel.sealing import set_secret\n"
        "from kernel.webhooks import listeners\n"
        "from kernel.webhooks.targets import allow_networks\n"
        "from kernel.hooks.carrying import carry_parcels\n"
        "set_secret('a secret of the tests'); allow_networks('127.0.0.1/32')\n"
        "set_database(Database(sys.argv[1]))\n"
        "carry_parcels()\n"), database.url.render_as_string(hide_password=False)], cwd=ROOT)
    assert receiver.arrived.wait(30), "the receiver has it"
    child.send_signal(os_signal.SIGKILL)
    child.wait()
    go_on.set()
    assert waiting(system) == [(1, False)]
    assert carry_parcels().delivered == 0, "whoever took it has it for a while"
    make_due(system)
    assert carry_parcels().delivered == 1
    first, second = receiver.ids
    assert first == second
    assert waiting(system) == []
    assert calls(system, id_) == [(200, "")]


def test_what_kills_whoever_carries_it_is_given_up_in_the_end(system: Actor, receiver: Receiver) -> None:
    subscribe(system, receiver.url)
    order(system)
    make_due(system, attempts=ATTEMPTS)
    carry_parcels()
    assert waiting(system) == [(ATTEMPTS, True)]
    assert carried_nothing(receiver)


def test_two_who_carry_at_once_call_once(system: Actor, receiver: Receiver, database: Database) -> None:
    subscribe(system, receiver.url)
    order(system, *"abcdef")
    both = [threading.Thread(target=carry_parcels, args=(database,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(receiver.ids) == len(set(receiver.ids)) == 6


def test_listeners_and_webhooks_of_one_event_do_not_wait_for_each_other(system: Actor, receiver: Receiver) -> None:
    subscribe(system, receiver.url)
    receiver.code = 503
    with listening(PLACED, hold_goods, later=True):
        order(system)
        carry_parcels()
        assert deliver_outbox().delivered == 1
    assert waiting(system) == [(1, False)]


def test_old_calls_are_forgotten(system: Actor, receiver: Receiver) -> None:
    id_, _secret = subscribe(system, receiver.url)
    order(system, "one", "two")
    carry_parcels()
    with unit_of_work(system) as opened:
        first = opened.scalars(select(WebhookAttempt.__table__.c.id)).first()
        opened.execute(update(WebhookAttempt).where(WebhookAttempt.__table__.c.id == first).values(
            at=opened.now - dt.timedelta(days=31)))
        forget_old_calls()
    assert len(calls(system, id_)) == 1
