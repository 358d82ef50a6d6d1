"""Scanning with a scanner that types and with the camera; typing that survives a reload and a dropped connection."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Visit

DRAW = """code => {
  const L = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split(" ");
  const turned = bits => [...bits].map(bit => bit === "0" ? "1" : "0").join("");
  const parity = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL".split(" ")[code[0]];
  const left = [...parity].map((side, at) => {
    const bits = L[code[at + 1]];
    return side === "L" ? bits : [...turned(bits)].reverse().join("");
  }).join("");
  const right = [...code.slice(7)].map(digit => turned(L[digit])).join("");
  const bars = `101${left}01010${right}101`;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  const brush = canvas.getContext("2d");
  const paint = () => {
    brush.fillStyle = "#fff"; brush.fillRect(0, 0, 640, 480); brush.fillStyle = "#000";
    [...bars].forEach((bar, at) => { if (bar === "1") brush.fillRect(80 + at * 5, 140, 5, 200); });
  };
  setInterval(paint, 50); paint();
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
}"""
"""Put an EAN-13 before the camera: bars of 5 pixels, by the tables of GS1's General Specifications, 5.2.1."""


def type_like_a_scanner(visit: Visit, code: str) -> None:
    visit.page.keyboard.type(code)
    visit.page.keyboard.press("Enter")


def done_is(visit: Visit, count: int) -> None:
    visit.page.locator(".qty output", has_text=re.compile(rf"^{count} ")).wait_for()


def kept_by_the_browser(visit: Visit) -> list[str]:
    """Give the names under which typing is kept, once the browser has written them."""
    visit.page.wait_for_timeout(800)
    names: list[str] = visit.page.evaluate("Object.keys(localStorage)")
    return [name for name in names if name.startswith("trellis:kept:")]


def open_delivery(visit: Visit) -> Any:
    """Go to the pick page of a delivery that goods are reserved for; gives the locator of what was said last."""
    visit.go("/reports/erp_inventory.open_deliveries?show=ready")
    visit.page.locator("tbody a").first.click()
    visit.page.wait_for_url(re.compile(r"/erp_inventory/delivery/\d+$"))
    visit.page.get_by_role("link", name="Pick").click()
    visit.page.wait_for_url(re.compile(r"/scan$"))
    return visit.page.locator(".scan")


def test_a_scanner_counts_wherever_the_focus_is(enter: Enter) -> None:
    visit = enter("warehouse", width=390)
    says = open_delivery(visit)
    product = visit.page.locator(".pk p").inner_text()
    visit.page.locator(".nx h2, .pk h2").first.click()  # the focus is nowhere
    type_like_a_scanner(visit, product)
    visit.page.locator('.scan[data-tone="green"]').wait_for()
    done_is(visit, 1)
    visit.page.get_by_role("button", name="One less").focus()
    type_like_a_scanner(visit, product)
    done_is(visit, 2)
    type_like_a_scanner(visit, "4006381333931")
    visit.page.locator(".scan.wrong").wait_for()
    assert "No product or lot has the code" in says.inner_text()
    assert visit.page.locator("[data-typed]").input_value() == "4006381333931"
    visit.page.get_by_role("button", name="Take the last scan back").click()
    done_is(visit, 1)
    assert visit.sideways() == 0
    assert visit.violations() == []

    visit.page.get_by_role("button", name="One less").click()
    done_is(visit, 0)
    visit.page.context.set_offline(True)
    type_like_a_scanner(visit, product)
    visit.page.locator(".scan.waits").wait_for()
    type_like_a_scanner(visit, product)
    visit.page.context.set_offline(False)
    done_is(visit, 2)
    visit.page.get_by_role("button", name="Short").click()
    with visit.page.expect_navigation():
        visit.page.locator("#ask button[value=yes]").click()
    assert "has the quantities that were scanned" in visit.told()


def test_a_scan_on_any_page_opens_what_it_stands_for_and_typing_does_not(enter: Enter) -> None:
    visit = enter("warehouse")
    visit.go("/kernel/product?q=CC8-L")
    visit.page.locator("h1").click()
    visit.page.keyboard.type("CC8-M", delay=120)
    visit.page.keyboard.press("Enter")
    assert "/kernel/product?q=CC8-L" in visit.page.url
    type_like_a_scanner(visit, "CC8-M")
    visit.page.wait_for_url(re.compile(r"/kernel/product/\d+$"))
    assert "CC8-M" in visit.page.locator("h1").inner_text()


def test_a_link_picker_takes_a_scanned_code(enter: Enter) -> None:
    visit = enter("warehouse")
    visit.go("/erp_inventory/adjustment/new")
    visit.page.get_by_role("button", name="Add a line").click()
    visit.page.locator('.ts-control:has(input[aria-label="Product"])').first.click()
    visit.page.wait_for_load_state("networkidle")
    type_like_a_scanner(visit, "ECL-BAT-500")
    visit.page.locator(".ts-control .item", has_text="ECL-BAT-500").wait_for()


