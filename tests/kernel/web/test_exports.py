"""Lists as files: what the list shows, in its order and within one's rights, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import User
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn
from tests.kernel.web.garage import MECHANIC, Repair, Rider, Voucher

EXPORT = "/tests/repair/export"


@pytest.fixture
def clerk(sign_in: SignIn) -> Browser:
    """Somebody who may take what a mechanic sees with them."""
    return sign_in("clerk", *MECHANIC, grant("tests.repair", "export"), grant("tests.voucher", "read export"))


@pytest.fixture
def repairs(system: Actor) -> list[int]:
    """Three repairs: of Ada's brake for 40.50, of her wheel, and of nobody's anything."""
    with unit_of_work(system):
        ada, bo = (each.id for each in records.create(Rider, [{"name": "Ada", "city": "Taipei"}, {"name": "=1+1"}]))
        made = records.create(Repair, [
            {"rider": rider, "kind": kind, "due": due, "urgent": urgent, "parts": [{"what": "Part", "price": price}]}
            for rider, kind, due, urgent, price in (
                (ada, "brake", "2026-11-02", True, "40.5"), (ada, "wheel", "2026-11-30", False, "20"),
                (bo, None, None, False, "160"))])
    return [each.id for each in made]


def table(browser: Browser, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_list_is_had_as_csv_with_its_columns_in_its_order(clerk: Browser, repairs: list[int]) -> None:
    found = table(clerk, f"{EXPORT}/csv?sort=total&columns=rider&columns=kind&columns=due&columns=urgent&columns=total")
    assert found == [
        ["Rider", "Kind", "Due", "Urgent", "Total"],
        ["Ada", "Wheel", "2026-11-30", "no", "20"],
        ["Ada", "Brake", "2026-11-02", "yes", "40.5"],
        ["'=1+1", "", "", "no", "160"]]


def test_the_filter_the_search_and_the_tab_hold_in_the_file(clerk: Browser, repairs: list[int]) -> None:
    assert len(table(clerk, f"{EXPORT}/csv?f.kind=wheel")) == 2
    assert len(table(clerk, f"{EXPORT}/csv?q=nothing-like-it")) == 1
    assert len(table(clerk, f"{EXPORT}/csv?tab=1")) == 1, "the tab of one's own repairs"


def test_a_workbook_holds_numbers_as_numbers_and_dates_as_dates(clerk: Browser, repairs: list[int]) -> None:
    answer = clerk.get(f"{EXPORT}/xlsx?sort=total&columns=rider&columns=due&columns=total")
    assert "tests-repair.xlsx" in answer.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows == [
        ["Rider", "Due", "Total"], ["Ada", dt.date(2026, 11, 30), 20.0], ["Ada", dt.date(2026, 11, 2), 40.5],
        ["=1+1", "", 160.0]]


def test_all_records_are_in_the_file_not_a_page_of_them(
    clerk: Browser, system: Actor, count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system):
        records.create(Voucher, [{"code": f"V{number:04}", "currency": "EUR"} for number in range(1203)])
    clerk.page("/tests/voucher")
    with count_statements() as counter:
        found = table(clerk, "/tests/voucher/export/csv?sort=code&columns=code")
    assert [line[0] for line in found[1:]] == [f"V{number:04}" for number in range(1203)]
    assert len(counter) <= 9


def test_amounts_stand_beside_their_currency(clerk: Browser, system: Actor) -> None:
    with unit_of_work(system):
        records.create(Voucher, [{"code": "A", "amount": "10", "currency": "EUR"}, {"code": "B", "amount": "7"}])
    found = table(clerk, "/tests/voucher/export/csv?sort=code&columns=code&columns=amount")
    assert found == [["Code", "Amount", "Currency"], ["A", "10", "EUR"], ["B", "7", ""]]


def test_who_may_only_read_takes_nothing_along(anna: Browser, repairs: list[int]) -> None:
    assert anna.get(f"{EXPORT}/csv").status_code == 403
    assert f"{EXPORT}/csv" not in anna.page("/tests/repair")
    assert anna.get("/tests/repair/pivot/csv?rows=kind").status_code == 403
    assert "/pivot/csv" not in anna.page("/tests/repair/pivot?rows=kind&values=count")


def test_the_grant_to_export_has_a_scope_of_its_own(
    sign_in: SignIn, system: Actor, repairs: list[int]
) -> None:
    own = sign_in("cleo", *MECHANIC, grant("tests.repair", "export", scope="own"))
    with unit_of_work(system) as opened:
        cleo = opened.scalars(select(User).where(User.login == "cleo")).one()
        opened.get_one(Repair, repairs[0]).mechanic_id = cleo.id
    assert own.page("/tests/repair").count('<tr data-href="/tests/repair/') == 3
    assert [line[0] for line in table(own, f"{EXPORT}/csv?columns=kind")] == ["Kind", "Brake"]
    assert [line[-1] for line in table(own, "/tests/repair/pivot/csv?rows=kind&values=count")] == ["Count", "1", "1"]


def test_a_hidden_field_is_in_no_file(sign_in: SignIn, repairs: list[int]) -> None:
    blind = sign_in("dora", *MECHANIC, grant("tests.repair", "export"), hide("tests.repair", "total"))
    assert "Total" not in table(blind, f"{EXPORT}/csv")[0]
    assert "Total" not in table(blind, f"{EXPORT}/csv?columns=total")[0]
    assert blind.get(f"{EXPORT}/csv?sort=total").status_code == 403


def test_there_is_no_file_of_another_kind(clerk: Browser, repairs: list[int]) -> None:
    assert clerk.get(f"{EXPORT}/exe").status_code == 404


def test_what_was_exported_is_imported_again(clerk: Browser, admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        records.create(Rider, [{"name": "Ada", "city": "Taipei"}, {"name": "-x", "city": "a,b\nc"}])
    exported = admin.get("/tests/rider/export/csv?sort=name&columns=name&columns=city").data
    upload = {"file": (io.BytesIO(exported), "riders.csv")}
    answer = admin.client.post(
        "/tests/rider/import", data={**upload, "csrf_token": admin.token()}, content_type="multipart/form-data")
    assert answer.status_code == 302
    page = admin.page(answer.headers["Location"])
    assert "Name" in page
    assert "Taipei" in page
