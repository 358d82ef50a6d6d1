"""What waits, what was given up, what runs regularly: as who looks after it sees it, and does something about it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import func, select, update

from kernel.entities.audit import AuditEntry
from kernel.entities.database import Database
from kernel.entities.work import Actor, session, unit_of_work
from kernel.hooks.letters import replay
from kernel.hooks.models import Event, Outbox
from kernel.hooks.outbox import deliver_outbox
from kernel.jobs import declare
from kernel.jobs.declare import enqueue, every, job
from kernel.jobs.doing import run_jobs, work_off
from kernel.jobs.models import WaitingJob
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.hooks.shop import OrderPlaced, ShopHold, listening, place
from tests.kernel.web.conftest import Browser, SignIn, words

HERE = "/settings/jobs"


class Post:
    """A listener that fails as long as it is broken, and keeps what it heard."""

    def __init__(self) -> None:
        self.broken = True
        self.heard: list[OrderPlaced] = []

    def listener(self) -> object:
        def send_mail(events: Sequence[OrderPlaced]) -> None:
            if self.broken:
                raise ValueError("no mail server")
            self.heard.extend(events)
        return send_mail


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    with listening("tests.order_placed", made.listener(), later=True):
        yield made


@contextmanager
def declared(name: str) -> Iterator[None]:
    try:
        yield
    finally:
        del declare._jobs[name]


def give_up(system: Actor, *names: str) -> list[int]:
    """Let deliveries of orders fail until they are given up; gives their ids."""
    with unit_of_work(system):
        place(*names)
    deliver_outbox()
    with unit_of_work(system) as work:
        work.work.connection.execute(update(Outbox).values(attempts=7, due_at=work.now))
    assert deliver_outbox().died == len(names)
    with unit_of_work(system, reading=True) as opened:
        return list(opened.scalars(select(Outbox.id).where(Outbox.dead.is_(True)).order_by(Outbox.id)))


def acts(system: Actor) -> list[tuple[str, str]]:
    with unit_of_work(system, reading=True) as opened:
        return [(row.entity, row.action) for row in opened.scalars(
            select(AuditEntry).where(AuditEntry.entity.in_(["kernel.outbox", "kernel.job"])).order_by(AuditEntry.id))]


def test_a_given_up_delivery_is_shown_with_its_record_and_error_and_replayed(
    admin: Browser, system: Actor, post: Post
) -> None:
    id_, = give_up(system, "one")
    text = words(admin.page(HERE))
    assert "0 wait, 1 were given up" in text
    assert "send mail 1" in text
    assert "Order placed" in text
    assert "no mail server" in text
    html = admin.page(f"{HERE}/deliveries/{id_}")
    detail = words(html)
    assert "no mail server ValueError" in detail
    assert "Attempts 8" in detail
    assert re.search(r'href="/tests/shop_order/\d+/trace"', html)
    assert '"quantity": "1.5"' in unescape(html)
    post.broken = False
    answer = admin.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", "do": "replay"}, follow_redirects=True)
    assert "1 are tried again now." in words(answer.text)
    assert deliver_outbox().delivered == 1
    assert len(post.heard) == 1
    assert "Nothing was given up" in words(admin.page(HERE))
    assert "Replayed Root" in words(admin.page(f"{HERE}?show=log"))
    assert acts(system) == [("kernel.outbox", "replay")]


def test_all_of_a_listener_are_replayed_at_once_and_only_those(admin: Browser, system: Actor, post: Post) -> None:
    other = Post()
    with listening("tests.order_placed", other.listener(), later=True, name="other"):
        give_up_ids = None
        with unit_of_work(system):
            place("one", "two")
        with unit_of_work(system) as work:
            give_up_ids = work.work.connection.execute(update(Outbox).values(dead=True, attempts=8)).rowcount
        assert give_up_ids == 4
        answer = admin.post(f"{HERE}/act", {"all": "delivery:tests.send_mail"}, follow_redirects=True)
        assert "2 are tried again now." in words(answer.text)
        post.broken = other.broken = False
        assert deliver_outbox().delivered == 2
    assert (len(post.heard), len(other.heard)) == (2, 0)


def test_a_replay_that_fails_again_is_retried_and_then_given_up_again(
    admin: Browser, system: Actor, post: Post
) -> None:
    id_, = give_up(system, "one")
    admin.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", "do": "replay"})
    assert deliver_outbox().failed == 1
    text = words(admin.page(f"{HERE}?show=waiting"))
    assert "Being retried" in text
    assert "no mail server" in text
    assert "Next attempt" in words(admin.page(f"{HERE}/deliveries/{id_}"))
    with unit_of_work(system) as work:
        work.work.connection.execute(update(Outbox).values(attempts=7, due_at=work.now))
    assert deliver_outbox().died == 1
    assert "1 were given up" in words(admin.page(HERE))


def test_two_who_replay_at_once_have_it_done_once(
    admin: Browser, system: Actor, post: Post, database: Database, make_user: MakeUser
) -> None:
    ids = give_up(system, "one", "two", "three")
    counts: list[int] = []

    def again() -> None:
        with unit_of_work(system, database=database):
            counts.append(replay(ids))

    both = [threading.Thread(target=again) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(counts) == [0, 3]
    late = admin.post(f"{HERE}/act", [("chosen", f"delivery:{id_}") for id_ in ids], follow_redirects=True)
    assert "0 are tried again now. The others weren't there any more" in words(late.text)
    post.broken = False
    deliver_outbox()
    assert len(post.heard) == 3


def test_a_mended_delivery_is_heard_as_mended_and_the_event_stays(admin: Browser, system: Actor, post: Post) -> None:
    id_, = give_up(system, "one")
    html = admin.page(f"{HERE}/deliveries/{id_}")
    order = re.search(r'name="fact.order_id"[^>]*value="(\d+)"', html)
    assert order
    lines = '[{"product_id": 7, "quantity": "2.25"}]'
    wrong = admin.post(f"{HERE}/deliveries/{id_}/mend", {
        "fact.order_id": "seven", "fact.lines": '[{"product_id": 7, "quantity": 2}]', "fact.note": ""})
    assert wrong.status_code == 422
    said = words(wrong.text)
    assert "It must be a whole number" in said
    assert "0.quantity: It must be text" in said
    assert 'value="seven"' in wrong.text
    answer = admin.post(f"{HERE}/deliveries/{id_}/mend", {
        "fact.order_id": order[1], "fact.lines": lines, "fact.note": "by hand"}, follow_redirects=True)
    assert "Mended. Replay it when you are ready." in words(answer.text)
    assert "note: – → by hand" in words(answer.text)
    post.broken = False
    admin.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", "do": "replay"})
    assert deliver_outbox().delivered == 1
    heard, = post.heard
    assert (heard.note, heard.lines[0].quantity) == ("by hand", Decimal("2.25"))
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(Event.payload).where(Event.name == "tests.order_placed"))["note"] is None


def test_what_is_put_away_needs_a_reason_and_leaves_it_in_the_log(admin: Browser, system: Actor, post: Post) -> None:
    ids = give_up(system, "one", "two")
    chosen = [("chosen", f"delivery:{id_}") for id_ in ids]
    refused = admin.post(f"{HERE}/act", [*chosen, ("do", "put-away"), ("reason", " ")])
    assert refused.status_code == 422
    assert "Say why" in words(refused.text)
    answer = admin.post(f"{HERE}/act", [*chosen, ("do", "put-away"), ("reason", "customer left")],
                        follow_redirects=True)
    assert "2 put aside." in words(answer.text)
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count(Outbox.id))) == 0
    assert words(admin.page(f"{HERE}?show=log")).count("customer left") == 2


def test_a_given_up_job_is_mended_and_done_again(admin: Browser, system: Actor) -> None:
    @job("tests.name_hold", retries=0)
    def name_hold(name: str, strict: bool) -> None:
        if strict:
            raise ValueError("too strict")
        session().add(ShopHold(name=name, company_id=system.company_id))

    with declared("tests.name_hold"):
        with unit_of_work(system):
            enqueue(name_hold, "goods", True)
        assert run_jobs() == 0
        with unit_of_work(system, reading=True) as opened:
            id_ = opened.scalar(select(WaitingJob.id))
        assert "too strict" in words(admin.page(HERE))
        mended = admin.post(f"{HERE}/jobs/{id_}/mend", [
            ("fact.name", "goods"), ("fact.strict", "")], follow_redirects=True)
        assert "strict: True → False" in words(mended.text)
        admin.post(f"{HERE}/act", {"all": "job:tests.name_hold"})
        assert run_jobs() == 1
    with unit_of_work(system, reading=True) as opened:
        assert list(opened.scalars(select(ShopHold.name))) == ["goods"]
    assert acts(system) == [("kernel.job", "mend"), ("kernel.job", "replay")]


def test_a_regular_job_shows_how_it_went_and_runs_now(admin: Browser, system: Actor) -> None:
    broken = True

    @every(hours=2)
    def count_stock() -> None:
        if broken:
            raise ValueError("scales are off")

    with declared("tests.count_stock"):
        row = regular(admin, "Count stock")
        assert "Every 2 hours" in row
        assert "never" in row
        work_off()
        assert "Being retried scales are off" in regular(admin, "Count stock")
        broken = False
        with unit_of_work(system) as work:
            work.work.connection.execute(update(WaitingJob).values(due_at=work.now))
        work_off()
        assert "Went well" in regular(admin, "Count stock")
        answer = admin.post(f"{HERE}/run", {"name": "tests.count_stock"}, follow_redirects=True)
        assert "It runs now" in words(answer.text)
        assert "About to run" in regular(admin, "Count stock")
        twice = admin.post(f"{HERE}/run", {"name": "tests.count_stock", "show": "regular"})
        assert (twice.status_code, "It is about to run" in words(twice.text)) == (422, True)
        assert run_jobs() == 1


def regular(browser: Browser, title: str) -> str:
    """Give what the row of a regular job says."""
    text = words(browser.page(f"{HERE}?show=regular"))
    return text[text.index(title):][:140]


def test_what_the_rights_do_not_give_is_refused_and_not_offered(
    sign_in: SignIn, admin: Browser, system: Actor, post: Post
) -> None:
    id_, = give_up(system, "one")
    clerk = sign_in("clerk", grant("tests.pledge", "read"))
    assert clerk.get(HERE).status_code == 403
    assert clerk.get(f"{HERE}/deliveries/{id_}").status_code == 403
    assert 'href="/settings/jobs"' not in clerk.page("/")
    reader = sign_in("reader", grant("kernel.outbox", "read"))
    html = reader.page(HERE)
    assert "no mail server" in words(html)
    assert "Replay" not in words(html)
    for data in ({"do": "replay"}, {"do": "put-away", "reason": "x"}):
        assert reader.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", **data}).status_code == 403
    assert reader.post(f"{HERE}/deliveries/{id_}/mend", {"fact.note": "x"}).status_code == 403
    assert reader.post(f"{HERE}/run", {"name": "kernel.look_after_approvals"}).status_code == 403
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(Outbox.dead)) is True


def test_the_role_operations_sees_to_all_of_it(sign_in: SignIn, system: Actor, post: Post) -> None:
    id_, = give_up(system, "one")
    keeper = sign_in("keeper", roles=("kernel.operations",))
    assert 'href="/settings/jobs"' in keeper.page("/")
    answer = keeper.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", "do": "put-away", "reason": "gone"})
    assert answer.status_code == 302
    assert acts(system) == [("kernel.outbox", "put_away")]


def test_another_companys_deliveries_stay_out_of_sight(
    sign_in: SignIn, system: Actor, post: Post
) -> None:
    id_, = give_up(system, "one")
    with unit_of_work(system) as work:
        work.work.connection.execute(update(Event).values(company_id=0))
    keeper = sign_in("keeper", grant("kernel.outbox", "read replay put_away mend"))
    assert "Nothing was given up" in words(keeper.page(HERE))
    assert keeper.get(f"{HERE}/deliveries/{id_}").status_code == 404
    answer = keeper.post(f"{HERE}/act", {"chosen": f"delivery:{id_}", "do": "replay"}, follow_redirects=True)
    assert "0 are tried again now." in words(answer.text)
