"""Programs comment on records and put files with them, with the rights of their user."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.studio import EVERYTHING, Patron


@pytest.fixture
def ada(system: Actor) -> str:
    with unit_of_work(system):
        return f"/tests/patrons/{records.create(Patron, [{'code': 'A', 'name': 'Ada'}])[0].id}"


@pytest.fixture
def client(client_of: Callable[..., Client], make_user: MakeUser) -> Client:
    return client_of(make_user("anna", *EVERYTHING))


def test_a_comment_is_made_and_read(client: Client, ada: str, make_user: MakeUser) -> None:
    make_user("ben", *EVERYTHING)
    made = client("POST", f"{ada}/comments", {"text": "@Ben hello"})
    assert made.status_code == 201
    assert made.json["mentioned"] == ["Ben"]
    assert client("GET", f"{ada}/comments").json["data"] == [made.json]
    assert made.json["user"]["title"] == "Anna"


@pytest.mark.parametrize("body", [{}, {"text": 1}, {"text": "a", "by": "b"}, ["a"], {"text": ""}])
def test_a_comment_that_is_none_is_refused(client: Client, ada: str, body: object) -> None:
    assert client("POST", f"{ada}/comments", body).status_code == 422
    assert client("GET", f"{ada}/comments").json["data"] == []


def test_a_file_is_attached_read_and_taken_away(client: Client, ada: str) -> None:
    made = client("POST", f"{ada}/attachments?name=../a.html", data=b"<b>", content_type="application/octet-stream")
    assert made.status_code == 201, made.text
    assert (made.json["name"], made.json["size"]) == ("a.html", 3)
    assert client("GET", f"{ada}/attachments").json["data"] == [made.json]
    there = made.json["href"].removeprefix("/api/v1")
    content = client("GET", there)
    assert content.data == b"<b>"
    assert content.headers["Content-Disposition"].startswith("attachment")
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert client("DELETE", there).status_code == 204
    assert client("GET", there).status_code == 404


@pytest.mark.parametrize(("query", "content", "status"), [
    ("", b"a", 400), ("?name=a", b"", 422), ("?name=a", b"a" * 100_001, 413)])
def test_a_file_without_name_or_content_or_end_is_refused(
    client: Client, ada: str, query: str, content: bytes, status: int
) -> None:
    answer = client("POST", f"{ada}/attachments{query}", data=content, content_type="application/octet-stream")
    assert answer.status_code == status


def test_who_may_not_read_the_record_reads_none_of_it(
    client: Client, client_of: Callable[..., Client], make_user: MakeUser, ada: str
) -> None:
    there = client("POST", f"{ada}/attachments?name=a", data=b"a").json["href"].removeprefix("/api/v1")
    other = client_of(make_user("ben", grant("tests.commission", "read")))
    for path in (f"{ada}/comments", f"{ada}/attachments", there):
        assert other("GET", path).status_code == 404
    assert other("DELETE", there).status_code == 404
    assert other("POST", f"{ada}/comments", {"text": "a"}).status_code == 404


def test_a_token_that_only_reads_says_nothing(
    client_of: Callable[..., Client], make_user: MakeUser, ada: str
) -> None:
    reader = client_of(make_user("anna", *EVERYTHING), scopes=["tests.patron:read"])
    assert reader("GET", f"{ada}/comments").status_code == 200
    assert reader("POST", f"{ada}/comments", {"text": "a"}).status_code == 403
