"""A mail is sent once, after the commit; tried again while the server is away; and refusals are noted."""

from __future__ import annotations

import datetime as dt
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Invalid, Refusal, UsageError
from kernel.files import FileStore, files, set_files
from kernel.jobs.doing import run_jobs
from kernel.jobs.keeping import dead_jobs
from kernel.jobs.models import WaitingJob
from kernel.mail import server
from kernel.mail.jobs import forget_old_mails
from kernel.mail.letters import Letter, Part
from kernel.mail.models import MailServerSetting, OutgoingMail
from kernel.mail.sending import EnclosedFile, Mail, post, refusal_of
from kernel.mail.server import MailServer, mail_server, save_mail_server, set_smtp_url
from kernel.mail.threads import thread_of
from kernel.sealing import set_secret
from tests.kernel.mail.postbox import PostBox, free_port, post_box

LETTER = Letter(
    "Formosa <Cycle> Works", (Part("SO-1 & more", "Two lines\nof text", "https://trellis.example/x", "Open"),))


@pytest.fixture(autouse=True)
def ready(tmp_path: Path) -> Iterator[None]:
    set_secret("a secret of the tests")
    set_files(FileStore(tmp_path / "files", 10_000))
    yield
    set_smtp_url("")
    set_files(None)


@pytest.fixture
def box(system: Actor) -> Iterator[PostBox]:
    with post_box() as opened:
        with unit_of_work(system):
            opened.use()
        yield opened


def put(system: Actor, *mails: Mail) -> list[int]:
    with unit_of_work(system):
        return post(mails)


