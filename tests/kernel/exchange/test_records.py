"""Every door writes records the same way: all problems at once, links by name, lines, components, no lost update."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.values import FORM
from kernel.identity.models import User
from kernel.permissions.declare import grant, hide, readonly
from kernel.workflows.machine import workflow_of
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, CommissionItem, Patron, PatronTerms

ADA = {"code": "P1", "name": " Ada Lovelace ", "terms": {"limit": "900.50"}}
WORK: dict[str, Any] = {
    "patron": "P1", "due": "2026-03-31", "seen_at": "2026-03-01T10:00:00+08:00", "style": "ink", "urgent": True,
    "items": [{"what": "Portrait", "quantity": "2", "price": "100.25"}, {"what": "Frame", "price": 5}],
}


def told(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {problem.field: problem.code for problem in error.value.problems}


@pytest.fixture
def ada(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Patron, [ADA])[0].id


@pytest.fixture
def piece(system: Actor, ada: int) -> int:
    with unit_of_work(system):
        return records.create(Commission, [WORK])[0].id


def test_a_record_is_created_with_its_lines_component_and_links_by_name(system: Actor, piece: int, ada: int) -> None:
    with unit_of_work(system, reading=True):
        made = records.get(Commission, piece)
        assert made.patron.name == "Ada Lovelace"
        assert made.patron[PatronTerms].limit == Decimal("900.50")
        assert made.seen_at == dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)
        assert [(item.what, item.quantity, item.price) for item in made.items] == [
            ("Portrait", 2, Decimal("100.25")), ("Frame", 1, 5)]
        assert made.total == Decimal("205.50")
        assert made.number == "C-0001"
        [answer] = records.to_json(Commission, [made])
        assert answer["patron"] == {"id": ada, "title": "Ada Lovelace"}
        assert answer["total"] == "205.50"
        assert answer["items"][0] | {"id": 0, "created_at": "", "changed_at": ""} == answer["items"][0] | {
            "id": 0, "created_at": "", "changed_at": "", "what": "Portrait", "quantity": "2", "price": "100.25"}
        [patron] = records.to_json(Patron, [ada])
        assert patron["terms"] == {"limit": "900.50", "advisor": None}


def test_a_link_takes_an_id_or_a_mapping_with_one(work: Session) -> None:
    patron = records.create(Patron, [ADA])[0]
    made = records.create(Commission, [{"patron": patron.id}, {"patron": {"id": patron.id, "title": "whatever"}}])
    assert [each.patron_id for each in made] == [patron.id, patron.id]


def test_all_problems_are_told_at_once_by_dotted_path(work: Session) -> None:
    records.create(Patron, [ADA])
    with pytest.raises(Invalid) as error:
        records.create(Commission, [{
            "due": "31.3.", "seen_at": "2026-03-01T10:00:00", "style": "wax", "urgent": "maybe", "colour": 1,
            "number": "C-9", "items": [
                {"what": "x" * 61, "quantity": "1.1234567"}, {"price": "free"}, "nothing", {"price": 10**12}],
        }])
    assert told(error) == {
        "due": "NOT_DATE", "seen_at": "NO_ZONE", "style": "NOT_A_CHOICE", "urgent": "NOT_BOOLEAN",
        "colour": "UNKNOWN_FIELD", "number": "READONLY", "items.0.what": "TOO_LONG",
        "items.0.quantity": "TOO_PRECISE", "items.1.price": "NOT_NUMBER", "items.2": "NOT_AN_OBJECT",
        "items.3.price": "TOO_LARGE", "patron": "REQUIRED",
    }
    assert session().scalars(select(Commission)).all() == []


def test_what_a_record_itself_finds_wrong_is_told_by_its_place(work: Session) -> None:
    records.create(Patron, [ADA])
    with pytest.raises(Invalid) as error:
        records.create(Commission, [WORK, {**WORK, "items": [{"what": "a"}, {"what": "b", "quantity": "-1"}]}])
    assert told(error) == {"1.items.1.quantity": "QUANTITY"}


def test_a_missing_required_field_is_told_in_the_users_words(work: Session) -> None:
    with pytest.raises(Invalid, match="Name is missing") as error:
        records.create(Patron, [{"code": "X", "name": "  "}])
    assert told(error) == {"name": "REQUIRED"}


def test_a_link_that_leads_nowhere_or_to_several_is_told(work: Session) -> None:
    records.create(Patron, [ADA, {**ADA, "code": "P2"}])
    user = User(login="x", name="Twin")
    session().add_all([user, User(login="y", name="Twin")])
    with pytest.raises(Invalid) as error:
        records.create(Commission, [{"patron": "P9", "owner": 12345, "items": []}, {"patron": 0}], indexed=True)
    assert told(error) == dict.fromkeys(("0.patron", "0.owner", "1.patron"), "NO_SUCH_RECORD")
    with pytest.raises(Invalid) as error:
        records.create(Commission, [{"patron": "P9", "owner": 12345}])
    assert told(error) == {"patron": "NO_SUCH_RECORD", "owner": "NO_SUCH_RECORD"}


def test_a_form_sends_text_and_its_readonly_and_unknown_fields_are_left_aside(work: Session) -> None:
    patron = records.create(Patron, [ADA])[0]
    made = records.create(Commission, [{
        "patron": str(patron.id), "urgent": "on", "seen_at": "2026-03-01T10:00", "number": "mine", "csrf_token": "x",
        "state": "done", "due": "", "items": [{"what": "a", "quantity": "3", "price": "", "removed": ""}],
    }], reading=FORM)[0]
    assert (made.urgent, made.number, made.state, made.due) == (True, "C-0001", "draft", None)
    assert made.items[0].price == 0


def test_a_change_keeps_what_it_does_not_name_and_edits_lines_by_id(system: Actor, piece: int) -> None:
    with unit_of_work(system):
        first, second = (item.id for item in records.get(Commission, piece).items)
        records.change(Commission, [(piece, 1, {"items": [
            {"id": first, "price": "10"}, {"id": second, "removed": True}, {"what": "New", "price": "1"}]})])
    with unit_of_work(system, reading=True):
        made = records.get(Commission, piece)
        assert [(item.what, item.price) for item in made.items] == [("Portrait", 10), ("New", 1)]
        assert (made.total, made.version, made.style) == (21, 2, "ink")


def test_a_changed_line_alone_carries_the_total_and_the_version(system: Actor, piece: int) -> None:
    with unit_of_work(system):
        first = records.get(Commission, piece).items[0].id
        records.change(Commission, [(piece, 1, {"items": [{"id": first, "price": "1"}]})])
    with unit_of_work(system, reading=True):
        made = records.get(Commission, piece)
        assert (made.total, made.version) == (7, 2)


def test_lines_sent_as_they_are_change_nothing(system: Actor, piece: int) -> None:
    with unit_of_work(system):
        lines = [{"id": each.id, "price": str(each.price)} for each in records.get(Commission, piece).items]
        records.change(Commission, [(piece, 1, {"items": lines})])
    with unit_of_work(system, reading=True):
        assert records.get(Commission, piece).version == 1


def test_a_line_of_another_record_cannot_be_named(system: Actor, piece: int) -> None:
    with unit_of_work(system):
        other = records.create(Commission, [WORK])[0]
        with pytest.raises(Invalid) as error:
            records.change(Commission, [(piece, None, {"items": [{"id": other.items[0].id, "price": "1"}]})])
        assert told(error) == {"items.0.id": "NO_SUCH_LINE"}


def test_a_lost_update_names_who_changed_what(system: Actor, ada: int, make_user: MakeUser) -> None:
    anna, ben = make_user("anna", *EVERYTHING), make_user("ben", *EVERYTHING)
    with unit_of_work(system):
        records.change(Patron, [(ada, 1, {"city": "Hsinchu"})])
    with unit_of_work(anna):
        records.change(Patron, [(ada, 2, {"city": "Paris", "terms": {"limit": "5"}})])
    with pytest.raises(ChangedMeanwhile, match="Anna changed") as error, unit_of_work(ben):
        records.change(Patron, [(ada, 2, {"city": "Rome"})])
    assert {(change.field, change.old, change.new, change.who) for change in error.value.changes} == {
        ("city", "Hsinchu", "Paris", "Anna"), ("terms.limit", "900.5", "5", "Anna")}
    assert error.value.version == 3
    assert error.value.as_problem()["changes"][0]["who"] == "Anna"


def test_a_conflict_says_nothing_of_hidden_fields(system: Actor, ada: int, make_user: MakeUser) -> None:
    ben = make_user("ben", grant("tests.patron", "read change"), hide("tests.patron", "secret_note"))
    with unit_of_work(system):
        records.change(Patron, [(ada, 1, {"secret_note": "owes us", "terms": {"limit": "5"}})])
    with pytest.raises(ChangedMeanwhile) as error, unit_of_work(ben):
        records.change(Patron, [(ada, 1, {"city": "Rome"})])
    assert error.value.changes == []
    assert "owes" not in str(error.value.as_problem())


def test_two_people_collide_on_a_component_even_without_a_right_on_its_base(
    system: Actor, ada: int, make_user: MakeUser
) -> None:
    terms = make_user("terms", grant("tests.patron", "read"), grant("tests.patron_terms", "read change"))
    with unit_of_work(terms):
        assert records.change(Patron, [(ada, 1, {"terms": {"limit": "1"}})])[0].version == 2
    with pytest.raises(Conflict), unit_of_work(terms):
        records.change(Patron, [(ada, 1, {"terms": {"limit": "2"}})])
    with pytest.raises(Forbidden), unit_of_work(terms):
        records.change(Patron, [(ada, 2, {"name": "Eve"})])
    with unit_of_work(system, reading=True):
        assert records.get(Patron, ada)[PatronTerms].limit == 1


def test_locked_and_hidden_fields_are_refused_or_left_aside(system: Actor, ada: int, make_user: MakeUser) -> None:
    ben = make_user("ben", grant("tests.patron", "read create change"), hide("tests.patron", "secret_note"),
                    readonly("tests.patron", "city"))
    with pytest.raises(Forbidden, match="secret_note"), unit_of_work(ben):
        records.change(Patron, [(ada, None, {"secret_note": "x"})])
    with pytest.raises(Invalid, match="City can't be written"), unit_of_work(ben):
        records.change(Patron, [(ada, None, {"city": "x"})])
    with pytest.raises(Forbidden), unit_of_work(ben):
        records.change(Patron, [(ada, None, {"terms": {"limit": "2"}})])
    with unit_of_work(ben):
        changed = records.change(Patron, [(ada, None, {"city": "x", "secret_note": "x", "name": "A"})], reading=FORM)
        assert (changed[0].name, changed[0].city, changed[0].secret_note) == ("A", None, None)
        assert "secret_note" not in records.to_json(Patron, changed)[0]
        assert "terms" not in records.to_json(Patron, changed)[0]


def test_without_rights_there_is_nothing_to_create_or_find(ada: int, make_user: MakeUser) -> None:
    nobody = make_user("nobody")
    own = make_user("own", grant("tests.patron", "read", scope="own"))
    with pytest.raises(Forbidden), unit_of_work(nobody):
        records.create(Patron, [ADA])
    with pytest.raises(Forbidden), unit_of_work(nobody):
        records.get(Patron, ada)
    with pytest.raises(NotFound), unit_of_work(own):
        records.get(Patron, ada)
    with pytest.raises(NotFound), unit_of_work(own):
        records.change(Patron, [(ada, None, {"name": "Eve"})])


def test_what_is_referred_to_is_archived_and_the_rest_is_deleted(system: Actor, piece: int, ada: int) -> None:
    with unit_of_work(system):
        lonely = records.create(Patron, [{"code": "P8", "name": "Lonely", "terms": {"limit": "3"}}])[0].id
        removed = records.delete(Patron, [ada, lonely])
        assert (removed.deleted, removed.archived) == ([lonely], [ada])
    with unit_of_work(system):
        assert records.get(Patron, ada).archived
        assert records.restore(Patron, [ada])[0].archived is False
        with pytest.raises(NotFound):
            records.get(Patron, lonely)
        assert records.delete(Commission, [piece]).deleted == [piece]
        assert session().scalars(select(CommissionItem)).all() == []
        with pytest.raises(Conflict):
            records.delete(Patron, [ada], {ada: 1})


def test_a_document_whose_workflow_has_begun_is_not_deleted(system: Actor, piece: int) -> None:
    with unit_of_work(system):
        made = records.get(Commission, piece)
        flow = workflow_of(Commission)
        assert flow is not None
        flow.run("finish", [made], {"remark": "good"})
        with pytest.raises(Refusal, match="can't be deleted"):
            records.delete(Commission, [piece])


@pytest.mark.parametrize("many", [2, 40])
def test_creating_and_changing_many_costs_the_same_statements(
    system: Actor, ada: int, make_user: MakeUser, count_statements: Any, many: int
) -> None:
    anna = make_user("anna", *EVERYTHING)
    with unit_of_work(anna):
        records.get(Patron, ada)
        with count_statements() as counter:
            made = records.create(Commission, [WORK] * many)
        assert len(counter) <= 12
        ids = [(each.id, each.version, {"urgent": False, "items": [
            {"id": each.items[0].id, "price": "3"}, {"what": "More"}]}) for each in made]
    with unit_of_work(anna), count_statements() as counter:
        records.change(Commission, ids)
    # SQLAlchemy sends versioned updates row by row; nothing else may grow with the records.
    assert len([sent for sent in counter.statements if not sent.startswith("UPDATE")]) <= 12
    assert len(counter) <= 12 + 2 * many
    with unit_of_work(anna), count_statements() as counter:
        records.change(Patron, [(ada, None, {"terms": {"limit": "7"}})])
        records.to_json(Commission, [id_ for id_, _version, _data in ids])
    assert len(counter) <= 16
