"""What goes wrong gets one clear answer, by whichever door it comes in, and leaves nothing half-done."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Refusal
from kernel.exchange.importing import run_import
from kernel.identity.models import User
from kernel.identity.signing.passwords import set_password
from kernel.shared.models import Product
from plugins.crm.leads.models import Lead
from plugins.erp_sales.orders.reports import sales_by_year
from tests.kernel.api.conftest import Client
from tests.kernel.registry.conftest import execute, kernel_rows, schema_of
from tests.kernel.registry.site import Site
from tests.plugins.conftest import Goods

MAPPING = """
source = "Old system"
[format]
delimiter = ","
[[step]]
name = "leads"
entity = "crm.lead"
file = "leads.csv"
key = "Id"
[step.fields]
name = "Name"
"""


def one_line(told: str) -> str:
    """Give the refusal; there is one error line, and at most one more with what helps."""
    lines = [line for line in told.splitlines() if line.strip() and "[debug" not in line]
    assert len(lines) <= 2, told
    assert lines[0].startswith("Error: "), told
    return told


@pytest.mark.slow
def test_the_command_refuses_each_mistake_in_one_line_and_changes_nothing(empty: Site, tmp_path: Path) -> None:
    empty.trellis("init", "--plugins", "crm", "--password", "correct horse")
    empty.plugin("visits", requires=("crm",))
    empty.trellis("plugin", "install", "visits")
    schema, rows = schema_of(empty), kernel_rows(empty)

    assert "crm" in one_line(empty.refused("plugin", "install", "crmm", code=2))
    assert "visits require" in one_line(empty.refused("plugin", "uninstall", "crm", "--yes"))
    (tmp_path / "leads.toml").write_text(MAPPING)
    export = tmp_path / "export"
    export.mkdir()
    words = ("import", str(tmp_path / "leads.toml"), str(export))
    (export / "leads.csv").write_bytes("Id,Name\n1,Ada\n2,Zo\xe9\n".encode("latin-1"))
    assert "leads.csv is not written in utf-8: line 3" in one_line(empty.refused(*words))
    (export / "leads.csv").write_bytes(b"Id,Nam\n1,Ada\n")
    assert "leads.csv has no column Name; did you mean Nam?" in one_line(empty.refused(*words))

    assert schema_of(empty) == schema
    assert kernel_rows(empty) == rows
    execute(empty, "UPDATE kernel_migration_crm SET version_num = '20990101_0000'")
    assert "which is older" in one_line(empty.refused("user", "add", "bert"))
    assert "not at its newest migration" in empty.run("check").stdout
    assert "which is older" in one_line(empty.refused("run", "--port", "1"))


Enter = Callable[[str], Any]


@pytest.fixture
def enter(app: Flask, people: dict[str, Actor], system: Actor) -> Enter:
    """Sign a person in; gives what sends their forms and asks for their pages."""

    def sign_in(login: str) -> Any:
        with unit_of_work(system) as opened:
            set_password(opened.scalars(select(User).where(User.login == login)).one(), "a long enough password")
        browser = app.test_client()

        def send(path: str, data: dict[str, object] | None = None) -> Any:
            if data is None:
                return browser.get(path)
            page = browser.get("/sign-in" if path == "/sign-in" else "/").text
            found = re.search(r'(?:name="csrf_token" value|name="csrf-token" content)="([^"]+)"', page)
            assert found
            return browser.post(path, data={**data, "csrf_token": found[1]})

        entered = send("/sign-in", {"login": login, "password": "a long enough password"})
        assert entered.status_code == 302, entered.text
        return send

    return sign_in


def test_a_person_without_rights_is_refused_at_every_door(
    people: dict[str, Actor], enter: Enter, client_of: Callable[[Actor], Client], goods: Goods, tmp_path: Path
) -> None:
    with unit_of_work(people["anna"]) as hers:
        hers.add(lead := Lead(name="Quayside Rentals"))
        hers.flush()
        id_ = lead.id
    tom, page = client_of(people["tom"]), enter("tom")
    for method, path, body in (
        ("GET", "/crm/leads", None), ("GET", f"/crm/leads/{id_}", None), ("POST", "/crm/leads", {"name": "Mine"}),
        ("PATCH", f"/crm/leads/{id_}", {"name": "Mine"}), ("DELETE", f"/crm/leads/{id_}", None),
        ("POST", f"/crm/leads/{id_}/contact", None), ("POST", "/crm/leads/contact", {"ids": [id_]}),
    ):
        answer = tom(method, path, body)
        assert answer.status_code == 403, (method, path, answer.status_code, answer.text)
        assert answer.mimetype == "application/problem+json"
        assert "Quayside" not in answer.text
    for path in ("/crm/lead", "/crm/lead/new", f"/crm/lead/{id_}", "/crm/opportunity/board",
                 "/reports/erp_sales.sales_by_year"):
        answer = page(path)
        assert answer.status_code == 403, (path, answer.status_code)
        assert "Traceback" not in answer.text
        assert "Quayside" not in answer.text
    for path, data in ((f"/crm/lead/{id_}", {"name": "Mine", "version": 1}), (f"/crm/lead/{id_}/do/contact", {})):
        assert page(path, data).status_code == 403, path
    assert f"/crm/lead/{id_}" not in page("/search?q=quayside").text
    (tmp_path / "leads.toml").write_text(MAPPING)
    (tmp_path / "leads.csv").write_text("Id,Name\n1,Mine\n")
    with pytest.raises(Forbidden):
        run_import(tmp_path / "leads.toml", tmp_path, who=people["tom"])
    with unit_of_work(people["tom"], reading=True):
        assert sales_by_year().rows == []
    with unit_of_work(reading=True) as opened:
        assert opened.execute(select(Lead.name, Lead.state)).all() == [("Quayside Rentals", "new")]


def test_two_people_change_one_record_and_the_later_is_told(anna: Client, meihua: Client, goods: Goods) -> None:
    party = anna("POST", "/kernel/parties", {"name": "Blue Ltd"}).json
    path, version = f"/kernel/parties/{party['id']}", party["version"]
    first = meihua("PATCH", path, {"name": "Blue A", "version": version})
    assert first.status_code == 200, first.text
    for answer, status in (
        (meihua("PATCH", path, {"name": "Blue B", "version": version}), 409),
        (meihua("PATCH", path, {"name": "Blue B"}, headers={"If-Match": f'"{version}"'}), 412),
    ):
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "application/problem+json"
    assert meihua("GET", path).json["name"] == "Blue A"


def test_a_form_with_every_field_wrong_names_each_and_keeps_what_was_typed(enter: Enter, goods: Goods) -> None:
    page = enter("anna")
    typed = {"name": "", "email": "x" * 201, "budget": "a lot", "source": "moon", "follow_up_on": "someday",
             "country": "999999", "phone": "9" * 41, "contact_name": "Petra Holm"}
    answer = page("/crm/lead/new", typed)
    assert answer.status_code == 422
    wrong = set(re.findall(r'<(?:input|select|textarea)[^>]*?name="(\w+)"[^>]*?aria-invalid="true"', answer.text))
    assert wrong == set(typed) - {"contact_name"}
    for text in (typed["email"], "a lot", "someday", typed["phone"], "Petra Holm"):
        assert f'value="{text}"' in answer.text
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Lead)) == 0


def test_a_number_that_is_taken_is_refused_by_form_api_and_service(
    client_of: Callable[[Actor], Client], people: dict[str, Actor], enter: Enter, goods: Goods, system: Actor
) -> None:
    api, page = client_of(people["meihua"]), enter("meihua")
    taken: dict[str, object] = {"code": "CC8-L", "name": "Another", "unit": goods.piece}
    answer = api("POST", "/kernel/products", taken)
    assert answer.status_code in (409, 422), answer.text
    assert answer.mimetype == "application/problem+json"
    form = page("/kernel/product/new", taken)
    assert form.status_code in (409, 422), form.status_code
    assert "Another" in form.text
    with pytest.raises(Refusal), unit_of_work(system) as opened:
        opened.add(Product(code="CC8-L", name="Another", unit_id=goods.piece))
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Product).where(Product.code == "CC8-L")) == 1
