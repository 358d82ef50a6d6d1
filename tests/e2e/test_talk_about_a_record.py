"""An agent drops a drawing onto an order and calls the manager, who finds it all in the inbox."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import Enter

DROP = """(name) => {
  const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "image/png" }));
  for (const kind of ["dragover", "drop"]) {
    const drag = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector("h1").dispatchEvent(drag);
  }
}"""


def open_order(page: Any, base: str) -> str:
    page.goto(f"{base}/erp_sales/order")
    page.locator("tr[data-href] .id a").first.click()
    page.wait_for_url(re.compile(r"/erp_sales/order/\d+$"))
    return str(page.locator("h1").inner_text())


def test_a_dropped_file_and_a_mention_reach_the_other_person(enter: Enter) -> None:
    agent = enter("agent")
    page = agent.page
    number = open_order(page, agent.base)

    page.locator("#f-customer_reference").fill("typed meanwhile")
    page.evaluate(DROP, "drawing.png")
    page.locator(".files a", has_text="drawing.png").wait_for()
    assert page.locator(".files img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1

    area = page.locator("#talk-text")
    area.press_sequentially("Please look at the drawing, @mei")
    page.locator("#talk-people [role=option]").wait_for()
    assert area.get_attribute("aria-activedescendant") == "talk-person-0"
    assert agent.violations() == []
    area.press("Enter")
    assert area.input_value() == "Please look at the drawing, @Chen Mei-Hua "
    area.press("Control+Enter")
    page.locator(".said .men", has_text="@Chen Mei-Hua").wait_for()
    assert area.input_value() == ""
    assert page.locator("#f-customer_reference").input_value() == "typed meanwhile"  # nothing of the form was lost
    assert agent.complaints == []

    manager = enter("manager")
    waiting = manager.page.locator("[data-inbox]:visible .cnt").inner_text()
    manager.go("/inbox/mentions")
    assert manager.violations() == []
    manager.page.locator(".api", has_text=number).click()
    manager.page.locator("li:target .men").wait_for()
    manager.page.wait_for_function(
        "(was) => document.querySelector('[data-inbox] .cnt')?.firstChild?.textContent !== was",
        arg=waiting.split()[0])
    manager.go("/inbox/mentions")
    expect(manager.page.locator(".api", has_text=number)).to_have_count(0)
    assert manager.complaints == []


def test_a_star_by_its_key_and_what_was_seen_of_late(enter: Enter) -> None:
    agent = enter("agent", width=390)
    page = agent.page
    number = open_order(page, agent.base)
    assert agent.sideways() == 0
    page.keyboard.press("s")
    page.locator(".star[aria-pressed=true]").wait_for()
    agent.go("/")
    page.keyboard.press("Control+k")
    page.locator("#pal-found .pg", has_text="Recently seen").locator("a", has_text=number).click()
    page.wait_for_url(re.compile(r"/erp_sales/order/\d+$"))
    page.keyboard.press("s")
    page.locator(".star[aria-pressed=false]").wait_for()
    assert agent.complaints == []
