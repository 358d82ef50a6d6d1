"""Ids are never given twice, whatever was rolled back meanwhile."""

import pytest

from kernel.entities.database import Database
from kernel.entities.ids import BLOCK
from kernel.entities.work import Actor, unit_of_work


def test_ids_go_on_after_a_commit_without_asking_the_database(database: Database, system: Actor) -> None:
    with unit_of_work(system) as first:
        (one,) = first.work.take_ids()
    with unit_of_work(system) as second:
        (two,) = second.work.take_ids()
    assert two == one + 1


def test_ids_of_a_rolled_back_block_are_not_mixed_with_later_ones(database: Database, system: Actor) -> None:
    given: list[int] = []
    with pytest.raises(ValueError, match="undone"), unit_of_work(system) as broken:
        broken.work.take_ids(2 * BLOCK)
        raise ValueError("undone")
    for _ in range(3):
        with unit_of_work(system) as opened:
            given += opened.work.take_ids(BLOCK)
    assert len(set(given)) == 3 * BLOCK


def test_a_savepoint_that_is_rolled_back_does_not_give_its_ids_again(database: Database, system: Actor) -> None:
    with unit_of_work(system) as opened:
        savepoint = opened.begin_nested()
        kept = list(opened.work.take_ids(BLOCK + 1))
        savepoint.rollback()
        kept += opened.work.take_ids(2 * BLOCK)
    with unit_of_work(system) as later:
        kept += later.work.take_ids(BLOCK)
    with Database(str(database.url.render_as_string(hide_password=False))).connect() as other_process:
        kept += Database(str(database.url)).borrow_ids().take(other_process, BLOCK)
        other_process.rollback()
    assert len(set(kept)) == len(kept)
