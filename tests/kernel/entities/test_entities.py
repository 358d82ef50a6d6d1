"""What every entity promises: ids, numbers, validation, components, the audit trail, no lost update."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.orm import Mapped

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Document, Entity
from kernel.entities.bulk import insert_rows, update_rows
from kernel.entities.database import Database
from kernel.entities.extension import Extension
from kernel.entities.fields import date, lines, link, money, serial, text
from kernel.entities.types import Money
from kernel.entities.work import Actor, Session, perform, session, unit_of_work
from kernel.errors import Conflict, Invalid, Problem, Unavailable, UsageError
from kernel.i18n import use_locale
from kernel.identity.models import Department, User
from kernel.permissions.models import Grant
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import Commission, CommissionItem


class Tune(Document, label="Tune", title="name", unique=[("isrc",)]):
    number: Mapped[str] = serial("T-{year}-{n:04}")
    name: Mapped[str] = text(40, label="Name")
    isrc: Mapped[str | None] = text(20)
    price: Mapped[Money] = money(default=1)
    verses: Mapped[list[Verse]] = lines("tune")
    total: Mapped[Money] = money(default=0, readonly=True)
    written_on: Mapped[dt.date | None] = date(required=False, present=True)
    composer: Mapped[User | None] = link(present=True)
    composer_id: Mapped[int | None]

    @classmethod
    def prepare(cls, records: Sequence[Tune]) -> None:
        for record in records:
            record.total = record.price * len(record.verses)

    @classmethod
    def check(cls, records: Sequence[Tune]) -> Iterable[Problem]:
        for record in records:
            if record.price < 0:
                yield Problem("price", "A price is not negative", record=record)


class Verse(Entity):
    tune: Mapped[Tune] = link(parent=True)
    words: Mapped[str] = text(80)


class Royalties(Extension[Tune]):
    rate: Mapped[Money] = money(default=5)
    payee: Mapped[str | None] = text(40)


def audit_of(record_id: int) -> list[tuple[str, dict[str, Any]]]:
    rows = session().scalars(select(AuditEntry).where(AuditEntry.record_id == record_id).order_by(AuditEntry.id))
    return [(row.action, row.changes) for row in rows]


def test_ids_are_known_before_the_flush_and_never_repeat(work: Session) -> None:
    tunes = [Tune(name=str(n)) for n in range(1500)]
    work.add_all(tunes)
    assert len({tune.id for tune in tunes}) == 1500
    assert [tune.id for tune in tunes] == sorted(tune.id for tune in tunes)


def test_ids_of_a_rolled_back_unit_of_work_are_not_given_to_two_records(system: Actor) -> None:
    with pytest.raises(RuntimeError), unit_of_work(system) as first:
        first.add(Tune(name="lost"))
        first.flush()
        raise RuntimeError
    ids = []
    for name in ("a", "b"):
        with unit_of_work(system) as opened:
            tune = Tune(name=name)
            opened.add(tune)
            opened.flush()
            ids.append(tune.id)
    assert len(set(ids)) == 2


def test_numbers_count_up_per_company_and_year(work: Session) -> None:
    tunes = [Tune(name=str(n)) for n in range(3)]
    work.add_all(tunes)
    work.flush()
    year = work.today.year
    assert [tune.number for tune in tunes] == [f"T-{year}-{n:04}" for n in (1, 2, 3)]


def test_two_creators_at_once_never_get_the_same_number(database: Database, system: Actor) -> None:
    numbers: list[str] = []
    lock = threading.Lock()

    def create() -> None:
        for _unused in range(5):
            def one() -> str:
                tune = Tune(name="x")
                session().add(tune)
                session().flush()
                return tune.number
            number = perform(system, one, attempts=20)
            with lock:
                numbers.append(number)

    threads = [threading.Thread(target=create) for _unused in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == len(set(numbers)) == 30


def test_all_problems_of_a_flush_come_at_once_and_nothing_is_written(system: Actor) -> None:
    with pytest.raises(Invalid) as caught, unit_of_work(system) as opened:
        opened.add_all([Tune(price=Decimal(-1)), Tune(name="fine")])
    assert {problem.field for problem in caught.value.problems} == {"name", "price"}
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(Tune)).all() == []


def test_a_record_holds_the_day_and_the_person_of_its_making_unless_others_are_named(
    system: Actor, make_user: MakeUser
) -> None:
    anna, ben = make_user("anna", roles=("kernel.admin",)), make_user("ben")
    with unit_of_work(anna) as work:
        own, given = Tune(name="Own"), Tune(name="Given", written_on=dt.date(2020, 5, 1), composer_id=ben.user_id)
        work.add_all([own, given])
        work.flush()
        assert (own.written_on, own.composer_id) == (work.today, anna.user_id)
        assert (given.written_on, given.composer_id) == (dt.date(2020, 5, 1), ben.user_id)
        own.written_on = given.written_on = own.composer_id = None
        work.flush()
        assert own.written_on == given.written_on == work.today
        assert own.composer_id is None
    with unit_of_work(system) as work:
        alone = Tune(name="By the system")
        work.add(alone)
        work.flush()
        assert (alone.written_on, alone.composer_id) == (work.today, None)


def test_derived_values_follow_from_lines(work: Session) -> None:
    tune = Tune(name="Song", price=Decimal(3))
    tune.verses = [Verse(words="la"), Verse(words="lo")]
    work.add(tune)
    work.flush()
    assert tune.total == 6


def test_a_second_record_with_a_unique_value_is_refused_but_not_beside_an_archived_one(system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add(Tune(name="one", isrc="X1"))
    with pytest.raises(Conflict, match="exists already"), unit_of_work(system) as opened:
        opened.add(Tune(name="two", isrc="X1"))
    with unit_of_work(system) as opened:
        opened.scalars(select(Tune)).one().archived = True
        opened.flush()
        opened.add(Tune(name="three", isrc="X1"))


def test_a_lost_update_is_refused(system: Actor) -> None:
    with unit_of_work(system) as opened:
        tune = Tune(name="old")
        opened.add(tune)
    with pytest.raises(Conflict, match="Somebody else"), unit_of_work(system) as opened:
        mine = opened.get_one(Tune, tune.id)
        opened.work.connection.exec_driver_sql(f"UPDATE tests_tune SET version = 7 WHERE id = {tune.id}")
        mine.name = "new"
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(Tune, tune.id).name == "old"


def test_the_audit_trail_has_old_and_new_of_every_field(system: Actor) -> None:
    with unit_of_work(system) as opened:
        tune = Tune(name="old", price=Decimal("1.5"))
        opened.add(tune)
    with unit_of_work(system) as opened:
        found = opened.get_one(Tune, tune.id)
        found.name, found.price = "new", Decimal("2.25")
        found[Royalties].rate = Decimal(7)
    with unit_of_work(system) as opened:
        opened.delete(opened.get_one(Tune, tune.id))
    with unit_of_work(system, reading=True):
        create, change, component, delete = audit_of(tune.id)
        assert create[0] == "create"
        assert create[1]["name"] == "old"
        assert create[1]["price"] == "1.5"
        assert component[1]["tests.rate"] == [None, "7"]
        assert change[1]["name"] == ["old", "new"]
        assert change[1]["price"] == ["1.5", "2.25"]
        assert delete[0] == "delete"
        assert delete[1]["name"] == ["new", None]


def test_what_rolls_back_leaves_no_audit(system: Actor) -> None:
    with pytest.raises(RuntimeError), unit_of_work(system) as opened:
        opened.add(Tune(name="x"))
        opened.flush()
        raise RuntimeError
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.tune")).all() == []


def test_a_component_has_defaults_until_its_first_write(work: Session) -> None:
    tune = Tune(name="x")
    work.add(tune)
    work.flush()
    assert tune[Royalties].rate == 5
    work.flush()
    assert work.scalars(select(Royalties)).all() == []
    tune[Royalties].payee = "Anna"
    work.flush()
    assert work.scalars(select(Royalties)).one().rate == 5


def test_components_of_many_records_load_in_one_statement(
    system: Actor, count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system) as opened:
        for n in range(40):
            tune = Tune(name=str(n))
            if n % 2:
                tune[Royalties].rate = Decimal(n)
            opened.add(tune)
    with unit_of_work(system, reading=True) as opened, count_statements() as counter:
        rates = [tune[Royalties].rate for tune in opened.scalars(select(Tune).order_by(Tune.id))]
    assert rates[:4] == [5, 1, 5, 3]
    assert len(counter) == 2


def test_a_component_needs_a_default_or_none() -> None:
    with pytest.raises(UsageError, match="default"):
        class Broken(Extension[Tune], slot="broken"):
            rate: Mapped[Money] = money()


def test_two_components_in_one_slot_are_refused() -> None:
    with pytest.raises(UsageError, match="slot"):
        class Second(Extension[Tune]):
            rate: Mapped[Money] = money(default=1)


def test_bulk_rows_have_ids_numbers_versions_and_one_audit_row(
    system: Actor, count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system), count_statements() as counter:
        ids = insert_rows(Tune, [{"name": f"n{n}"} for n in range(2500)])
    assert len(counter) <= 8
    with unit_of_work(system) as opened:
        update_rows(Tune, [{"id": ids[0], "name": "first", "version": 1}])
        found = opened.get_one(Tune, ids[0])
        assert (found.name, found.version) == ("first", 2)
        assert found.number.startswith("T-")
        with pytest.raises(Conflict):
            update_rows(Tune, [{"id": ids[0], "name": "again", "version": 1}])
        trail = opened.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.tune")).all()
        assert [entry.action for entry in trail] == ["bulk"]
        assert trail[0].changes["created"] == 2500


def test_department_paths_follow_their_tree_and_refuse_loops(work: Session) -> None:
    top = Department(name="Top")
    middle = Department(name="Middle", parent=top)
    work.add_all([top, middle])
    work.flush()
    assert middle.path == f"/{top.id}/{middle.id}/"
    top.parent = middle
    with pytest.raises(Invalid, match="part of itself"):
        work.flush()


def test_reading_work_must_not_write(system: Actor) -> None:
    with pytest.raises(UsageError, match="reading"), unit_of_work(system, reading=True) as opened:
        opened.add(Tune(name="x"))


def test_units_of_work_do_not_nest_and_services_do_not_commit(work: Session) -> None:
    with pytest.raises(UsageError, match="nest"), unit_of_work():
        pass
    with pytest.raises(UsageError, match="commit"):
        work.commit()


def test_a_database_that_cannot_be_reached_is_one_clear_refusal() -> None:
    missing = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable, match="can't be reached"), unit_of_work(database=missing):
        pass
    with pytest.raises(UsageError, match="SQLite and PostgreSQL"):
        Database("mysql://localhost/x")


def test_messages_speak_the_users_language(work: Session) -> None:
    with use_locale("zh_Hant"), pytest.raises(Invalid) as caught:
        work.add(Tune())
        work.flush()
    assert caught.value.problems[0].field == "name"


def test_the_audit_trail_keeps_no_secrets(work: Session) -> None:
    user = User(login="anna", name="Anna", password_hash="argon2-secret")
    work.add(user)
    work.flush()
    user.password_hash = "argon2-other"
    user.name = "Anna Lind"
    work.flush()
    work.work.audit.write(work.work.connection, work.work.take_ids)
    assert "argon2" not in str(audit_of(user.id))
    assert len(audit_of(user.id)) == 2


def test_lines_have_no_index_on_their_company_and_states_have_one_with_it() -> None:
    def indexed(cls: type[Entity]) -> set[tuple[str, ...]]:
        table = cls.__table__
        assert isinstance(table, Table)
        return {tuple(column.name for column in index.columns) for index in table.indexes}

    assert ("company_id",) not in indexed(CommissionItem) | indexed(Grant)
    assert ("commission_id",) in indexed(CommissionItem)
    assert ("state", "company_id") in indexed(Commission)
    assert ("state",) not in indexed(Commission)
