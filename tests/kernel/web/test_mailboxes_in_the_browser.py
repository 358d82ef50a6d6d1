"""An administrator sets a mailbox up and tries it; mails that belong nowhere are filed by whoever may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.files import FileStore, set_files
from kernel.jobs.doing import run_jobs
from kernel.mail.incoming.models import IncomingMail, Mailbox
from kernel.permissions.declare import grant
from kernel.sealing import set_secret
from tests.kernel.mail.mailroom import Folder, mail_room
from tests.kernel.mail.postbox import post_box
from tests.kernel.mail.test_mailboxes import mail, make_repair
from tests.kernel.web.conftest import Browser, SignIn, words

HERE = "/settings/mailboxes"
MAILS = "/inbox/mails"


@pytest.fixture(scope="module")
def shared() -> Iterator[Folder]:
    with mail_room() as opened:
        yield opened.folder()


@pytest.fixture
def folder(shared: Folder, admin: Browser, tmp_path: Path) -> Folder:
    set_secret("a secret of the tests")
    set_files(FileStore(tmp_path / "files", 200_000))
    return shared.room.folder()


def form(there: Folder, company: int, **more: str) -> dict[str, str]:
    return {"label": "Office", "company": str(company), "host": "127.0.0.1", "port": str(there.room.port), "tls": "",
            "user": "office", "password": "open sesame", "folder": there.name, "done_folder": "", "most_mb": "25",
            "address": "office@formosa.example", "plus": "", "everything": "1", **more}


def take_in(admin: Browser, folder: Folder, company: int) -> None:
    admin.post(f"{HERE}/new", form(folder, company))
    run_jobs()


def test_a_mailbox_is_tried_set_up_read_paused_and_taken_away(
    admin: Browser, folder: Folder, company: int, system: Actor
) -> None:
    assert "No mailbox yet" in words(admin.page(HERE))
    wrong = admin.post(f"{HERE}/try", form(folder, company, password="no"))
    assert wrong.status_code == 422
    assert "does not take this user name and password" in words(wrong.text)
    assert "There is no folder “X”" in words(admin.post(f"{HERE}/try", form(folder, company, folder="X")).text)
    assert "It works" in words(admin.post(f"{HERE}/try", form(folder, company)).text)
    refused = admin.post(f"{HERE}/new", form(folder, company, port="x", most_mb="9999", address="no"))
    for said in ("A port is a number", "A number from 1 to 100", "Enter an e-mail address"):
        assert said in words(refused.text)
    folder.lay(mail("Stranger"))
    saved = admin.post(f"{HERE}/new", form(folder, company), follow_redirects=True)
    assert "Saved." in words(saved.text)
    assert "sesame" not in saved.text
    run_jobs()
    assert "Works" in words(admin.page(HERE))
    with unit_of_work(system, reading=True) as opened:
        [id_] = opened.scalars(select(Mailbox.id))
    assert "It works" in words(admin.post(f"{HERE}/{id_}/try", form(folder, company, password="")).text)
    elsewhere = admin.post(f"{HERE}/{id_}", form(folder, company, password="", host="other.example"))
    assert "Enter the password" in words(elsewhere.text)
    admin.post(f"{HERE}/{id_}", {"do": "pause"})
    assert "Paused" in words(admin.page(HERE))
    admin.post(f"{HERE}/{id_}", {"do": "resume"})
    assert "Paused" not in words(admin.page(HERE))
    admin.post(f"{HERE}/{id_}", {"do": "remove"})
    assert "No mailbox yet" in words(admin.page(HERE))
    assert "Stranger" in words(admin.page(MAILS))


def test_whoever_may_not_is_shown_nothing_of_it(
    admin: Browser, folder: Folder, company: int, sign_in: SignIn, system: Actor
) -> None:
    folder.lay(mail("Stranger"))
    take_in(admin, folder, company)
    with unit_of_work(system, reading=True) as opened:
        [mail_id], [box_id] = opened.scalars(select(IncomingMail.id)), opened.scalars(select(Mailbox.id))
    anna = sign_in("anna", grant("tests.repair", "read"))
    for path in (HERE, f"{HERE}/new", f"{HERE}/{box_id}", MAILS, f"{MAILS}/{mail_id}", f"{MAILS}/records?q=a"):
        assert anna.get(path).status_code in (403, 404), path
    for path in (f"{HERE}/new", f"{HERE}/try", f"{HERE}/{box_id}", f"{HERE}/{box_id}/try", f"{MAILS}/{mail_id}"):
        assert anna.post(path, {"do": "away"}, token_from="/").status_code in (403, 404), path
    assert "/inbox/mails" not in anna.page("/inbox")


def test_a_mail_is_filed_shown_with_its_record_answered_and_taken_back(
    admin: Browser, folder: Folder, company: int, sign_in: SignIn, system: Actor
) -> None:
    repair, number = make_repair(system)
    folder.lay(mail("Stranger <b>", "Is it ready?\n\n> Quoted\n<script>alert(1)</script>", From="x@y.example"))
    take_in(admin, folder, company)
    with unit_of_work(system, reading=True) as opened:
        [id_] = opened.scalars(select(IncomingMail.id))
    clerk = sign_in("clerk", grant("tests.repair", "read"), grant("tests.rider", "read"), roles=("kernel.mail_clerk",))
    page = clerk.page(f"{MAILS}/{id_}")
    assert "From outside, unverified" in words(page)
    assert "<script>alert" not in page
    assert number in clerk.get(f"{MAILS}/records?q={number}").text
    assert "Choose the record" in words(clerk.post(f"{MAILS}/{id_}", {"record": ""}).text)
    assert clerk.post(f"{MAILS}/{id_}", {"record": "tests.repair/99999999"}).status_code == 404
    filed = clerk.post(f"{MAILS}/{id_}", {"record": f"tests.repair/{repair}"}, follow_redirects=True)
    assert f"Filed to {number}" in words(filed.text)
    record = clerk.page(f"/tests/repair/{repair}")
    assert "mail from x@y.example" in words(record)
    assert "Is it ready?" in words(record)
    assert "Mails 1" in words(record)
    assert "Does not belong here" in words(record)
    assert "Is it ready?" not in words(clerk.page(f"/tests/repair/{repair}?show=comments"))
    answer = f"/tests/repair/{repair}/mails/{id_}/answer"
    assert 'value="Re: Stranger &lt;b&gt;"' in clerk.page(answer)
    with post_box() as sent:
        with unit_of_work(system):
            sent.use()
        assert "Write something first" in words(clerk.post(answer, {"subject": "Re: x", "text": ""}).text)
        clerk.post(answer, {"subject": "Re: x", "text": "Tomorrow"})
        run_jobs()
    assert sent.mails[0]["To"] == "x@y.example"
    assert "Answered x@y.example" in words(clerk.page(f"/tests/repair/{repair}"))
    reader = sign_in("reader", grant("tests.repair", "read"), grant("tests.rider", "read"))
    assert "Is it ready?" in words(reader.page(f"/tests/repair/{repair}"))
    assert "Does not belong here" not in words(reader.page(f"/tests/repair/{repair}"))
    assert reader.post(f"/tests/repair/{repair}/mails/{id_}/back", {}, token_from="/").status_code == 403
    clerk.post(f"/tests/repair/{repair}/mails/{id_}/back")
    assert "mail from" not in words(reader.page(f"/tests/repair/{repair}"))
    clerk.post(f"{MAILS}/{id_}", {"do": "away"})
    assert "No mail waits" in words(clerk.page(MAILS))
    assert "Stranger" in words(clerk.page(f"{MAILS}?which=away"))
