"""A company that used sales and takes it out again: nothing stays, nothing is lost, whenever the power fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.kernel.registry.conftest import kernel_rows, schema_of
from tests.kernel.registry.site import Site

PEOPLE = """
    from decimal import Decimal
    from kernel.identity.models import Company, Employee, User
    from kernel.shared.models import Party, Product, Unit
    from kernel.exchange import records
    with unit_of_work(SYSTEM) as system:
        company = system.scalars(select(Company)).one().id
    with unit_of_work(Actor(system=True, company_id=company)) as system:
        anna = User(login="anna", name="Anna", home_company_id=company)
        boss = User(login="meihua", name="Mei-Hua", home_company_id=company)
        system.add_all([anna, boss, Party(name="Nordrad GmbH", is_customer=True)])
        system.flush()
        unit = system.scalars(select(Unit).order_by(Unit.id)).first()
        system.add(Product(code="CC8", name="City Commuter", unit_id=unit.id, list_price=Decimal(38900)))
        system.add(head := Employee(number="1", name="Mei-Hua", user_id=boss.id))
        system.flush()
        system.add(Employee(number="2", name="Anna", user_id=anna.id, manager_id=head.id))
"""

USE = """
    import datetime as dt
    from decimal import Decimal
    from kernel.exchange import records
    from kernel.identity.models import User
    from kernel.permissions.actors import actor_of
    from kernel.permissions.models import Share
    from kernel.permissions.roles import give_roles
    from kernel.registry.settings import change_setting
    from kernel.shared.models import Party, Product
    from kernel.workflows.machine import workflow_of
    from plugins.crm.leads.models import Lead
    from plugins.crm.leads.services import convert_leads
    from plugins.crm.opportunities.models import Opportunity
    from plugins.crm.opportunities.services import win_opportunities
    from plugins.erp_sales.orders.models import Order
    from plugins.erp_sales.orders.services import confirm_orders
    with unit_of_work(SYSTEM) as system:
        users = {user.login: user for user in system.scalars(select(User))}
        give_roles([users["anna"]], ["crm.agent", "erp_sales.agent"])
        give_roles([users["meihua"]], ["crm.manager", "erp_sales.manager"])
        change_setting("erp_sales.quote_days", 14)
        customer = system.scalars(select(Party.id).where(Party.name == "Nordrad GmbH")).one()
        bike = system.scalars(select(Product.id)).one()
        records.change(Party, [(customer, None, {"erp_sales": {"credit_limit": "9000000"},
                                                 "crm": {"owner": users["anna"].id}})])
        anna, boss = users["anna"].id, users["meihua"].id
    with unit_of_work(SYSTEM) as system:
        seller = actor_of(anna)
    with unit_of_work(seller) as hers:
        [lead] = records.create(Lead, [{"name": "Petra", "customer": customer, "budget": "1000"}])
        workflow_of(Lead).run("contact", [lead])
        convert_leads([lead])
        [deal] = hers.scalars(select(Opportunity)).all()
        records.change(Opportunity, [(deal.id, None, {
            "closes_on": "2026-12-24", "lines": [{"product": bike, "quantity": "2"}]})])
        win_opportunities([deal])
        [plain] = hers.scalars(select(Order)).all()
        confirm_orders([plain])
        [waiting] = records.create(Order, [{
            "customer": customer, "lines": [{"product": bike, "quantity": "1", "discount": "9"}]}])
        confirm_orders([waiting])
        print(plain.state, waiting.state)
        shared = waiting.id
    with unit_of_work(SYSTEM) as system:
        if not system.scalars(select(Share).where(Share.record_id == shared, Share.user_id == boss)).all():
            system.add(Share(entity="erp_sales.order", record_id=shared, user_id=boss, mode="read"))
