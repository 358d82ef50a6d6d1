"""An administrator sets the mail server up on a page, tries it, and sees what it refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.jobs.doing import run_jobs
from kernel.mail.letters import Letter, Part
from kernel.mail.sending import Mail, post
from kernel.mail.server import set_smtp_url
from tests.kernel.mail.postbox import PostBox, free_port, post_box
from tests.kernel.web.conftest import Browser, words

HERE = "/settings/mail"


@pytest.fixture
def box() -> Iterator[PostBox]:
    with post_box() as opened:
        yield opened
    set_smtp_url("")


def form(box: PostBox, **changed: str) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(box.port), "tls": "", "user": "", "password": "",
            "sender": "office@formosa.example", "base_url": "https://trellis.example", **changed}


def test_the_server_is_set_up_and_tried_by_a_mail_to_oneself(admin: Browser, box: PostBox, system: Actor) -> None:
    assert "There is none yet" in words(admin.page(HERE))
    assert "No mail server is set up" in words(admin.post(f"{HERE}/try").text)
    saved = admin.post(HERE, form(box, password="open sesame"), follow_redirects=True)
    assert "Saved." in words(saved.text)
    assert "sesame" not in saved.text
    assert "Leave empty to keep the one there is" in saved.text
    refused = admin.post(f"{HERE}/try")
    assert refused.status_code == 422
    assert "You have no e-mail address here" in words(refused.text)
    with unit_of_work(system) as opened:
        opened.execute(update(User).where(User.login == "root").values(email="root@formosa.example"))
    tried = admin.post(f"{HERE}/try", follow_redirects=True)
    assert "The mail was taken" in words(tried.text)
    assert box.mails[0]["To"] == "root@formosa.example"
    box.refused["root@formosa.example"] = "550 Not here"
    assert "550 Not here" in words(admin.post(f"{HERE}/try").text)


def test_what_cannot_be_right_is_said_at_its_field_and_stays_typed(admin: Browser, box: PostBox) -> None:
    refused = admin.post(HERE, form(box, port="0", sender="nobody", base_url="trellis.example"))
    assert refused.status_code == 422
    said = words(refused.text)
    for text in ("A port is a number", "Enter an e-mail address", "The address begins with https://"):
        assert text in said
    assert 'value="nobody"' in refused.text
    away = PostBox(free_port())
    admin.post(HERE, form(away))
    assert admin.post(f"{HERE}/try").status_code in (409, 422)


def test_what_was_refused_is_listed_and_told_to_whom_it_was_for(
    admin: Browser, box: PostBox, system: Actor
) -> None:
    admin.post(HERE, form(box))
    box.refused["root@formosa.example"] = "550 No such mailbox"
    with unit_of_work(system) as opened:
        opened.execute(update(User).where(User.login == "root").values(email="root@formosa.example"))
        post([Mail("root@formosa.example", "x", Letter("Formosa", (Part("a", "b"),)))])
    run_jobs()
    assert "root@formosa.example No such mailbox" in words(admin.page(HERE))
    assert "Mails to this address were refused: No such mailbox" in words(admin.page("/me/notifications"))
    admin.post(HERE, {"do": "off"})
    assert "There is none yet" in words(admin.page(HERE))


def test_the_environments_server_is_shown_and_not_changed(admin: Browser, box: PostBox) -> None:
    set_smtp_url(f"smtp://127.0.0.1:{box.port}?tls=none&from=a@b.example")
    page = admin.page(HERE)
    assert f"TRELLIS_SMTP_URL says which server it is: 127.0.0.1:{box.port}" in words(page)
    assert 'name="host"' not in page
    assert admin.post(HERE, {"base_url": "https://erp.example"}).status_code == 303
    assert 'value="https://erp.example"' in admin.page(HERE)


def test_only_who_may_sees_it(anna: Browser) -> None:
    assert anna.get(HERE).status_code == 403
    assert anna.post(HERE, {"do": "off"}).status_code == 403
    assert anna.post(f"{HERE}/try").status_code == 403
    assert HERE not in anna.page("/")
