"""Nobody sees or changes what their grants and scopes don't give, however the query is written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Mapped, aliased, joinedload, selectinload

from kernel.entities.base import Document, Entity
from kernel.entities.bulk import insert_rows, update_rows
from kernel.entities.database import Database
from kernel.entities.extension import Extension
from kernel.entities.fields import lines, link, money, quantity
from kernel.entities.fields import text as text_field
from kernel.entities.types import Money, Quantity
from kernel.entities.work import Actor, as_system, session, unit_of_work
from kernel.errors import Forbidden
from kernel.identity.models import Department, Employee, User
from kernel.permissions.declare import grant, row_rule
from kernel.permissions.models import Share
from tests.conftest import MakeUser


class Deal(Document, owner="owner"):
    name: Mapped[str] = text_field(80)
    owner: Mapped[User | None] = link()
    owner_id: Mapped[int | None]
    amount: Mapped[Money] = money(default=0)
    items: Mapped[list[DealItem]] = lines("deal")


class DealItem(Entity):
    deal: Mapped[Deal] = link(parent=True)
    deal_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(default=1)


class DealNote(Extension[Deal]):
    margin: Mapped[Money] = money(default=10)


row_rule("tests.big", lambda rows, context: rows.amount > Decimal(50))

ALL = "read create change delete"


@pytest.fixture
def people(make_user: MakeUser, system: Actor) -> dict[str, Actor]:
    """Anna and Ben each own three deals of 10, 20 and 100 with one item each; only Anna's have a component."""
    anna = make_user("anna", grant("tests.deal", ALL, scope="own"), grant("tests.deal_note", "read change"))
    ben = make_user("ben", grant("tests.deal", "read", scope="company"))
    with unit_of_work(system) as opened:
        for who in (anna, ben):
            for amount in (10, 20, 100):
                deal = Deal(name=f"{who.name} {amount}", owner_id=who.user_id, amount=Decimal(amount))
                deal.items.append(DealItem(quantity=Decimal(amount)))
                if who is anna:
                    deal[DealNote].margin = Decimal(1)
                opened.add(deal)
    return {"anna": anna, "ben": ben}


@pytest.fixture
def anna(people: dict[str, Actor]) -> Iterator[Actor]:
    with unit_of_work(people["anna"], reading=True) as opened:
        yield opened.actor


def count(statement: object) -> int:
    return int(session().scalar(select(func.count()).select_from(statement)))  # type: ignore[call-overload]


def test_a_query_gives_only_rows_in_scope(anna: Actor) -> None:
    assert {deal.name for deal in session().scalars(select(Deal))} == {"Anna 10", "Anna 20", "Anna 100"}


def test_counts_and_sums_count_only_rows_in_scope(anna: Actor) -> None:
    assert session().scalar(select(func.count()).select_from(Deal)) == 3
    assert session().scalar(select(func.sum(Deal.amount))) == Decimal(130)


def test_aliases_joins_subqueries_and_exists_are_scoped(anna: Actor) -> None:
    other = aliased(Deal)
    assert count(select(other.id).subquery()) == 3
    assert count(select(DealItem.id).subquery()) == 3
    assert count(select(DealItem.id).join(DealItem.deal).subquery()) == 3
    assert count(select(other.id).where(exists().where(Deal.amount == other.amount)).subquery()) == 3
    cte = select(Deal.id, Deal.amount).cte()
    assert session().scalar(select(func.sum(cte.c.amount))) == Decimal(130)
    union = select(Deal.id).union_all(select(Deal.id)).subquery()
    assert count(union) == 6


def test_loading_strategies_are_scoped(anna: Actor) -> None:
    for option in (selectinload(Deal.items), joinedload(Deal.items)):
        deals = session().scalars(select(Deal).options(option)).unique().all()
        assert [len(deal.items) for deal in deals] == [1, 1, 1]
        session().expunge_all()
    items = session().scalars(select(DealItem)).all()
    assert all(item.deal.name.startswith("Anna") for item in items)