"""


def all_rows(site: Site) -> dict[str, list[str]]:
    """Give every row of every table that isn't a counter or a seal."""
    engine = create_engine(site.url)
    with engine.connect() as connection:
        own = {
            name: sorted(str(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in inspect(connection).get_table_names() if not name.startswith("kernel_")}
    engine.dispose()
    return {**kernel_rows(site), **own}


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, Any]:
    """Give the rows that only one of two states has, by table."""
    return {
        name: (sorted(set(before.get(name, ())) - set(after.get(name, ()))),
               sorted(set(after.get(name, ())) - set(before.get(name, ()))))
        for name in {*before, *after} if before.get(name) != after.get(name)}


@pytest.mark.slow
def test_sales_comes_is_used_and_goes_without_a_trace_and_comes_back_whole(empty: Site) -> None:
    empty.trellis("init", "--company", "Blue Door", "--password", "correct horse")
    empty.python(PEOPLE)
    schema, rows = schema_of(empty), kernel_rows(empty)

    empty.trellis("plugin", "install", "crm", "erp_sales")
    assert empty.python(USE).split()[-2:] == ["confirmed", "submitted"]
    assert empty.json("check")["clean"]
    installed, used = schema_of(empty), all_rows(empty)
    assert used["kernel_approval_task"]
    assert used["kernel_event"]
    empty.trellis("plugin", "uninstall", "crm", "erp_sales", "--yes")

    assert schema_of(empty) == schema
    assert differing(rows, kernel_rows(empty)) == {}
    assert empty.json("check")["clean"]

    empty.trellis("plugin", "install", "crm", "erp_sales")
    assert schema_of(empty) == installed
    back = differing(used, all_rows(empty))
    back.pop("kernel_plugin", None)  # when it was installed is told anew
    assert back == {}
    assert empty.json("check")["clean"]


SLOWED = """
    import sys, time
    from sqlalchemy import Engine, event
    from kernel.cli.main import main
    print("ready", flush=True)

    @event.listens_for(Engine, "before_cursor_execute")
    def dawdle(connection, cursor, statement, *rest):
        if statement.lstrip().upper().startswith(("DROP", "CREATE TABLE", "DELETE", "INSERT")):
            print(statement.split("(")[0][:40].replace(chr(10), " "), flush=True)
            time.sleep(0.1)
    main(sys.argv[1:])
"""


def kill_after(site: Site, words: tuple[str, ...], statements: int) -> int:
    """Start a command and kill it after so many changes of the database; gives how many it had begun."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SLOWED), *words], cwd=site.home, env=site.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:
        assert process.stdout is not None
        begun = -1
        for _line in process.stdout:
            begun += 1
            if begun >= statements:
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        assert process.returncode == -signal.SIGKILL, f"ended by itself after {begun} changes"
    return begun


@pytest.mark.slow
@pytest.mark.parametrize("statements", [3, 12])
def test_a_kill_in_the_middle_of_coming_or_going_changes_nothing(empty: Site, statements: int) -> None:
    empty.trellis("init", "--password", "correct horse")
    bare, rows = schema_of(empty), kernel_rows(empty)

    kill_after(empty, ("plugin", "install", "crm", "erp_sales"), statements)
    _settled(empty)
    assert schema_of(empty) == bare
    assert differing(rows, kernel_rows(empty)) == {}
    assert empty.json("check")["clean"]

    empty.trellis("plugin", "install", "crm", "erp_sales")
    installed, rows = schema_of(empty), all_rows(empty)
    kill_after(empty, ("plugin", "uninstall", "crm", "erp_sales", "--yes"), statements)
    _settled(empty)
    assert schema_of(empty) == installed
    assert differing(rows, all_rows(empty)) == {}
    assert empty.json("check")["clean"]

    empty.trellis("plugin", "uninstall", "crm", "erp_sales", "--yes")
    assert schema_of(empty) == bare


def _settled(site: Site) -> None:
    """Wait until the server has noticed that its client is dead."""
    if site.url.startswith("sqlite"):
        assert Path(site.url.removeprefix("sqlite:///")).exists()
        return
    engine = create_engine(site.url)
    with engine.connect() as connection:
        for _round in range(100):
            others = connection.execute(text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")).scalar_one()
            if not others:
                break
            time.sleep(0.1)
    engine.dispose()