def test_the_camera_reads_a_bar_code_without_the_browsers_own_detector(enter: Enter) -> None:
    visit = enter("warehouse", width=390)
    visit.go("/kernel/product?q=ECL-BAT-625")
    visit.page.locator("tr[data-href] .id a").first.click()
    visit.page.wait_for_url(re.compile(r"/kernel/product/\d+$"))
    code, product = visit.page.locator("#f-barcode").inner_text(), visit.page.url
    visit.go("/scan")
    visit.page.evaluate("delete window.BarcodeDetector")
    visit.page.evaluate(DRAW, code)
    visit.page.get_by_role("button", name="Scan with the camera").click()
    visit.page.wait_for_url(product)
    assert visit.complaints == []


def test_the_camera_counts_a_code_once_as_long_as_it_is_in_sight(enter: Enter) -> None:
    visit = enter("warehouse", width=390)
    open_delivery(visit)
    here, product = visit.page.url, visit.page.locator(".pk p").inner_text()
    visit.go(f"/scan/{product}")
    code = visit.page.locator("#f-barcode").inner_text()
    visit.page.goto(here)
    before = int(visit.page.locator(".qty output").inner_text().split()[0])
    visit.page.evaluate(DRAW, code)
    visit.page.get_by_role("button", name="Scan with the camera").click()
    done_is(visit, before + 1)
    visit.page.wait_for_timeout(2500)
    done_is(visit, before + 1)
    assert visit.page.evaluate("document.querySelector('video').paused") is False
    assert visit.page.locator("[data-camera]").is_visible()
    visit.page.get_by_role("button", name="Take the last scan back").click()
    done_is(visit, before)


@pytest.mark.parametrize("wait", ["reload", "elsewhere"])
def test_typing_is_kept_and_put_back_with_its_lines(enter: Enter, wait: str) -> None:
    visit = enter("warehouse")
    new = "/erp_inventory/adjustment/new"
    visit.go(new)
    visit.page.locator('[name="reason"]').fill(f"Count of {wait}")
    visit.page.get_by_role("button", name="Add a line").click()
    visit.choose("Product", "KID-20")
    visit.page.locator('.lines [name$=".counted"]').last.fill("7")
    assert len(kept_by_the_browser(visit)) == 1
    visit.page.on("dialog", lambda asked: asked.accept())
    if wait == "reload":
        visit.page.reload()
    else:
        visit.go("/")
        visit.go(new)
    assert visit.page.locator('[name="reason"]').input_value() == ""
    offer = visit.page.locator(".kept")
    assert "that was not saved" in offer.inner_text()
    assert visit.violations() == []
    offer.get_by_role("button", name="Put it back").click()
    assert visit.page.locator('[name="reason"]').input_value() == f"Count of {wait}"
    assert visit.page.locator('.lines [name$=".counted"]').last.input_value() == "7"
    assert "KID-20" in visit.page.locator('.ts-control:has(input[aria-label="Product"])').inner_text()
    visit.save()
    assert kept_by_the_browser(visit) == []
    visit.go(new)
    expect(visit.page.locator(".kept")).to_have_count(0)


def test_signing_out_wipes_what_was_typed(enter: Enter) -> None:
    visit = enter("warehouse")
    visit.go("/erp_inventory/adjustment/new")
    visit.page.locator('[name="reason"]').fill("A secret")
    assert len(kept_by_the_browser(visit)) == 1
    visit.page.on("dialog", lambda asked: asked.accept())
    visit.go("/")
    visit.page.locator(".user-menu summary").click()
    visit.page.get_by_role("button", name="Sign out").click()
    visit.page.wait_for_url(re.compile("/sign-in$"))
    assert kept_by_the_browser(visit) == []


def test_without_a_connection_a_form_waits_and_is_sent_once_when_it_is_back(enter: Enter) -> None:
    visit = enter("warehouse", width=390)
    visit.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visit.go("/erp_inventory/adjustment/new")
    visit.page.locator('[name="reason"]').fill("Out in the yard")
    visit.page.context.set_offline(True)
    visit.page.locator(".savebar .btn-primary").click()
    waits = visit.page.locator(".kept.waits")
    assert "No connection" in waits.inner_text()
    assert visit.page.url.endswith("/new")
    with visit.page.expect_navigation():
        visit.page.context.set_offline(False)
    assert "was created" in visit.told()

    visit.page.context.set_offline(True)
    visit.go("/erp_inventory/adjustment")
    assert "No connection" in visit.page.locator("h1").inner_text()
    assert visit.page.locator(".oops").is_visible()
    assert visit.violations() == []
    with visit.page.expect_navigation():
        visit.page.context.set_offline(False)
    visit.page.get_by_text("Out in the yard").first.wait_for()


def test_the_device_keeps_nothing_made_of_records(enter: Enter) -> None:
    visit = enter("warehouse")
    visit.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visit.go("/kernel/product")
    visit.go("/erp_inventory/delivery")
    kept = visit.page.evaluate("""async () => {
      const found = [];
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
      return found;
    }""")
    assert "/offline" in kept
    assert [path for path in kept if path != "/offline" and not path.startswith("/static/")] == []