def states(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as opened:
        return list(opened.scalars(select(OutgoingMail.state).order_by(OutgoingMail.id)))


def due_again(system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.execute(update(WaitingJob).values(due_at=opened.now))


def test_a_mail_is_sent_once_with_all_it_says(system: Actor, box: PostBox) -> None:
    with unit_of_work(system):
        stored = files().put(io.BytesIO(b"%PDF-1.7"))
        post([Mail("mei@example.com", "Order\nSO-1 報價", LETTER, record=("tests.order", 7), headers={"X-A": "b"},
                   files=[EnclosedFile("SO-1 訂單.pdf", "application/pdf", stored.digest)])])
        assert box.mails == []
    run_jobs()
    run_jobs()
    [mail] = box.mails
    assert states(system) == ["sent"]
    [sender] = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Formosa <Cycle> Works", "office@formosa.example")
    assert (mail["To"], mail["Subject"], mail["X-A"]) == ("mei@example.com", "Order SO-1 報價", "b")
    assert mail["References"] == mail["In-Reply-To"] == thread_of("tests.order", 7, "formosa.example")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert "SO-1 & more\nTwo lines\nof text\nhttps://trellis.example/x" in text.get_content().replace("\r\n", "\n")
    assert "SO-1 &amp; more" in html.get_content()
    assert "Formosa &lt;Cycle&gt; Works" in html.get_content()
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("SO-1 訂單.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7"


def test_what_is_rolled_back_is_not_sent(system: Actor, box: PostBox) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work(system):
        post([Mail("mei@example.com", "x", LETTER)])
        raise ZeroDivisionError
    run_jobs()
    assert box.mails == []
    assert states(system) == []


def test_a_mail_is_tried_again_until_the_server_is_back_under_one_message_id(system: Actor) -> None:
    box = PostBox(free_port())
    with unit_of_work(system):
        box.use()
    put(system, Mail("mei@example.com", "x", LETTER))
    run_jobs()
    assert states(system) == ["waiting"]
    with unit_of_work(system, reading=True) as opened:
        [waiting] = opened.scalars(select(WaitingJob)).all()
        assert (waiting.attempts, waiting.dead) == (1, False)
        assert "refused" in (waiting.error or "")
    with box.running():
        due_again(system)
        run_jobs()
    assert states(system) == ["sent"]
    assert len(box.mails) == 1


def test_a_server_that_hangs_keeps_nobody_from_writing(system: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and says nothing
        with unit_of_work(system):
            save_mail_server(MailServer("127.0.0.1", silent.getsockname()[1], "", sender="a@b.example",
                                        base_url="https://trellis.example"))
        put(system, Mail("mei@example.com", "x", LETTER))
        monkeypatch.setattr(server, "PATIENCE", 5.0)
        sending = threading.Thread(target=run_jobs)
        sending.start()
        taken, _address = silent.accept()
        began = time.monotonic()
        with unit_of_work(system) as opened:
            opened.execute(update(MailServerSetting).values(sender="c@d.example"))
        assert time.monotonic() - began < 3
        assert sending.is_alive(), "the server still hangs"
        taken.close()
        sending.join()
    with unit_of_work(system, reading=True) as opened:
        [waiting] = opened.scalars(select(WaitingJob)).all()
        assert (waiting.attempts, waiting.dead) == (1, False)


def test_a_mail_that_no_server_ever_took_lies_with_the_jobs_that_were_given_up(system: Actor) -> None:
    box = PostBox(free_port())
    with unit_of_work(system):
        box.use()
    put(system, Mail("mei@example.com", "x", LETTER))
    for _ in range(12):
        due_again(system)
        run_jobs()
    with unit_of_work(system, reading=True):
        assert [each.name for each in dead_jobs()] == ["kernel.send_mail"]


def test_a_refused_address_is_noted_and_not_tried_again_until_it_takes_mail(system: Actor, box: PostBox) -> None:
    box.refused["gone@example.com"] = "550 No such mailbox"
    put(system, Mail("gone@example.com", "x", LETTER), Mail("mei@example.com", "x", LETTER))
    run_jobs()
    assert states(system) == ["refused", "sent"]
    with unit_of_work(system, reading=True) as opened:
        assert "No such mailbox" in refusal_of("gone@example.com")
        assert opened.scalars(select(WaitingJob)).all() == []
    box.refused.clear()
    put(system, Mail("gone@example.com", "x", LETTER))
    run_jobs()
    with unit_of_work(system, reading=True):
        assert refusal_of("gone@example.com") == ""


def test_an_address_that_is_busy_is_tried_again(system: Actor, box: PostBox) -> None:
    box.refused["busy@example.com"] = "450 Try later"
    put(system, Mail("busy@example.com", "x", LETTER))
    run_jobs()
    assert states(system) == ["waiting"]
    box.refused.clear()
    due_again(system)
    run_jobs()
    assert states(system) == ["sent"]


def test_the_password_is_stored_sealed_and_used(system: Actor) -> None:
    box = PostBox(free_port(), password="open sesame")
    with unit_of_work(system) as opened:
        save_mail_server(box.server(user="office", password="open sesame"))
        stored = opened.scalars(select(MailServerSetting.password)).one()
        assert stored
        assert "sesame" not in stored.sealed
        found = mail_server()
        assert found
        assert found.password == "open sesame"
    with box.running():
        put(system, Mail("mei@example.com", "x", LETTER))
        run_jobs()
    assert len(box.mails) == 1
    set_secret("another secret")
    with unit_of_work(system, reading=True), pytest.raises(Refusal, match="can't be read"):
        mail_server()


def test_the_environment_comes_before_the_page(system: Actor, box: PostBox) -> None:
    set_smtp_url("smtps://me:p%40ss@mail.example?from=a@b.example", "https://erp.example/")
    with unit_of_work(system, reading=True):
        assert mail_server() == MailServer(
            "mail.example", 465, "tls", "me", "p@ss", "a@b.example", "https://erp.example", fixed=True)
    set_smtp_url(f"smtp://127.0.0.1:{box.port}?tls=none")
    put(system, Mail("mei@example.com", "x", LETTER))
    run_jobs()
    assert "trellis@127.0.0.1" in box.mails[0]["From"]
    with pytest.raises(UsageError):
        set_smtp_url("http://mail.example")


def test_nothing_is_posted_without_a_server_or_to_what_is_no_address(system: Actor, box: PostBox) -> None:
    for address in ("", "mei", "a@b, c@d", "x@y\nBcc: z@z"):
        with unit_of_work(system), pytest.raises(Refusal):
            post([Mail(address, "x", LETTER)])
    with unit_of_work(system):
        save_mail_server(None)
        with pytest.raises(Refusal, match="No mail server"):
            post([Mail("mei@example.com", "x", LETTER)])
        with pytest.raises(Invalid):
            save_mail_server(MailServer("", 0, "x", sender="no", base_url="ftp://x"))


def test_old_mails_are_forgotten(system: Actor, box: PostBox) -> None:
    put(system, Mail("mei@example.com", "x", LETTER))
    run_jobs()
    with unit_of_work(system):
        session().execute(update(OutgoingMail).values(at=session().now - dt.timedelta(days=31)))
        forget_old_mails()
    assert states(system) == []
    assert len(box.mails) == 1
