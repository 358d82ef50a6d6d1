"""Records that are one and the same become one, with all that points to them, or nothing happens at all."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from kernel.discussion import services as talk
from kernel.discussion.following import follow, followers_of
from kernel.discussion.models import Comment, FollowUp, Star
from kernel.entities.audit import AuditEntry
from kernel.entities.database import Database
from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, Refusal
from kernel.exchange import records
from kernel.exchange.customising.services import define_field
from kernel.exchange.merging.checks import merged_records_are_left_behind
from kernel.exchange.merging.jobs import move_late_pointers
from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.pointers import count_pointers
from kernel.exchange.merging.reading import merged_into
from kernel.exchange.merging.services import merge
from kernel.exchange.merging.signals import merged
from kernel.hooks.specifications import add_specifications, hook, register_hooks, temporary_hooks
from kernel.permissions.declare import GrantDeclaration, grant, readonly
from kernel.registry.invariants.links import links_lead_somewhere, references_lead_somewhere
from kernel.shared.contracts import questions as contracts
from kernel.tags.models import Tag, Tagging
from kernel.tags.services import tag, tags_of
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, Patron, PatronTerms

PATRON = "tests.patron"
MERGER = EVERYTHING


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    with temporary_hooks():
        add_specifications(contracts)
        yield


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", *MERGER)


@pytest.fixture
def twins(system: Actor) -> list[int]:
    """One patron, entered three times."""
    with unit_of_work(system):
        return [each.id for each in records.create(Patron, [
            {"code": "A", "name": "Ada", "terms": {"limit": "100"}},
            {"code": "A2", "name": "Ada L.", "city": "London", "visits": 7, "terms": {"limit": "900"}},
            {"code": "A3", "name": "Ada Lovelace"}])]


def version(id_: int) -> int:
    return records.get(Patron, id_).version


def test_the_survivor_has_the_chosen_values_and_all_the_links(anna: Actor, twins: list[int]) -> None:
    ada, second, third = twins
    with unit_of_work(anna):
        made = records.create(Commission, [{"patron": id_} for id_ in (ada, second, second, third)])
        before = {each.id: each.version for each in made}
    with unit_of_work(anna), merged.overheard() as told:
        done = merge(Patron, ada, [second, third], values={
            "city": second, "name": third, "terms.limit": second, "visits": ada})
    assert done.moved == {"tests.commission": 3}
    with unit_of_work(anna):
        kept = records.get(Patron, ada)
        assert (kept.code, kept.name, kept.city, kept.visits, kept[PatronTerms].limit) == (
            "A", "Ada Lovelace", "London", 0, 900)
        assert [each.patron_id for each in records.get_many(Commission, list(before))] == [ada] * 4
        assert sum(records.get(Commission, id_).version - old for id_, old in before.items()) == 3
        gone = records.get(Patron, second)
        assert (gone.archived, gone.code, gone.name) == (True, "A2", "Ada L.")
        assert merged_into(Patron, second) == merged_into(Patron, third) == ada
        assert not list(merged_records_are_left_behind())
        assert not [*links_lead_somewhere(), *references_lead_somewhere()]
    assert [(each.record.id, each.merged_ids, each.titles) for each in told] == [
        (ada, (second, third), ("Ada L.", "Ada Lovelace"))]


def test_what_was_said_and_put_with_them_is_the_survivors_once(
    anna: Actor, make_user: MakeUser, system: Actor, twins: list[int]
) -> None:
    ada, second, _third = twins
    ben = make_user("ben", *MERGER)
    with unit_of_work(system):
        records.create(Tag, [{"name": "VIP"}, {"name": "Late"}])
    with unit_of_work(anna):
        both = records.get_many(Patron, [ada, second])
        tag(both, put=["VIP"])
        tag(both[1:], put=["Late"])
        for record in both:
            talk.comment(record, f"about {record.code}")
            talk.star(record)
            follow(record)
        talk.follow_up(both[1], dt.date(2030, 1, 1), "call")
    with unit_of_work(ben):
        talk.star(records.get(Patron, second))
        follow(records.get(Patron, second))
    with unit_of_work(anna, reading=True):
        counts = {str(label): each for label, _plugin, each in count_pointers(Patron, [ada, second])}
        assert counts["Comments"] == {ada: 1, second: 1}
        assert counts["Tags"] == {ada: 1, second: 2}
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    with unit_of_work(anna, reading=True):
        connection = session().work.connection

        def rows(model: Any, id_: int) -> int:
            return int(connection.scalar(select(func.count()).select_from(model.__table__).where(
                model.__table__.c.entity == PATRON, model.__table__.c.record_id == id_)) or 0)

        assert [rows(model, ada) for model in (Comment, Star, FollowUp, Tagging)] == [2, 2, 1, 2]
        assert [rows(model, second) for model in (Comment, Star, FollowUp, Tagging)] == [0, 0, 0, 0]
        assert {each.name for each in tags_of(Patron, [ada])[ada]} == {"VIP", "Late"}
        assert followers_of(Patron, [ada])[ada] >= {anna.user_id, ben.user_id}


def test_custom_links_and_those_in_sub_tables_follow(anna: Actor, system: Actor, twins: list[int]) -> None:
    ada, second, _third = twins
    with unit_of_work(system):
        define_field(Commission, "link", "Payer", "x_payer", target=PATRON)
        define_field(Commission, "table", "Guests", "x_guests", columns=[
            {"code": "x_who", "label": "Who", "kind": "link", "target": PATRON}])
    with unit_of_work(system):
        made = records.create(Commission, [
            {"patron": ada, "x_payer": second, "x_guests": [{"x_who": second}, {"x_who": ada}]}, {"patron": ada}])
        ids = [each.id for each in made]
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    with unit_of_work(system):
        first, other = records.get_many(Commission, ids)
        assert first.x_payer_id == ada  # type: ignore[attr-defined]  # a custom field
        assert [line["x_who"] for line in first.x_guests] == [ada, ada]  # type: ignore[attr-defined]  # as above
        assert other.custom is None


def test_neither_of_two_that_were_merged_is_ever_deleted(anna: Actor, twins: list[int]) -> None:
    ada, second, third = twins
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    with unit_of_work(anna):
        assert records.delete(Patron, [ada, second, third]).deleted == [third]
        assert merged_into(Patron, second) == ada


def test_what_one_may_not_read_is_counted_without_its_name(
    anna: Actor, make_user: MakeUser, twins: list[int]
) -> None:
    with unit_of_work(anna):
        records.create(Commission, [{"patron": twins[0]}])
    with unit_of_work(anna, reading=True):
        assert [str(label) for label, _plugin, _counts in count_pointers(Patron, twins)] == ["Commissions"]
    ben = make_user("ben", grant(PATRON, "read change merge"))
    with unit_of_work(ben, reading=True):
        assert [(str(label), counts) for label, _plugin, counts in count_pointers(Patron, twins)] == [
            ("Other records", {twins[0]: 1})]


def test_the_trail_of_each_says_what_became_of_it(anna: Actor, twins: list[int]) -> None:
    ada, second, _third = twins
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    with unit_of_work(anna, reading=True):
        table = AuditEntry.__table__.c
        told = {row.record_id: row.changes for row in session().work.connection.execute(
            select(table.record_id, table.changes).where(table.action == "merge"))}
    assert told[ada]["merged"] == [{"id": second, "title": "Ada L."}]
    assert told[second] == {"into": {"id": ada, "title": "Ada"}}


def test_a_chain_of_merges_leads_to_its_end(anna: Actor, twins: list[int]) -> None:
    ada, second, third = twins
    with unit_of_work(anna):
        merge(Patron, second, [third])
    with unit_of_work(anna):
        merge(Patron, ada, [second])
        assert merged_into(Patron, third) == merged_into(Patron, second) == ada
        assert merged_into(Patron, ada) is None
        assert not list(merged_records_are_left_behind())


def test_a_form_that_still_names_a_merged_record_reaches_the_survivor(anna: Actor, twins: list[int]) -> None:
    ada, second, _third = twins
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    with unit_of_work(anna):
        assert records.create(Commission, [{"patron": second}])[0].patron_id == ada


@pytest.mark.parametrize(("others", "code"), [
    ([], "MERGE_SELF"), ([0], "MERGE_SELF"), ([1, 1], "MERGE_SELF"), ([9] * 1 + list(range(100, 120)), "MERGE_MANY")])
def test_what_is_no_choice_of_several_is_refused(
    anna: Actor, twins: list[int], others: list[int], code: str
) -> None:
    with pytest.raises(Refusal) as refused, unit_of_work(anna):
        merge(Patron, twins[0], [twins[each] if each < 3 else each for each in others])
    assert refused.value.code == code


def test_one_that_is_merged_or_archived_is_not_merged_again(anna: Actor, twins: list[int]) -> None:
    ada, second, third = twins
    with unit_of_work(anna):
        merge(Patron, ada, [second])
    for survivor, other in ((third, second), (second, third)):
        with pytest.raises(Conflict) as refused, unit_of_work(anna):
            merge(Patron, survivor, [other])
        assert refused.value.code == "MERGED_ALREADY"
    with pytest.raises(Conflict), unit_of_work(anna):
        records.restore(Patron, [second])
    with unit_of_work(anna):
        records.archive(Patron, [third])
    with pytest.raises(Refusal) as archived, unit_of_work(anna):
        merge(Patron, ada, [third])
    assert archived.value.code == "MERGE_ARCHIVED"


def test_a_record_that_somebody_changed_meanwhile_is_not_merged(anna: Actor, twins: list[int]) -> None:
    ada, second, _third = twins
    with unit_of_work(anna):
        seen = {ada: version(ada), second: version(second)}
        records.change(Patron, [(second, None, {"city": "Paris"})])
    with pytest.raises(Conflict) as refused, unit_of_work(anna):
        merge(Patron, ada, [second], versions=seen)
    assert refused.value.code == "CHANGED_MEANWHILE"
    with unit_of_work(anna):
        assert not records.get(Patron, second).archived
        assert merged_into(Patron, second) is None


def test_it_takes_the_right_to_merge_and_to_change_every_one_of_them(
    make_user: MakeUser, twins: list[int], anna: Actor
) -> None:
    plain = [each for each in EVERYTHING if isinstance(each, GrantDeclaration) and each.entity != PATRON]
    for rules in (
        (grant(PATRON, "read change"),), (grant(PATRON, "read merge"),),
        (grant(PATRON, "read merge"), grant(PATRON, "change", scope="own")),
    ):
        who = make_user(f"somebody{len(rules)}{rules[0].actions[1]}", *plain, *rules)
        with pytest.raises(Forbidden), unit_of_work(who):
            merge(Patron, twins[0], twins[1:2])
    locked = make_user("locked", *MERGER, readonly(PATRON, "city"))
    with pytest.raises(Invalid) as refused, unit_of_work(locked):
        merge(Patron, twins[0], twins[1:2], values={"city": twins[1]})
    assert refused.value.problems[0].field == "city"
    with pytest.raises(Invalid), unit_of_work(anna):
        merge(Patron, twins[0], twins[1:2], values={"city": twins[2]})


def test_a_plugin_may_object_and_a_listener_may_refuse(anna: Actor, twins: list[int]) -> None:
    answers = ModuleType("plugins.objector.hooks")

    @hook
    def merge_objection(questions: Sequence[contracts.MergeQuestion]) -> Sequence[str | None]:
        return ["They are two persons" if each.entity == PATRON else None for each in questions]

    answers.merge_objection = merge_objection  # type: ignore[attr-defined]  # a module made here
    with temporary_hooks():
        add_specifications(contracts)
        register_hooks("tests", answers)
        with pytest.raises(Refusal) as refused, unit_of_work(anna):
            merge(Patron, twins[0], twins[1:2])
    assert (refused.value.code, str(refused.value.message)) == ("MERGE_REFUSED", "They are two persons")
    with unit_of_work(anna):
        assert merged_into(Patron, twins[1]) is None


def test_tags_are_merged_and_lie_once_on_each_record(system: Actor, twins: list[int]) -> None:
    with unit_of_work(system):
        vip, key, late = (each.id for each in records.create(Tag, [
            {"name": "VIP"}, {"name": "Key account", "entity": PATRON}, {"name": "Late", "entity": PATRON}]))
        tag(records.get_many(Patron, twins[:2]), put=["VIP"])
        tag(records.get_many(Patron, twins[1:]), put=["Key account"])
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        merge(Tag, late, [vip])
    assert refused.value.problems[0].code == "MERGE_TAG"
    with unit_of_work(system):
        merge(Tag, vip, [key])
    with unit_of_work(system, reading=True):
        assert {id_: [each.name for each in some] for id_, some in tags_of(Patron, twins).items()} == {
            id_: ["VIP"] for id_ in twins}
        assert not list(links_lead_somewhere())


def test_a_link_to_a_merged_record_is_found(system: Actor, anna: Actor, twins: list[int]) -> None:
    with unit_of_work(system):
        made = records.create(Commission, [{"patron": twins[1]}])[0]
        session().work.connection.execute(insert(MergedRecord), [{
            "record_id": twins[1], "entity": PATRON, "into_id": twins[0], "at": session().now, "user_id": None}])
        told = [(each.entity, each.record) for each in merged_records_are_left_behind()]
        assert ("tests.commission", made.number) in told
        assert ("kernel_merged_record", str(twins[1])) in told, "it is not archived"


def test_what_came_to_point_to_it_meanwhile_follows_within_the_hour(
    system: Actor, anna: Actor, twins: list[int]
) -> None:
    ada, second, _third = twins
    with unit_of_work(anna):
        made = records.create(Commission, [{"patron": ada}])[0].id
        merge(Patron, ada, [second])
    with unit_of_work(system):
        session().work.connection.execute(update(Commission).where(
            Commission.__table__.c.id == made).values(patron_id=second))
        assert list(merged_records_are_left_behind())
    with unit_of_work(system):
        move_late_pointers.function()
        assert not list(merged_records_are_left_behind())


def test_of_two_who_merge_the_same_at_once_one_is_refused(database: Database, anna: Actor, twins: list[int]) -> None:
    start = threading.Barrier(2)
    ada, second, _third = twins

    def client(survivor: int, other: int) -> str:
        start.wait()
        try:
            perform(anna, lambda: merge(Patron, survivor, [other]))
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        came_to = sorted([each.result() for each in [
            pool.submit(client, ada, second), pool.submit(client, second, ada)]])
    assert came_to == ["MERGED_ALREADY", "done"]
    with unit_of_work(anna, reading=True):
        assert [merged_into(Patron, ada) is None, merged_into(Patron, second) is None].count(True) == 1


def test_what_can_not_be_merged_says_so(anna: Actor, twins: list[int]) -> None:
    with unit_of_work(anna):
        ids = [each.id for each in records.create(Commission, [{"patron": twins[0]}, {"patron": twins[0]}])]
    with pytest.raises(Refusal) as refused, unit_of_work(anna):
        merge(Commission, ids[0], ids[1:])
    assert refused.value.code == "NOT_MERGEABLE"
