"""Each corruption that somebody plants is named, and a sound database has none."""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from kernel.entities.base import Base
from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.models import Event, Outbox
from kernel.identity.models import Company, Department, Employee, User
from kernel.permissions.models import Grant, Role
from kernel.registry.checks import run_checks
from kernel.registry.installing import install_kernel
from kernel.registry.loading import load_kernel
from kernel.registry.migrating import schema_work
from kernel.registry.state import seal
from kernel.shared.models import Contact, Party
from kernel.testing.databases import postgres_database
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

load_kernel()


@pytest.fixture(params=["sqlite", "postgresql"])
def sound(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Database]:
    """An installation with a bit of everything the invariants look at."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db")
        yield _filled(database)
        database.dispose()
        return
    with postgres_database() as url:
        database = Database(url)
        yield _filled(database)
        database.dispose()


def _filled(database: Database) -> Database:
    with schema_work(database) as system:
        install_kernel()
        Base.metadata.create_all(system.work.connection)  # what other tests of this process have declared
        company = Company(name="Blue Door")
        system.add(company)
        seal()
    with unit_of_work(Actor(system=True, company_id=company.id), database=database) as system:
        user = User(login="anna", name="Anna", home_company_id=company.id)
        system.add_all([user, party := Party(name="Rose"), head := Department(name="All")])
        system.flush()
        system.add_all([below := Department(name="Sales", parent_id=head.id), Party(name="Lily")])
        system.flush()
        system.add(Contact(party_id=party.id, name="Tom"))
        system.add(Employee(number="E1", name="Anna", user_id=user.id, department_id=below.id))
        system.add(Role(code="kernel.test", name="Test", grants=[Grant(entity="kernel.party", action="read")]))
        definition = ApprovalDefinition(
            code="x", name="X", entity="kernel.party", transition="go", archived=True,
            nodes=[{"key": "n1", "type": "approve", "name": "One", "approvers": [{"by": "manager"}]}])
        system.add(definition)
        system.flush()
        run = ApprovalRun(
            definition_id=definition.id, entity="kernel.party", record_id=party.id, record_title="Rose",
            transition="go", came_from="draft", initiator_id=user.id, company_id=company.id, nodes=definition.nodes,
            progress={"n1": {"at": "open"}})
        run.tasks.append(ApprovalTask(node="n1", label="One", approver_id=user.id))
        system.add(run)
        event, later = system.work.take_ids(2)
        common = {"name": "kernel.x", "version": 1, "payload": {}, "at": system.now}
        system.work.connection.execute(insert(Event), [
            {"id": event, "cause_id": None, **common}, {"id": later, "cause_id": event, **common}])
        system.work.connection.execute(insert(Outbox).values(
            id=system.work.take_ids()[0], event_id=later, listener="kernel.listen", attempts=0, due_at=system.now,
            dead=False))
    return database


CORRUPTIONS = {
    "a doubled number": ("kernel.numbers", (
        "DROP INDEX ux_kernel_party_number",
        "UPDATE kernel_party SET number = (SELECT min(number) FROM kernel_party), company_id = NULL")),
    "a dangling link": ("kernel.links", ("UPDATE kernel_employee SET department_id = 987654321",)),
    "a creator who never was": ("kernel.links", ("UPDATE kernel_party SET created_by_id = 987654321",)),
    "a lost event": ("kernel.links", ("UPDATE kernel_audit SET event_id = 987654321",)),
    "a line without its document": ("kernel.links", ("UPDATE kernel_contact SET party_id = 987654321",)),
    "an audit row of nothing": ("kernel.references", (
        "UPDATE kernel_audit SET record_id = 987654321 WHERE entity = 'kernel.party'",)),
    "an audit row of an unknown entity": ("kernel.references", ("UPDATE kernel_audit SET entity = 'gone.thing'",)),
    "an approval of nothing": ("kernel.references", ("UPDATE kernel_approval_run SET record_id = 987654321",)),
    "an allocator that fell behind": ("kernel.id_allocator", (
        "UPDATE kernel_party SET id = 987654321 WHERE name = 'Lily'",)),
    "a number counter that fell behind": ("kernel.number_counters", ("UPDATE kernel_number_counter SET next = 1",)),
    "a version below one": ("kernel.versions", ("UPDATE kernel_party SET version = 0",)),
    "a run without a company": ("kernel.links", ("UPDATE kernel_approval_run SET company_id = 987654321",)),
    "a choice nobody offers": ("kernel.choices", ("UPDATE kernel_user SET theme = 'pink'",)),
    "a path that lost its tree": ("kernel.departments", (
        "UPDATE kernel_department SET path = '/1/' WHERE name = 'Sales'",)),
    "a grant on nothing": ("kernel.rights", ("UPDATE kernel_grant SET entity = 'gone.thing'",)),
    "a role of a plugin that is gone": ("kernel.rights", ("UPDATE kernel_role SET plugin = 'gone'",)),
    "a delivery of a lost event": ("kernel.outbox", ("UPDATE kernel_outbox SET event_id = 987654321",)),
    "a delivery to a plugin that is gone": ("kernel.outbox", ("UPDATE kernel_outbox SET listener = 'gone.listen'",)),
    "an effect before its cause": ("kernel.causes", (
        "UPDATE kernel_event SET at = '2020-01-01 00:00:00.000000' WHERE cause_id IS NOT NULL",)),
    "a run that asks nobody": ("kernel.approval_runs", ("UPDATE kernel_approval_task SET outcome = 'skipped'",)),
    "an ended run that still asks": ("kernel.approval_runs", ("UPDATE kernel_approval_run SET outcome = 'withdrawn'",)),
    "an approval of an unknown action": ("kernel.approval_definitions", (
        "UPDATE kernel_approval_definition SET archived = false",)),
    "a lost table": ("kernel.plugins", ("DROP TABLE kernel_share",)),
    "a lost column": ("kernel.schema", ("ALTER TABLE kernel_employee DROP COLUMN job_title",)),
    "a plugin's leftovers": ("kernel.plugins", ("CREATE TABLE kernel_migration_gone (version_num INTEGER)",)),
}


def test_a_sound_database_has_no_findings(sound: Database) -> None:
    report = run_checks(database=sound)
    assert [(each.name, str(finding.message)) for each, finding in report.found] == []
    assert len(report.checked) >= 18


@pytest.mark.slow
def test_each_planted_corruption_is_named(sound: Database, tmp_path: Path) -> None:
    if not sound.is_sqlite:  # a copy takes seconds there: all at once must trip every invariant
        _plant(sound, [statement for _name, statements in CORRUPTIONS.values() for statement in statements])
        found = {each.name for each, _finding in run_checks(database=sound).found}
        assert {name for name, _statements in CORRUPTIONS.values()} <= found
        return
    missed = []
    sound.dispose()  # the last connection to close writes the log back into the file
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    for what, (name, statements) in CORRUPTIONS.items():
        shutil.copy(str(sound.url.database), str(copy.url.database))
        _plant(copy, statements)
        report = run_checks([name], database=copy)
        copy.dispose()
        if report.clean:
            missed.append(what)
    assert missed == []


def _plant(database: Database, statements: Sequence[str]) -> None:
    with database.connect() as connection:
        if database.is_sqlite:
            connection.detach()
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement))


def test_findings_name_the_record(sound: Database) -> None:
    with sound.engine.begin() as connection:
        connection.execute(text("UPDATE kernel_party SET version = 0 WHERE name = 'Rose'"))
        number = connection.execute(select(Party.number).where(Party.name == "Rose")).scalar_one()
    ((invariant, finding),) = run_checks(["kernel.versions"], database=sound).found
    assert (finding.entity, finding.record) == ("kernel.party", number)
    assert invariant.plugin == "kernel"


def test_a_question_that_cannot_be_asked_is_a_finding_and_stops_no_other(sound: Database) -> None:
    with sound.engine.begin() as connection:
        connection.execute(text("DROP TABLE kernel_number_counter"))
        connection.execute(text("UPDATE kernel_user SET theme = 'pink'"))
    messages = [str(finding.message) for _each, finding in run_checks(database=sound).found]
    assert any("can't be checked" in message for message in messages)
    assert any("Theme" in message for message in messages)

