"""Tags are put on records by whoever may change these, found again, counted, told in the trail, and go with them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from kernel.entities.audit import AuditEntry
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, Refusal
from kernel.exchange import records
from kernel.exchange.exporting.lists import exported
from kernel.exchange.listing import Query
from kernel.exchange.sheets.choices import Choices
from kernel.exchange.sheets.files import upload
from kernel.exchange.sheets.starting import find_import, start_check, start_import, start_undo
from kernel.exchange.values import FORM
from kernel.jobs.doing import run_jobs
from kernel.permissions.declare import grant, hide, readonly
from kernel.registry.invariants.links import references_lead_somewhere
from kernel.tags.checks import tags_lie_where_they_may
from kernel.tags.models import Tag, Tagging
from kernel.tags.services import tag, tags_of
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, Patron

TAGS = (grant("kernel.tag", "read create change"),)
PATRON = "tests.patron"


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", *EVERYTHING, *TAGS)


@pytest.fixture
def made(system: Actor) -> dict[str, int]:
    """Three tags: one for all records, one of patrons, one of patrons that is archived."""
    with unit_of_work(system):
        found = records.create(Tag, [
            {"name": "VIP", "colour": "violet"}, {"name": "Late payer", "colour": "red", "entity": PATRON},
            {"name": "Old", "entity": PATRON}])
        records.archive(Tag, [found[2].id])
        return {each.name: each.id for each in found}


@pytest.fixture
def patrons(system: Actor) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Patron, [
            {"code": code, "name": name} for code, name in (("A", "Ada"), ("B", "Bo"), ("C", "Cy"))])]


def names(who: Actor, id_: int) -> list[str]:
    with unit_of_work(who, reading=True):
        return [each.name for each in tags_of(Patron, [id_]).get(id_, ())]


def found(who: Actor, *conditions: Any, search: str = "") -> list[str]:
    with unit_of_work(who, reading=True):
        rows = Query(Patron, filter=conditions, sort=["code"], search=search, fields=["code"]).page().rows
        return [row["code"] for row in rows]


def test_tags_are_put_with_the_other_fields_and_read_with_them(
    anna: Actor, made: dict[str, int]
) -> None:
    with unit_of_work(anna):
        ada = records.create(Patron, [{"code": "A", "name": "Ada", "tags": ["vip", made["Late payer"]]}])[0].id
    with unit_of_work(anna):
        assert records.to_json(Patron, [ada], ["tags"])[0]["tags"] == [
            {"id": made["Late payer"], "name": "Late payer", "colour": "red"},
            {"id": made["VIP"], "name": "VIP", "colour": "violet"}]
        version = records.get(Patron, ada).version
        records.change(Patron, [(ada, version, {"tags": ["VIP"]})])
        assert records.get(Patron, ada).version == version + 1
    assert names(anna, ada) == ["VIP"]
    with unit_of_work(anna), pytest.raises(Conflict):
        records.change(Patron, [(ada, version, {"tags": []})])
    assert names(anna, ada) == ["VIP"]


def test_the_trail_says_what_was_put_and_taken(anna: Actor, made: dict[str, int], patrons: list[int]) -> None:
    with unit_of_work(anna):
        assert tag([records.get(Patron, patrons[0])], put=["VIP"]) == [patrons[0]]
    with unit_of_work(anna):
        tag([records.get(Patron, patrons[0])], put=["Late payer"], take=[made["VIP"]])
    with unit_of_work(anna):
        assert tag([records.get(Patron, patrons[0])], put=["Late payer"]) == [], "it lies there already"
        told = session().work.connection.execute(select(
            AuditEntry.changes, AuditEntry.user_id).where(
                AuditEntry.record_id == patrons[0], AuditEntry.action == "change").order_by(AuditEntry.id)).all()
    assert [row.changes for row in told] == [{"tags": [[], ["VIP"]]}, {"tags": [["VIP"], ["Late payer"]]}]
    assert {row.user_id for row in told} == {anna.user_id}


@pytest.mark.parametrize(("given", "code"), [
    (["Nobody"], "NO_SUCH_TAG"), (["Old"], "NO_SUCH_TAG"), ([999], "NO_SUCH_TAG"), ({"VIP": 1}, "NOT_A_LIST"),
    ([1.5], "NOT_A_LIST"), ([True], "NOT_A_LIST"), (7, "NOT_A_LIST"), ([f"+N{n}" for n in range(60)], "TOO_MANY")])
def test_what_is_no_tag_is_refused_and_nothing_is_written(
    anna: Actor, made: dict[str, int], patrons: list[int], given: object, code: str
) -> None:
    with pytest.raises(Invalid) as refused, unit_of_work(anna):
        records.change(Patron, [(patrons[0], None, {"tags": given, "city": "Taipei"})])
    assert [(each.field, each.code) for each in refused.value.problems] == [("tags", code)]
    assert names(anna, patrons[0]) == []


def test_a_tag_for_other_records_can_not_be_put(anna: Actor, system: Actor, patrons: list[int]) -> None:
    with unit_of_work(system):
        other = Tag(name="Elsewhere", entity="kernel.employee")
        session().add(other)
        session().flush()
        id_ = other.id
    with pytest.raises(Invalid), unit_of_work(anna):
        records.change(Patron, [(patrons[0], None, {"tags": [id_]})])


def test_a_name_is_given_once_however_it_is_written(system: Actor, made: dict[str, int]) -> None:
    for wrong in ({"name": "  vip "}, {"name": "VIP", "entity": PATRON}, {"name": "late  PAYER", "entity": PATRON}):
        with pytest.raises(Invalid) as refused, unit_of_work(system):
            records.create(Tag, [wrong])
        assert refused.value.problems[0].code == "DUPLICATE"
    for name in ("a,b", "#1", "+x", "a；b"):
        with pytest.raises(Invalid) as refused, unit_of_work(system):
            records.create(Tag, [{"name": name}])
        assert refused.value.problems[0].code == "TAG_NAME"
    with unit_of_work(system):
        records.create(Tag, [{"name": "Late payer", "entity": "kernel.employee"}])


def test_lists_are_narrowed_by_any_all_or_none_of_some_tags(
    anna: Actor, made: dict[str, int], patrons: list[int]
) -> None:
    with unit_of_work(anna):
        ada, bo, _cy = records.get_many(Patron, patrons)
        tag([ada, bo], put=["VIP"])
        tag([bo], put=["Late payer"])
    vip, late = made["VIP"], made["Late payer"]
    assert found(anna, ["tags", "eq", vip]) == ["A", "B"]
    assert found(anna, ["tags", "eq", "late payer"]) == ["B"]
    assert found(anna, ["tags", "in", [vip, late]]) == ["A", "B"]
    assert found(anna, ["tags", "all", [vip, late]]) == ["B"]
    assert found(anna, ["tags", "ne", late]) == ["A", "C"]
    assert found(anna, ["tags", "is_null", True]) == ["C"]
    assert found(anna, ["tags", "is_null", False]) == ["A", "B"]
    assert found(anna, ["tags", "eq", 424242]) == [], "a tag that is no more leaves nothing, and breaks no saved view"
    assert found(anna, search="vip") == ["A", "B"]
    assert found(anna, search="vip bo") == ["B"]
    for wrong in (["tags", "contains", "V"], ["tags", "lt", vip], ["tags", "eq", "Nobody"], ["code", "all", ["A"]]):
        with pytest.raises(Invalid):
            found(anna, wrong)
    with pytest.raises(Invalid), unit_of_work(anna, reading=True):
        Query(Patron, sort=["tags"]).page()


def test_tags_are_filtered_by_through_a_link(anna: Actor, made: dict[str, int], patrons: list[int]) -> None:
    with unit_of_work(anna):
        tag(records.get_many(Patron, patrons[:1]), put=["VIP"])
        records.create(Commission, [{"patron": id_} for id_ in patrons])
    with unit_of_work(anna, reading=True):
        page = Query(Commission, filter=[["patron.tags", "eq", made["VIP"]]], fields=["patron.tags"]).page()
        assert [[each.name for each in row["patron.tags"]] for row in page.rows] == [["VIP"]]
        every = Query(Commission, fields=["patron.tags"]).page().rows
        assert sum(bool(row["patron.tags"]) for row in every) == 1


def test_a_page_takes_one_statement_for_its_tags_however_many_rows(
    anna: Actor, system: Actor, made: dict[str, int], count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system):
        some = records.create(Patron, [{"code": f"P{n}", "name": "Plato"} for n in range(60)])
        tag(some[:40], put=["VIP", "Late payer"])
    counts = []
    for limit in (1, 60):
        with unit_of_work(anna, reading=True):
            Query(Patron, fields=["code", "tags"], limit=limit).page()
            with count_statements() as counter:
                page = Query(Patron, fields=["code", "tags"], limit=limit).page()
        counts.append(len(counter.statements))
        assert len(page.rows) == limit
    assert counts == [2, 2]


def test_who_may_not_change_a_record_puts_no_tag_on_it(
    system: Actor, make_user: MakeUser, made: dict[str, int], patrons: list[int]
) -> None:
    reader = make_user("reader", grant(PATRON, "read"), *TAGS)
    with pytest.raises(Forbidden), unit_of_work(reader):
        tag(records.get_many(Patron, patrons), put=["VIP"])
    with pytest.raises(Forbidden), unit_of_work(reader):
        records.change(Patron, [(patrons[0], None, {"tags": ["VIP"]})])
    own = make_user("own", grant(PATRON, "read"), grant(PATRON, "change", scope="own"))
    with pytest.raises(Forbidden), unit_of_work(own):
        records.change(Patron, [(patrons[0], None, {"tags": ["VIP"]})])
    locked = make_user("locked", grant(PATRON, "read change"), readonly(PATRON, "tags"))
    with pytest.raises(Forbidden), unit_of_work(locked):
        tag(records.get_many(Patron, patrons), put=["VIP"])
    with pytest.raises(Invalid), unit_of_work(locked):
        records.change(Patron, [(patrons[0], None, {"tags": ["VIP"]})])
    assert names(system, patrons[0]) == []


def test_hidden_tags_are_told_by_no_door(
    system: Actor, make_user: MakeUser, made: dict[str, int], patrons: list[int]
) -> None:
    with unit_of_work(system):
        tag(records.get_many(Patron, patrons[:1]), put=["VIP"])
    blind = make_user("blind", grant(PATRON, "read change export"), hide(PATRON, "tags"))
    with unit_of_work(blind, reading=True):
        assert "tags" not in records.to_json(Patron, patrons[:1])[0]
    with pytest.raises(Forbidden):
        found(blind, ["tags", "eq", made["VIP"]])
    assert found(blind, search="vip") == []
    with pytest.raises(Forbidden), unit_of_work(blind):
        records.change(Patron, [(patrons[0], None, {"tags": []})])


def test_a_tag_is_made_while_it_is_put_by_whoever_may(
    anna: Actor, make_user: MakeUser, made: dict[str, int], patrons: list[int]
) -> None:
    with unit_of_work(anna):
        records.change(Patron, [(patrons[0], None, {"tags": f"#{made['VIP']},+Brand new,+vip"})], reading=FORM)
    assert names(anna, patrons[0]) == ["Brand new", "VIP"]
    ben = make_user("ben", grant(PATRON, "read change"))
    with pytest.raises(Forbidden), unit_of_work(ben):
        records.change(Patron, [(patrons[0], None, {"tags": "+Another"})], reading=FORM)
    with unit_of_work(ben):
        records.change(Patron, [(patrons[1], None, {"tags": "+brand NEW"})], reading=FORM)
    assert names(ben, patrons[1]) == ["Brand new"]


def test_an_archived_tag_stays_where_it_lies_and_is_put_nowhere_else(
    anna: Actor, system: Actor, made: dict[str, int], patrons: list[int]
) -> None:
    with unit_of_work(anna):
        tag(records.get_many(Patron, patrons[:1]), put=["VIP"])
    with unit_of_work(system):
        records.delete(Tag, [made["VIP"]])
        assert session().get(Tag, made["VIP"]).archived, "something lies under it: it is archived, not deleted"  # type: ignore[union-attr]
    assert names(anna, patrons[0]) == ["VIP"]
    assert found(anna, ["tags", "eq", made["VIP"]]) == ["A"]
    with pytest.raises(Invalid), unit_of_work(anna):
        tag(records.get_many(Patron, patrons), put=["VIP"])
    with unit_of_work(anna):
        records.change(Patron, [(patrons[0], None, {"tags": f"#{made['VIP']}"})], reading=FORM)
    assert names(anna, patrons[0]) == ["VIP"]


def test_tags_go_with_their_record(system: Actor, made: dict[str, int], patrons: list[int]) -> None:
    with unit_of_work(system):
        tag(records.get_many(Patron, patrons), put=["VIP"])
    with unit_of_work(system):
        records.delete(Patron, patrons[:2])
        session().flush()
        assert session().work.connection.scalar(select(func.count()).select_from(Tagging.__table__)) == 1


def test_tags_are_exported_as_names_and_imported_from_them(
    anna: Actor, made: dict[str, int], patrons: list[int], system: Actor
) -> None:
    with unit_of_work(anna):
        tag(records.get_many(Patron, patrons[:1]), put=["VIP", "Late payer"])
        lines = list(exported(Query(Patron, sort=["code"], fields=["code", "tags"]), ["Code", "Tags"]))
    assert lines == [["Code", "Tags"], ["A", "Late payer, VIP"], ["B", None], ["C", None]]
    data = "Code,Name,Tags\nA,Ada,vip\nB,Bo,\"Late payer; VIP\"\nD,Di,late payer\nE,Ed,Nobody\n"
    with unit_of_work(anna):
        brought = upload(Patron, "patrons.csv", io.BytesIO(data.encode()))
    with unit_of_work(anna):
        start_check(found_import := find_import(Patron, brought.id), replace(
            Choices.from_json(found_import.choices), match="code", existing="change"))
    run_jobs()
    with unit_of_work(anna):
        start_import(find_import(Patron, brought.id), all_or_nothing=False)
    run_jobs()
    with unit_of_work(anna):
        done = find_import(Patron, brought.id)
        assert done.report["done"]["wrong"] == 1, done.report
        ids = {row["code"]: row.id for row in Query(Patron, fields=["code"]).page().rows}
    assert [names(anna, ids[code]) for code in "ABD"] == [["VIP"], ["Late payer", "VIP"], ["Late payer"]]
    assert "E" not in ids
    with unit_of_work(anna):
        start_undo(find_import(Patron, brought.id), whole=True)
    run_jobs()
    assert [names(anna, ids[code]) for code in "AB"] == [["Late payer", "VIP"], []]


def test_a_tag_that_lies_where_it_may_not_is_found(system: Actor, made: dict[str, int], patrons: list[int]) -> None:
    with unit_of_work(system) as opened:
        assert not list(tags_lie_where_they_may())
        now = opened.now
        opened.work.connection.execute(insert(Tagging), [
            {"record_id": patrons[0], "entity": "tests.commission", "tag_id": made["Late payer"], "at": now},
            {"record_id": 4711, "entity": PATRON, "tag_id": made["VIP"], "at": now}])
        assert [each.record for each in tags_lie_where_they_may()] == [str(patrons[0])]
        lost = [each for each in references_lead_somewhere() if each.entity == "kernel_tagging"]
        assert {each.record for each in lost} == {str(patrons[0]), "4711"}


def test_what_has_no_tags_says_so(anna: Actor, made: dict[str, int], patrons: list[int]) -> None:
    with pytest.raises(Refusal) as refused, unit_of_work(anna):
        tag(records.create(Commission, [{"patron": patrons[0]}]), put=["VIP"])
    assert refused.value.code == "NOT_TAGGED"
