"""An order with ten thousand lines is read, searched and changed like any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kernel import Company, Party, Product, User
from kernel.entities.work import Actor, unit_of_work
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.placing import NewLine, NewOrder, place_orders
from tests.e2e.conftest import Enter, Visit

LINES = 10_000


@pytest.fixture(scope="module")
def order(demo: tuple[str, dict[str, str]]) -> int:
    """An agent's order of very many lines, one piece of something each."""
    with unit_of_work(Actor(system=True)) as current:
        company = current.scalars(select(Company.id)).first()
    with unit_of_work(Actor(system=True, company_id=company)) as current:
        products = current.scalars(select(Product.id).where(Product.code.in_(("CC8-L", "KID-20")))).all()
        agent = current.scalars(select(User.id).where(User.login == "agent")).one()
        customer = current.scalars(select(Party.id).where(Party.name == "Alpine Outdoor AG")).one()
        lines = [NewLine(products[n % 2], unit_price=Decimal(100)) for n in range(LINES)]
        return place_orders([NewOrder(customer, lines, owner_id=agent)])[0].id


def quantity(visit: Visit, line: int) -> Any:
    return visit.page.locator(".lines tbody tr").nth(line).locator('[data-column="quantity"] input')


def turn(visit: Visit, label: str) -> None:
    """Go to another page of lines."""
    at = visit.page.locator(".lines-at")
    before = at.inner_text()
    visit.page.get_by_role("link", name=label).click()
    visit.page.wait_for_function(
        "before => document.querySelector('.lines-at').textContent !== before", arg=before)


def test_lines_of_several_pages_are_changed_and_saved_together(enter: Enter, order: int) -> None:
    agent = enter("agent")
    agent.go(f"/erp_sales/order/{order}")
    running = agent.page.locator("[data-running]")
    assert agent.page.locator(".lines-at").inner_text() == "1–100 of 10,000"
    expect(agent.page.locator(".lines tbody tr")).to_have_count(100)

    quantity(agent, 3).fill("11")
    assert running.inner_text().endswith("1,001,000")
    turn(agent, "Lines after")
    quantity(agent, 5).fill("6")
    assert running.inner_text().endswith("1,001,500")
    turn(agent, "Lines before")
    assert quantity(agent, 3).input_value() == "11"

    with agent.page.expect_request(lambda sent: sent.method == "POST") as sent:
        assert "Saved." in agent.save()
    assert (sent.value.post_data or "").count("quantity") == 2  # what nobody touched isn't sent
    assert agent.complaints == []
    with unit_of_work(Actor(system=True), reading=True) as current:
        assert current.get_one(Order, order).subtotal == 1_001_500
        changed = current.scalars(select(OrderLine.quantity).where(
            OrderLine.order_id == order, OrderLine.quantity > 1).order_by(OrderLine.id)).all()
    assert changed == [11, 6]


def test_pages_of_lines_need_no_script(enter: Enter, order: int) -> None:
    agent = enter("agent", scripts=False)
    agent.go(f"/erp_sales/order/{order}")
    agent.page.get_by_role("link", name="Lines after").click()
    assert agent.page.locator(".lines-at").inner_text() == "101–200 of 10,000"
    agent.page.get_by_role("searchbox", name="Search the lines").fill("KID-20")
    with agent.page.expect_navigation():
        agent.page.keyboard.press("Enter")
    assert agent.page.locator(".lines-at").inner_text() == "1–100 of 5,000"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_long_document_fits_the_window(enter: Enter, order: int, width: int, dark: bool) -> None:
    agent = enter("agent", width=width, dark=dark)
    agent.go(f"/erp_sales/order/{order}")
    assert agent.sideways() == 0
    assert agent.violations() == []
