"""The side column of a record: comments, mentions, files, follow-ups, stars, and the inbox they lead to."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.files import files
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PDF = b"%PDF-1.7 and so on"


@pytest.fixture
def repair(system: Actor) -> str:
    """The address of a repair that mechanics and ben may read."""
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        id_ = records.create(Repair, [{"rider": rider}])[0].id
    return f"/tests/repair/{id_}"


@pytest.fixture
def ben(sign_in: SignIn) -> Browser:
    return sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))


def upload(browser: Browser, repair: str, *given: tuple[str, bytes]) -> Any:
    return browser.post(f"{repair}/files", [("file", "")], token_from="/") if not given else _send(
        browser, repair, given)


def _send(browser: Browser, repair: str, given: tuple[tuple[str, bytes], ...]) -> Any:
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.page("/"))
    assert token
    return browser.client.post(f"{repair}/files", data={
        "csrf_token": token[1], "file": [(io.BytesIO(content), name) for name, content in given]},
        content_type="multipart/form-data")


def file_address(browser: Browser, repair: str) -> str:
    found = re.search(rf'href="({repair}/files/\d+)"', browser.page(repair))
    assert found
    return found[1]


def test_a_comment_shows_its_words_and_nothing_of_markup(anna: Browser, ben: Browser, repair: str) -> None:
    told = "<script>alert(1)</script> & see https://example.com/a?b=1, @Ben"
    answer = anna.post(f"{repair}/comments", {"text": told}, follow_redirects=True)
    assert answer.status_code == 200
    page = ben.page(repair)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; see" in page
    assert '<span class="men">@Ben</span>' in page
    assert 'href="https://example.com/a?b=1" target="_blank" rel="noopener noreferrer nofollow"' in page
    assert "Comments 1" in words(page)


def test_the_stream_is_shown_whole_or_by_kind(anna: Browser, repair: str) -> None:
    anna.post(f"{repair}/comments", {"text": "Wheel is bent"})
    assert "Wheel is bent" in words(anna.page(repair))
    assert "created it" in words(anna.page(repair))
    only = words(anna.page(f"{repair}/talk?show=comments"))
    assert "Wheel is bent" in only
    assert "created it" not in only
    assert "Wheel is bent" not in words(anna.page(f"{repair}/talk?show=changes"))


def test_a_mention_comes_to_the_inbox_and_leaves_it_when_seen(anna: Browser, ben: Browser, repair: str) -> None:
    anna.post(f"{repair}/comments", {"text": "@Ben please look"})
    assert ben.get("/inbox/count").json == {"count": 1, "said": "waiting", "news": 1, "unseen": "unseen"}
    inbox = ben.page("/inbox/mentions")
    assert "R-0001 @Ben please look" in words(inbox)
    assert '<span class="cnt hot">1<' in inbox
    assert "Ada" not in words(inbox)
    assert "data-unseen" in ben.page(repair)
    assert ben.post(f"{repair}/seen").status_code == 204
    assert "Nobody has called you" in words(ben.page("/inbox/mentions"))
    assert "data-unseen" not in ben.page(repair)


def test_a_mention_of_who_may_not_read_is_refused_with_everything_kept(
    anna: Browser, sign_in: SignIn, repair: str
) -> None:
    sign_in("carl", grant("tests.rider", "read"))
    refused = anna.post(f"{repair}/comments", {"text": "Long text for @Carl"})
    assert refused.status_code == 422
    assert "Carl may not read this record" in words(refused.text)
    assert ">Long text for @Carl</textarea>" in refused.text
    part = anna.post(f"{repair}/comments", {"text": "Long text for @Carl"}, headers={"X-Part": "talk"})
    assert (part.status_code, part.headers["X-Part"]) == (422, "talk")
    assert "<body" not in part.text
    assert anna.get(f"{repair}/people?q=car").json == []


def test_the_picker_offers_who_may_read(anna: Browser, ben: Browser, repair: str) -> None:
    assert [each["label"] for each in anna.get(f"{repair}/people?q=b").json] == ["Ben"]
    assert {each["written"] for each in ben.get(f"{repair}/people").json} == {"Anna", "Ben"}


def test_ones_own_comment_is_edited_and_deleted_and_nobody_elses(anna: Browser, ben: Browser, repair: str) -> None:
    anna.post(f"{repair}/comments", {"text": "Bent"})
    found = re.search(rf'action="({repair}/comments/\d+)"', anna.page(repair))
    assert found
    assert f'action="{found[1]}"' not in ben.page(repair)
    assert ben.post(found[1], {"text": "Straight"}).status_code == 403
    assert ben.post(f"{found[1]}/delete").status_code == 403
    anna.post(found[1], {"text": "Very bent"})
    assert re.search(r"Very bent changed \d", words(ben.page(repair)))
    anna.post(f"{found[1]}/delete")
    assert "Anna deleted a comment" in words(ben.page(repair))
    assert "bent" not in words(ben.page(repair))


def test_whoever_may_not_read_the_record_gets_nothing_of_it(
    anna: Browser, sign_in: SignIn, repair: str
) -> None:
    _send(anna, repair, (("secret.png", PNG),))
    there = file_address(anna, repair)
    carl = sign_in("carl", grant("tests.repair", "read", scope="own"))
    for path in (there, f"{repair}/talk", f"{repair}/people"):
        assert carl.get(path).status_code == 404
    for path in ("comments", "seen", "star", "follow-ups"):
        assert carl.post(f"{repair}/{path}", {"text": "a", "due_on": "2100-01-01"}).status_code == 404
    nobody = sign_in("nobody", grant("tests.rider", "read"))
    assert nobody.get(there).status_code == 403


@pytest.mark.parametrize(("name", "content", "kind", "disposition"), [
    ("wheel.png", PNG, "image/png", "inline"), ("bill.pdf", PDF, "application/pdf", "inline"),
    ("page.html", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
    ("drawing.svg", b"<svg onload='alert(1)'/>", "application/octet-stream", "attachment"),
    ("fake.png", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
])
def test_only_pictures_and_pdfs_are_shown_and_nothing_runs(
    anna: Browser, repair: str, name: str, content: bytes, kind: str, disposition: str
) -> None:
    assert _send(anna, repair, ((name, content),)).status_code == 303
    answer = anna.get(file_address(anna, repair))
    assert (answer.data, answer.mimetype) == (content, kind)
    assert answer.headers["Content-Disposition"].startswith(disposition)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert ("sandbox" in policy) == (kind != "application/pdf")
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_several_files_come_at_once_all_or_none(anna: Browser, repair: str) -> None:
    refused = _send(anna, repair, (("good.txt", b"a"), ("empty.txt", b"")))
    assert refused.status_code == 422
    assert "The file is empty" in words(refused.text)
    assert "good.txt" not in words(anna.page(repair))
    _send(anna, repair, (("one.txt", b"a"), ("../../etc/passwd", b"b")))
    said = words(anna.page(repair))
    assert "one.txt" in said
    assert "passwd" in said
    assert "../" not in said
    assert "Choose a file first" in words(upload(anna, repair).text)


def test_a_huge_file_is_refused_in_words(anna: Browser, repair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files(), "most", 10)
    refused = _send(anna, repair, (("a.txt", b"01234567890"),))
    assert refused.status_code == 422
    assert "The file is larger than" in words(refused.text)


def test_a_file_whose_content_is_lost_is_told_of_in_words(anna: Browser, repair: str) -> None:
    _send(anna, repair, (("a.txt", b"a"),))
    for digest in list(files().digests()):
        files().remove(digest)
    answer = anna.get(file_address(anna, repair))
    assert answer.status_code == 404
    assert "The content of this file is missing" in words(answer.text)


def test_a_file_is_removed_by_who_may(anna: Browser, ben: Browser, repair: str) -> None:
    _send(anna, repair, (("one.txt", b"a"),))
    there = file_address(anna, repair)
    assert f"{there}/delete" not in ben.page(repair)
    assert ben.post(f"{there}/delete").status_code == 403
    assert anna.post(f"{there}/delete").status_code == 303
    assert anna.get(there).status_code == 404


def test_a_follow_up_stands_on_the_record_and_in_the_inbox(anna: Browser, ben: Browser, repair: str) -> None:
    me = re.search(r'<option value="(\d+)" selected>Me</option>', ben.page(repair))
    assert me
    anna.post(f"{repair}/follow-ups", {"due_on": "2100-01-01", "note": "Call Ada", "user": me[1]})
    assert "Call Ada" in words(anna.page(repair))
    assert "Later" in words(ben.page("/inbox/follow-ups"))
    assert ben.get("/inbox/count").json["count"] == 0
    found = re.search(r'action="(/inbox/follow-ups/\d+/done)"', ben.page("/inbox/follow-ups"))
    assert found
    assert "Nothing is planned" in words(ben.post(found[1], follow_redirects=True).text)
    assert "Call Ada" not in words(anna.page(repair))


@pytest.mark.parametrize(("day", "message"), [
    ("", "Choose the day"), ("2026-02-31", "Choose the day"), ("2000-01-01", "can't be past")])
def test_a_follow_up_without_a_day_to_come_keeps_what_was_typed(
    anna: Browser, repair: str, day: str, message: str
) -> None:
    refused = anna.post(f"{repair}/follow-ups", {"due_on": day, "note": "Call Ada"})
    assert refused.status_code == 422
    assert message in words(refused.text)
    assert 'value="Call Ada"' in refused.text
    assert '<details class="fu" open>' in refused.text


def test_a_star_puts_a_record_into_the_sidebar_and_takes_it_out(anna: Browser, repair: str) -> None:
    assert 'aria-pressed="false"' in anna.page(repair)
    anna.post(f"{repair}/star", {"star": "on"})
    assert "Starred R-0001" in words(anna.page("/"))
    assert 'name="star" value="off" data-key="s" aria-pressed="true"' in anna.page(repair)
    anna.post(f"{repair}/star", {"star": "off"})
    assert "Starred" not in words(anna.page("/"))


def test_the_palette_shows_records_seen_of_late_as_far_as_one_may(
    anna: Browser, sign_in: SignIn, repair: str
) -> None:
    id_ = repair.rpartition("/")[2]
    seen = f"/search/found?q=&seen=tests.repair/{id_},tests.repair/99999,tests.rider/x,no.such/1,,"
    assert f'data-seen="tests.repair/{id_}"' in anna.page(repair)
    assert "Recently seen R-0001 Repair" in words(anna.page(seen))
    assert "Recently seen" not in words(anna.page(f"{seen}&q=zzz".replace("q=&", "")))
    carl = sign_in("carl", grant("tests.repair", "read", scope="own"))
    assert "Recently seen" not in words(carl.page(seen))


def test_the_column_costs_five_statements_however_much_was_said(
    anna: Browser, ben: Browser, repair: str, count_statements: Callable[[], Any]
) -> None:
    def statements() -> list[str]:
        anna.page(repair)
        with count_statements() as counter:
            anna.page(repair)
        found: list[str] = counter.statements
        return found

    alone = statements()
    about = ("kernel_comment", "kernel_attachment", "kernel_follow_up", "kernel_star", "kernel_follower")
    assert sum(any(name in each for name in about) for each in alone) == 5  # one counts the inbox, as before
    for at in range(6):
        anna.post(f"{repair}/comments", {"text": f"{at} @Ben"})
        anna.post(f"{repair}/follow-ups", {"due_on": "2100-01-01"})
    _send(anna, repair, tuple((f"{at}.txt", b"a") for at in range(6)))
    assert len(statements()) == len(alone)


def test_no_script_is_needed_and_none_stands_in_the_page(anna: Browser, repair: str) -> None:
    page = anna.page(repair)
    aside = page[page.index('<aside class="talk"'):page.index("</aside>", page.index('<aside class="talk"'))]
    for action in ("comments", "files", "follow-ups"):
        assert f'method="post" action="{repair}/{action}"' in aside
    assert "style=" not in aside
    assert "<script" not in aside