def test_get_does_not_find_a_row_out_of_scope(people: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        foreign = opened.scalars(select(Deal.id).where(Deal.name == "Ben 10")).one()
    with unit_of_work(people["anna"], reading=True) as opened:
        assert opened.get(Deal, foreign) is None


def test_a_component_join_keeps_scope_and_defaults(people: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(people["anna"], reading=True) as opened:
        margins = opened.execute(select(Deal.name, DealNote.margin).join(DealNote)).all()
        assert {margin for _name, margin in margins} == {Decimal(1)}
        assert len(margins) == 3
    with unit_of_work(system, reading=True) as opened:
        in_sql = dict(opened.execute(select(Deal.name, DealNote.margin).join(DealNote)).all())
        in_python = {deal.name: deal[DealNote].margin for deal in opened.scalars(select(Deal))}
        assert in_sql == in_python
        assert in_sql["Ben 10"] == Decimal(10)


def test_two_users_with_equal_rights_see_their_own(people: dict[str, Actor], make_user: MakeUser) -> None:
    """The statement is compiled once; the values must still be each user's."""
    carl = make_user("carl", grant("tests.deal", ALL, scope="own"), grant("tests.deal_note", "read change"))
    for who, expected in ((people["anna"], 3), (carl, 0), (people["anna"], 3)):
        with unit_of_work(who, reading=True) as opened:
            assert len(opened.scalars(select(Deal)).all()) == expected


def test_without_a_grant_nothing_is_seen(people: dict[str, Actor], make_user: MakeUser) -> None:
    with unit_of_work(make_user("dora"), reading=True) as opened:
        assert opened.scalars(select(Deal)).all() == []
        assert opened.scalars(select(DealItem)).all() == []


def test_department_and_subtree_scopes(people: dict[str, Actor], make_user: MakeUser, system: Actor) -> None:
    chief = make_user("chief", grant("tests.deal", "read", scope="subtree"))
    peer = make_user("peer", grant("tests.deal", "read", scope="department"))
    with unit_of_work(system) as opened:
        top = Department(name="Sales")
        below = Department(name="Export", parent=top)
        opened.add_all([top, below])
        opened.flush()
        for number, (who, department) in enumerate(((chief, top), (peer, top), (people["anna"], below))):
            opened.add(Employee(
                number=str(number), name=who.name, user_id=who.user_id, department_id=department.id))
    from kernel.permissions.actors import actor_of

    with unit_of_work(system, reading=True):
        chief, peer = actor_of(chief.user_id or 0), actor_of(peer.user_id or 0)
    with unit_of_work(chief, reading=True) as opened:
        assert len(opened.scalars(select(Deal)).all()) == 3
    with unit_of_work(peer, reading=True) as opened:
        assert opened.scalars(select(Deal)).all() == []


def test_a_rule_gives_its_rows(people: dict[str, Actor], make_user: MakeUser) -> None:
    with unit_of_work(make_user("eve", grant("tests.deal", "read", scope="rule", rule="tests.big")), reading=True) as s:
        assert {deal.name for deal in s.scalars(select(Deal))} == {"Anna 100", "Ben 100"}


def test_a_shared_record_is_in(people: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(system) as opened:
        deal = opened.scalars(select(Deal).where(Deal.name == "Ben 20")).one()
        opened.add(Share(entity="tests.deal", record_id=deal.id, user_id=people["anna"].user_id, mode="read"))
    with unit_of_work(people["anna"], reading=True) as opened:
        assert "Ben 20" in {deal.name for deal in opened.scalars(select(Deal))}
    with pytest.raises(Forbidden, match="outside the records"), unit_of_work(people["anna"]) as opened:
        opened.scalars(select(Deal).where(Deal.name == "Ben 20")).one().name = "mine now"


def test_only_who_something_was_shared_with_has_shares_looked_up(
    people: dict[str, Actor], system: Actor, count_statements: Any
) -> None:
    """Without that an index of one's own records can be walked in order; with it, they are gathered and sorted."""
    def seen() -> tuple[set[str], bool]:
        with unit_of_work(people["anna"], reading=True) as opened:
            opened.scalars(select(User.id)).all()  # rights are read by now
            with count_statements() as counter:
                names = {deal.name for deal in opened.scalars(select(Deal))}
        return names, "kernel_share" in counter.statements[0]

    own = {"Anna 10", "Anna 20", "Anna 100"}
    assert seen() == (own, False)
    with unit_of_work(system) as opened:
        deal = opened.scalars(select(Deal).where(Deal.name == "Ben 20")).one()
        share = Share(entity="tests.deal", record_id=deal.id, user_id=people["anna"].user_id, mode="read")
        opened.add(share)
    assert seen() == ({*own, "Ben 20"}, True)
    with unit_of_work(people["anna"], reading=True) as opened:
        assert count(select(DealItem.id).subquery()) == 4
    with unit_of_work(system) as opened:
        opened.get_one(Share, share.id).archived = True
    assert seen() == (own, False)
    with unit_of_work(system):
        insert_rows(Share, [
            {"entity": "tests.deal", "record_id": deal.id, "user_id": people["anna"].user_id, "mode": "read"}])
    assert seen() == ({*own, "Ben 20"}, True)


def test_the_lines_of_one_document_are_found_without_gathering_all_documents(
    anna: Actor, database: Database, count_statements: Any
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL joins what it is asked either way")
    deal = session().scalars(select(Deal.id)).first()
    with count_statements() as counter:
        assert len(session().scalars(select(DealItem.id).where(DealItem.deal_id == deal)).all()) == 1
    sent = counter.statements[-1]
    plan = session().work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent}", tuple([deal] * sent.count("?")))
    steps = [row[3] for row in plan]
    assert any("CORRELATED" in step for step in steps), steps
    assert all(step.startswith("SEARCH") or "SUBQUERY" in step for step in steps), steps


def test_raw_sql_and_bulk_statements_are_refused(anna: Actor) -> None:
    for statement in (text("select 1"), select(Deal.__table__.c.id), update(Deal).values(name="x")):
        with pytest.raises(Forbidden):
            session().execute(statement)
    with pytest.raises(Forbidden, match="names the table"):
        session().execute(select(Deal.id, User.__table__.c.login))
    with pytest.raises(Exception, match="no connection"):
        session().connection()


def test_as_system_sees_all_and_ends(anna: Actor) -> None:
    with as_system("count for a test") as system:
        assert len(system.scalars(select(Deal)).all()) == 6
    assert len(session().scalars(select(Deal)).all()) == 3


def test_a_flush_needs_the_grant(people: dict[str, Actor]) -> None:
    with pytest.raises(Forbidden, match="create"), unit_of_work(people["ben"]) as opened:
        opened.add(Deal(name="new"))
    with pytest.raises(Forbidden, match="change"), unit_of_work(people["ben"]) as opened:
        opened.scalars(select(Deal)).first().name = "new"  # type: ignore[union-attr]
    with pytest.raises(Forbidden, match="delete"), unit_of_work(people["ben"]) as opened:
        opened.delete(opened.scalars(select(Deal)).first())
    with pytest.raises(Forbidden), unit_of_work(people["ben"]) as opened:
        deal = opened.scalars(select(Deal)).first()
        deal.items.append(DealItem())  # type: ignore[union-attr]
    with pytest.raises(Forbidden), unit_of_work(people["ben"]) as opened:
        opened.scalars(select(Deal)).first()[DealNote].margin = Decimal(3)  # type: ignore[index]


def test_own_scope_on_create(people: dict[str, Actor]) -> None:
    anna, ben = people["anna"], people["ben"]
    with unit_of_work(anna) as opened:
        opened.add(Deal(name="hers", owner_id=anna.user_id))
    with pytest.raises(Forbidden, match="outside"), unit_of_work(anna) as opened:
        opened.add(Deal(name="his", owner_id=ben.user_id))
    with pytest.raises(Forbidden, match="outside"), unit_of_work(anna):
        insert_rows(Deal, [{"name": "his", "owner_id": ben.user_id}])


def test_bulk_change_stays_in_scope(people: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        ids = dict(opened.execute(select(Deal.name, Deal.id)).all())
    with unit_of_work(people["anna"]):
        update_rows(Deal, [{"id": ids["Anna 10"], "name": "Anna ten"}])
    with pytest.raises(Forbidden, match="outside"), unit_of_work(people["anna"]):
        update_rows(Deal, [{"id": ids["Ben 10"], "name": "stolen"}])
    with unit_of_work(system, reading=True) as opened:
        assert opened.get(Deal, ids["Ben 10"]).name == "Ben 10"  # type: ignore[union-attr]
        assert opened.get(Deal, ids["Anna 10"]).version == 2  # type: ignore[union-attr]
