"""Printing from the pages: any record as the sheet of its form, many in one file, with the person's rights."""

from __future__ import annotations

import io
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import Company
from kernel.permissions.declare import grant, hide
from kernel.printing.logos import logo_of
from tests.kernel.printing.reading import page_texts, pdf_text
from tests.kernel.printing.test_logos import PNG
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider

NASTY = '#import "x": * <b>'


@pytest.fixture
def repairs(system: Actor) -> list[int]:
    with unit_of_work(system) as opened:
        company = opened.get_one(Company, system.company_id)
        company.address, company.tax_id, company.bank = "1 Garage Lane\nTaipei", "12345678", "First Bank 007"
        rider = records.create(Rider, [{"name": NASTY, "city": "Taipei"}])[0].id
        return [each.id for each in records.create(Repair, [
            {"rider": rider, "due": "2026-12-01", "kind": "wheel", "remark": "By Friday", "parts": [
                {"what": "Spoke", "quantity": "3", "price": price}]} for price in ("1234.5", "2")])]


def test_a_record_prints_as_the_sheet_of_its_form(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"/tests/repair/{repairs[0]}")
    assert f'href="/tests/repair/{repairs[0]}/print/sheet.pdf?language=zh_Hant"' in html
    answer = anna.get(f"/tests/repair/{repairs[0]}/print/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "inline; filename=R-0001.pdf"
    text = pdf_text(answer.data)
    for said in ("Repair R-0001", "Draft", NASTY, "Dec 1, 2026", "Wheel", "By Friday", "Spoke", "1,234.50",
                 "TWD 3,703.50", "1 Garage Lane", "Tax ID: 12345678", "Bank account: First Bank 007", "Page 1 of 1"):
        assert said.replace(" ", "") in text.replace(" ", ""), (said, text)


def test_a_print_speaks_the_language_asked_for(anna: Browser, repairs: list[int]) -> None:
    there = f"/tests/repair/{repairs[0]}/print/sheet.pdf?language="
    traditional, simplified = (pdf_text(anna.get(there + code).data) for code in ("zh_Hant", "zh_Hans"))
    assert "2026年12月1日" in traditional.replace(" ", "")
    assert "銀行帳戶" in traditional
    assert "银行账户" in simplified
    assert "Page 1 of 1" in pdf_text(anna.get(there + "klingon").data)


def test_all_selected_records_print_into_one_file(anna: Browser, repairs: list[int]) -> None:
    html = anna.page("/tests/repair")
    assert 'formaction="/tests/repair/print" formtarget="_blank"' in html
    answer = anna.post("/tests/repair/print", [("id", id_) for id_ in reversed(repairs)])
    assert answer.headers["Content-Disposition"] == "inline; filename=Repairs.pdf"
    first, second = page_texts(answer.data)
    assert "R-0002" in first
    assert "R-0001" in second
    nothing = anna.post("/tests/repair/print", [])
    assert nothing.status_code == 302
    assert "Nothing was selected." in words(anna.page("/tests/repair"))


def test_what_one_may_not_see_does_not_print(sign_in: SignIn, repairs: list[int], system: Actor) -> None:
    read = grant("tests.repair", "read", scope="company")
    shy = sign_in("shy", read, grant("tests.rider", "read"), hide("tests.repair", "total", "remark"),
                  hide("tests.repair_part", "price"))
    text = pdf_text(shy.get(f"/tests/repair/{repairs[0]}/print/sheet.pdf").data)
    assert "Spoke" in text
    assert not [each for each in ("3,703.50", "1,234.50", "By Friday", "Remark", "Price") if each in text]
    apart = sign_in("apart", read)
    assert "#import" not in pdf_text(apart.get(f"/tests/repair/{repairs[0]}/print/sheet.pdf").data)
    stranger = sign_in("stranger", grant("tests.rider", "read"))
    assert stranger.get(f"/tests/repair/{repairs[0]}/print/sheet.pdf").status_code == 403
    own = sign_in("own", grant("tests.repair", "read", scope="own"))
    assert own.get(f"/tests/repair/{repairs[0]}/print/sheet.pdf").status_code == 404
    assert own.post("/tests/repair/print", [("id", repairs[0])]).status_code == 404


@pytest.mark.parametrize("path", ["/tests/repair/{id}/print/poem.pdf", "/tests/repair/9/print/sheet.pdf",
                                  "/tests/repair_part/{id}/print/sheet.pdf", "/tests/nothing/1/print/sheet.pdf"])
def test_what_is_not_there_is_not_printed(anna: Browser, repairs: list[int], path: str) -> None:
    assert anna.get(path.format(id=repairs[0])).status_code == 404


def test_printing_many_takes_no_more_statements_than_one(
    anna: Browser, repairs: list[int], system: Actor, count_statements: Any
) -> None:
    with unit_of_work(system):
        riders = records.create(Rider, [{"name": f"Rider {n}"} for n in range(20)])
        more = [each.id for each in records.create(Repair, [
            {"rider": rider.id, "parts": [{"what": "Spoke", "price": "2"}]} for rider in riders])]
    token = anna.token()

    def cost(ids: list[int]) -> int:
        with count_statements() as counter:
            answer = anna.client.post("/tests/repair/print", data={"id": ids, "csrf_token": token})
        assert len(page_texts(answer.data)) == len(ids)
        return len(counter)

    cost(repairs[1:])  # the process comes to know the currencies
    assert cost(repairs[:1]) == cost(more) <= 12


def test_an_administrator_puts_the_logo_on_the_letterhead(admin: Browser, system: Actor) -> None:
    here = f"/kernel/company/{system.company_id}/logo"
    assert f'href="{here}"' in admin.page(f"/kernel/company/{system.company_id}")
    wrong = admin.post(here, [("do", "put")], token_from="/")
    assert wrong.status_code == 422
    assert "Choose a picture" in words(wrong.text)
    answer = admin.client.post(here, data={
        "do": "put", "csrf_token": admin.token(), "logo": (io.BytesIO(PNG), "whatever.exe")})
    assert answer.status_code == 302
    assert admin.get(f"{here}/picture").mimetype == "image/png"
    assert f'src="{here}/picture"' in admin.page(here)
    admin.post(here, [("do", "remove")])
    with unit_of_work(system):
        assert logo_of(system.company_id or 0) is None
    assert admin.get(f"{here}/picture").status_code == 404


def test_the_logo_is_none_of_other_peoples_business(anna: Browser, system: Actor) -> None:
    here = f"/kernel/company/{system.company_id}/logo"
    assert anna.get(here).status_code == 403
    assert anna.post(here, [("do", "remove")]).status_code == 403
