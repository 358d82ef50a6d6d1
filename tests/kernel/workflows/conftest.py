"""People to try approvals with: anna submits; boss is her manager; the others approve."""

from __future__ import annotations

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import Employee
from kernel.permissions.declare import grant
from kernel.permissions.roles import sync_roles
from kernel.workflows.approvals import APPROVAL_ROLES
from tests.conftest import MakeUser
from tests.kernel.workflows.claims import RIGHTS, done


@pytest.fixture
def crew(make_user: MakeUser, system: Actor) -> dict[str, Actor]:
    done.clear()
    with unit_of_work(system):
        sync_roles("kernel", APPROVAL_ROLES)
    reads = grant("tests.claim", "read", scope="own")
    found = {"anna": make_user("anna", RIGHTS)}
    found |= {name: make_user(name, reads) for name in ("boss", "cfo", "cto", "dora", "emil")}
    with unit_of_work(system) as opened:
        top = Employee(number="0", name="Cfo", user_id=found["cfo"].user_id)
        opened.add(top)
        opened.flush()
        boss = Employee(number="1", name="Boss", user_id=found["boss"].user_id, manager_id=top.id)
        opened.add(boss)
        opened.flush()
        opened.add(Employee(number="2", name="Anna", user_id=found["anna"].user_id, manager_id=boss.id))
    return found
