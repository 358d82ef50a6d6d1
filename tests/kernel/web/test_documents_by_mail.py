"""A document is sent by mail from its record's page; refusals keep what was typed, and twice sent is once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.jobs.doing import run_jobs
from tests.kernel.mail.postbox import PostBox, post_box
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider


@pytest.fixture
def box(anna: Browser, system: Actor) -> Iterator[PostBox]:
    with post_box() as opened:
        with unit_of_work(system):
            opened.use()
        yield opened


@pytest.fixture
def there(system: Actor) -> str:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        return f"/tests/repair/{records.create(Repair, [{'rider': rider}])[0].id}"


def test_a_document_is_sent_from_the_records_page_once(anna: Browser, there: str, box: PostBox) -> None:
    assert f'href="{there}/mail/sheet"' in anna.page(there)
    page = anna.page(f"{there}/mail/sheet")
    assert "Dear Sir or Madam," in page
    key = re.search(r'<form class="stack boxed mailing".*?name="once" value="([^"]+)"', page, re.DOTALL)
    assert key
    form = {"to": "ada@example.com", "subject": "Your <b>repair", "text": "Here it is", "once": key[1]}
    sent = anna.post(f"{there}/mail/sheet?language=en", form, follow_redirects=True)
    assert "It is on its way to ada@example.com." in words(sent.text)
    anna.post(f"{there}/mail/sheet?language=en", form)
    assert "Sent “Repair” to ada@example.com: Your <b>repair" in words(sent.text)
    run_jobs()
    [mail] = box.mails
    assert mail["Subject"] == "Your <b>repair"
    assert [each.get_filename() for each in mail.iter_attachments()] == ["R-0001.pdf"]


def test_a_refusal_is_said_at_its_field_and_keeps_the_words(anna: Browser, there: str, box: PostBox) -> None:
    refused = anna.post(f"{there}/mail/sheet", {"to": "ada", "subject": "", "text": "Kept words"})
    assert refused.status_code == 422
    assert "Enter an e-mail address" in words(refused.text)
    assert "A mail needs a subject" in words(refused.text)
    assert "Kept words" in refused.text
    assert box.mails == []


def test_without_a_server_it_says_who_can_set_one_up(anna: Browser, there: str) -> None:
    refused = anna.post(f"{there}/mail/sheet", {"to": "ada@example.com", "subject": "x", "text": "y"})
    assert "No mail server is set up" in words(refused.text)


def test_who_may_not_read_the_record_sends_nothing(sign_in: SignIn, there: str) -> None:
    stranger = sign_in("stranger")
    assert stranger.get(f"{there}/mail/sheet").status_code in (403, 404)
    assert stranger.post(f"{there}/mail/sheet", {"to": "a@b.example"}).status_code in (403, 404)
