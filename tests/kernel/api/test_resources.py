"""Programs list, read and write every entity, and are told in problem+json whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from kernel import i18n
from kernel.api.naming import plural
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.reports import Parameter, ReportTable, report
from kernel.exchange.rows import Row
from kernel.identity.models import User
from kernel.identity.signing.log import NOWHERE
from kernel.identity.signing.passwords import set_password
from kernel.identity.signing.sessions import begin_session
from kernel.permissions.declare import grant, hide
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client

ClientOf = Callable[..., Client]
ADA = {"code": "P1", "name": "Ada", "terms": {"limit": "900.50"}}
WORK: dict[str, Any] = {"patron": "P1", "items": [{"what": "Portrait", "quantity": "2", "price": "100.25"}]}


@pytest.fixture
def ada(client: Client) -> int:
    return int(client("POST", "/tests/patrons", ADA).json["id"])


@pytest.mark.parametrize(("word", "many"), [
    ("lead", "leads"), ("party", "parties"), ("address", "addresses"), ("tax", "taxes"), ("day", "days"),
    ("order_line", "order_lines"), ("branch", "branches")])
def test_addresses_are_english_plurals(word: str, many: str) -> None:
    assert plural(word) == many


def test_a_record_is_created_read_changed_and_deleted(client: Client, ada: int) -> None:
    made = client("POST", "/tests/commissions", WORK)
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api/v1")
    assert (made.headers["ETag"], made.json["total"], made.json["patron"]["title"]) == ('"1"', "200.50", "Ada")
    read = client("GET", path)
    assert read.json == made.json
    changed = client("PATCH", path, {"style": "ink"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json["style"], changed.headers["ETag"]) == (200, "ink", '"2"')
    assert client("GET", f"{path}?fields=number,patron.city").json == {
        "id": made.json["id"], "version": 2, "title": "C-0001", "number": "C-0001", "patron": {"city": None}}
    assert client("DELETE", f"/tests/patrons/{ada}").json["archived"] is True
    assert client("DELETE", path).status_code == 204
    assert client("GET", path).status_code == 404


def test_many_are_created_at_once_or_none(client: Client, ada: int) -> None:
    made = client("POST", "/tests/commissions", [WORK, WORK])
    assert [each["number"] for each in made.json["data"]] == ["C-0001", "C-0002"]
    refused = client("POST", "/tests/commissions", [WORK, {**WORK, "patron": "P9"}])
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "1.patron")
    assert client("GET", "/tests/commissions?count=true").json["total"] == 2


def test_a_count_that_stopped_says_so_and_sums_are_always_whole(
    client: Client, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client("POST", "/tests/commissions", [WORK, WORK])
    monkeypatch.setattr("kernel.api.resources.MOST_COUNTED", 1)
    counted = client("GET", "/tests/commissions?count=true").json
    assert (counted["total"], counted["total_exact"]) == (1, False)
    summed = client("GET", "/tests/commissions?count=true&sums=total").json
    assert (summed["total"], summed["total_exact"], summed["sums"]) == (2, True, {"total": "401.00"})


def test_a_lost_update_is_412_by_header_and_409_by_body_and_names_the_other(
    client: Client, client_of: ClientOf, make_user: MakeUser, ada: int
) -> None:
    ben = client_of(make_user("ben", grant("tests.patron", "read change")))
    path = f"/tests/patrons/{ada}"
    assert ben("PATCH", path, {"city": "Rome", "version": 1}).status_code == 200
    by_header = client("PATCH", path, {"city": "Oslo"}, headers={"If-Match": '"1"'})
    by_body = client("PATCH", path, {"city": "Oslo", "version": 1})
    assert (by_header.status_code, by_body.status_code) == (412, 409)
    for refused in (by_header, by_body):
        assert refused.mimetype == "application/problem+json"
        assert refused.json["changes"][0] | {"at": ""} == {
            "field": "city", "old": None, "new": "Rome", "who": "Ben", "at": ""}
    assert client("DELETE", path, headers={"If-Match": '"1"'}).status_code == 412
    assert client("PATCH", path, {"city": "Oslo"}, headers={"If-Match": "rubbish"}).status_code == 412
    assert client("GET", path).json["city"] == "Rome"


def test_a_list_is_filtered_sorted_paged_summed_and_grouped(client: Client, ada: int) -> None:
    client("POST", "/tests/commissions", [
        {**WORK, "style": style, "items": [{"what": "x", "price": price}]}
        for style, price in (("ink", "1"), ("oil", "2"), ("ink", "3.5"))])
    wanted = quote('[["patron.name","eq","Ada"],["style","eq","ink"]]')
    first = f"/tests/commissions?filter={wanted}&sort=-total&limit=1"
    page = client("GET", f"{first}&count=true&sums=total&fields=total,items")
    assert (page.json["total"], page.json["sums"], page.json["previous"]) == (2, {"total": "4.50"}, None)
    assert page.json["data"][0]["total"] == "3.50"
    assert page.json["data"][0]["items"][0]["price"] == "3.50"
    following = client("GET", f"{first}&cursor={page.json['next']}")
    assert [each["total"] for each in following.json["data"]] == ["1.00"]
    assert following.json["next"] is None
    groups = client("GET", "/tests/commissions?group=style&sums=total").json["groups"]
    assert groups == [{"values": ["oil"], "count": 1, "sums": {"total": "2.00"}},
                      {"values": ["ink"], "count": 2, "sums": {"total": "4.50"}}]
    by_two = client("GET", "/tests/commissions?group=patron,style&sums=total:average&sort=-total:average").json
    assert [(each["values"][0]["title"], each["values"][1], each["sums"]) for each in by_two["groups"]] == [
        ("Ada", "ink", {"total:average": "2.25"}), ("Ada", "oil", {"total:average": "2.00"})]
    assert by_two["more"] is False
    assert client("GET", "/tests/commissions?group=style:month").status_code == 422


def test_a_transition_is_an_address_for_one_and_for_many(client: Client, ada: int) -> None:
    ids = [each["id"] for each in client("POST", "/tests/commissions", [WORK] * 3).json["data"]]
    assert client("POST", f"/tests/commissions/{ids[0]}/finish").json["errors"][0]["field"] == "remark"
    done = client("POST", f"/tests/commissions/{ids[0]}/finish", {"values": {"remark": "good"}, "version": 1})
    assert (done.json["state"], done.json["remark"]) == ("done", "good")
    assert client("POST", f"/tests/commissions/{ids[0]}/finish", {"values": {"remark": "x"}}).status_code == 422
    assert client("POST", f"/tests/commissions/{ids[1]}/finish", {"version": 7}).status_code == 409
    many = client("POST", "/tests/commissions/finish", {"ids": ids[1:], "values": {"remark": "both"}})
    assert [each["state"] for each in many.json["data"]] == ["done", "done"]
    assert client("POST", f"/tests/commissions/{ids[0]}/fly").status_code == 404
    assert client("GET", f"/tests/commissions/{ids[0]}/finish").status_code == 405


def test_a_repeated_request_is_done_once(client: Client, ada: int) -> None:
    key = {"Idempotency-Key": "order-77"}
    first = client("POST", "/tests/commissions", WORK, headers=key)
    again = client("POST", "/tests/commissions", WORK, headers=key)
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client("POST", "/tests/commissions", {**WORK, "style": "oil"}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "IDEMPOTENCY_KEY")
    assert client("GET", "/tests/commissions?count=true").json["total"] == 1


def test_a_refused_request_may_be_repeated_under_its_key(client: Client) -> None:
    key = {"Idempotency-Key": "order-78"}
    assert client("POST", "/tests/commissions", WORK, headers=key).status_code == 422
    client("POST", "/tests/patrons", ADA)
    assert client("POST", "/tests/commissions", WORK, headers=key).status_code == 201


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing/here", 404), ("GET", "/tests/patrons/99999", 404),
    ("GET", "/tests/patrons/99999999999999999999", 404),
    ("GET", "/tests/patrons/abc", 404), ("GET", "/a/b/c/d/e/f", 404), ("PUT", "/tests/patrons", 405),
    ("DELETE", "/tests/patrons", 405), ("POST", "/tests/commission_items", 405), ("TRACE", "/tests/patrons", 405),
    ("GET", "/tests/patrons?colour=red", 400), ("GET", "/tests/patrons?limit=1&limit=2", 400),
    ("GET", "/tests/patrons?limit=none", 422), ("GET", "/tests/patrons?limit=501", 422),
    ("GET", "/tests/patrons?filter=[", 422), ("GET", "/tests/patrons?filter={}", 422),
    ("GET", "/tests/patrons?sort=colour", 422), ("GET", "/tests/patrons?count=perhaps", 422),
    ("GET", "/tests/patrons?cursor=abc", 422), ("GET", "/tests/reports/none", 404),
])
def test_a_wrong_request_is_answered_by_a_problem(client: Client, method: str, path: str, status: int) -> None:
    refused = client(method, path)
    assert refused.status_code == status
    assert refused.mimetype == "application/problem+json"
    problem = orjson.loads(refused.data)
    assert problem["status"] == status
    assert problem["title"]
    assert problem["request_id"] == refused.headers["X-Request-ID"]
    if status == 405:
        assert "GET" in refused.headers["Allow"]


@pytest.mark.parametrize(("body", "kind", "status"), [
    (b"{", "application/json", 400), (b"name=x", "application/x-www-form-urlencoded", 415),
    (b"\xff\xfe", "application/json", 400),
    (b'"text"', "application/json", 422), (b"", "application/json", 422), (b"[1]", "application/json", 422),
    (b'{"name": NaN}', "application/json", 400), (b" " * (17 * 1024 * 1024), "application/json", 413),
    (b'{"code": "\\u0000", "name": "x"}', "application/json", 422),
])
def test_a_body_that_is_no_record_is_refused(client: Client, body: bytes, kind: str, status: int) -> None:
    refused = client("POST", "/tests/patrons", data=body, content_type=kind)
    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_every_wrong_field_is_told_at_once(client: Client) -> None:
    refused = client("POST", "/tests/commissions", {
        "patron": "nobody", "due": "soon", "number": "C-1", "colour": 1, "items": [{"price": 1.5}], "id": 4})
    assert refused.status_code == 422
    assert {each["field"]: each["code"] for each in refused.json["errors"]} == {
        "patron": "NO_SUCH_RECORD", "due": "NOT_DATE", "number": "READONLY", "colour": "UNKNOWN_FIELD",
        "items.0.price": "NOT_NUMBER", "id": "READONLY"}


def test_nobody_gets_in_without_a_good_token(
    app: Flask, client: Client, client_of: ClientOf, anna: Actor, system: Actor
) -> None:
    assert Client(app, None)("GET", "/tests/patrons").status_code == 401
    wrong = Client(app, "trellis_wrong")("GET", "/tests/patrons")
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, 'Bearer realm="trellis"')
    assert client_of(anna, days=-1)("GET", "/tests/patrons").status_code == 401
    assert client("GET", "/tests/patrons").status_code == 200
    with unit_of_work(system) as opened:
        user = opened.get(User, anna.user_id)
        assert user is not None
        user.active = False
    assert client("GET", "/tests/patrons").status_code == 401


def test_a_token_does_no_more_than_its_scopes_and_its_user(
    client_of: ClientOf, anna: Actor, make_user: MakeUser, client: Client, ada: int
) -> None:
    reader = client_of(anna, scopes=["tests.patron:read"])
    assert reader("GET", f"/tests/patrons/{ada}").json["name"] == "Ada"
    assert "terms" not in reader("GET", f"/tests/patrons/{ada}").json
    assert reader("PATCH", f"/tests/patrons/{ada}", {"name": "Eve"}).status_code == 403
    assert reader("GET", "/tests/commissions").status_code == 403
    wide = client_of(make_user("ben", grant("tests.patron", "read")), scopes=["*:*"])
    assert wide("GET", f"/tests/patrons/{ada}").status_code == 200
    assert wide("DELETE", f"/tests/patrons/{ada}").status_code == 403


def test_a_hidden_field_is_absent_and_refused(client_of: ClientOf, make_user: MakeUser, ada: int) -> None:
    ben = client_of(make_user("ben", grant("tests.patron", "read change"), hide("tests.patron", "secret_note")))
    assert "secret_note" not in ben("GET", f"/tests/patrons/{ada}").json
    for refused in (ben("GET", "/tests/patrons?sort=secret_note"),
                    ben("PATCH", f"/tests/patrons/{ada}", {"secret_note": "x"})):
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (403, "secret_note")


def test_what_is_out_of_scope_does_not_exist(client_of: ClientOf, make_user: MakeUser, ada: int) -> None:
    ben = client_of(make_user("ben", grant("tests.patron", "read change delete", scope="own")))
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert ben(method, f"/tests/patrons/{ada}", body).status_code == 404
    assert ben("GET", "/tests/patrons").json["data"] == []


def test_a_browser_signs_in_by_cookie_and_needs_the_csrf_token_to_write(
    app: Flask, anna: Actor, system: Actor
) -> None:
    with unit_of_work(system) as opened:
        user = opened.get(User, anna.user_id)
        assert user is not None
        set_password(user, "a long password")
        key = begin_session(user.id, "password", NOWHERE)
    browser = app.test_client()
    with app.test_request_context():
        token = generate_csrf()
        raw = session["csrf_token"]
    with browser.session_transaction() as cookie:
        cookie.update({"user": anna.user_id, "key": key, "csrf_token": raw})
    assert browser.get("/api/v1/tests/patrons").status_code == 200
    assert browser.post("/api/v1/tests/patrons", json=ADA).status_code == 403
    assert browser.post("/api/v1/tests/patrons", json=ADA, headers={"X-CSRFToken": token}).status_code == 201
    with browser.session_transaction() as cookie:
        cookie["key"] = "ended"
    assert browser.get("/api/v1/tests/patrons").status_code == 401


def test_messages_come_in_the_language_asked_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = "There is no {label} {key}"
    monkeypatch.setattr(i18n, "_catalogue", lambda folder, locale: {known: f"{locale}: {{label}} {{key}}"})
    refused = client("GET", "/tests/patrons/99999", headers={"Accept-Language": "zh-TW,zh;q=0.9"})
    assert refused.json["title"] == "zh_Hant: Patron 99999"


def test_a_fault_shows_no_stack_trace(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("secret detail")

    client("POST", "/tests/patrons", ADA)
    monkeypatch.setattr(Row, "__init__", fail)
    fault = client("GET", "/tests/patrons")
    assert (fault.status_code, fault.json["code"]) == (500, "FAULT")
    assert b"secret" not in fault.data


def test_a_report_answers_its_rows_to_those_who_may(
    client: Client, client_of: ClientOf, make_user: MakeUser
) -> None:
    @report("By style", Parameter("year", "Year", "integer"), needs="tests.commission")
    def by_style(year: int | None) -> ReportTable:
        return ReportTable(
            columns=(("style", "Style", "text"), ("amount", "Amount", "money")), rows=[("ink", Decimal("1.50"))],
            totals={"amount": Decimal(year or 0)}, chart=("bar", "style", ("amount",)))

    answer = client("GET", "/tests/reports/by_style?year=2026")
    assert answer.json["rows"] == [{"style": "ink", "amount": "1.5"}]
    assert answer.json["totals"] == {"amount": "2026"}
    assert client("GET", "/tests/reports/by_style?year=x").status_code == 400
    assert client_of(make_user("ben"))("GET", "/tests/reports/by_style").status_code == 403
    runner = client_of(make_user("run", grant("tests.by_style", "run")))
    assert runner("GET", "/tests/reports/by_style").status_code == 200


@pytest.mark.parametrize("many", [2, 50])
def test_reading_a_list_costs_the_same_statements_for_any_number_of_rows(
    client: Client, ada: int, count_statements: Any, many: int
) -> None:
    client("POST", "/tests/commissions", [WORK] * many)
    with count_statements() as counter:
        page = client("GET", "/tests/commissions?limit=50&fields=number,patron,total,patron.terms.limit")
    assert len(page.json["data"]) == many
    assert len(counter) <= 7
