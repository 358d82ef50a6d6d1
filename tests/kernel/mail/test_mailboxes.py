"""Mailboxes are read by IMAP: each mail is taken in once, filed where it belongs, and none is lost."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

import kernel.notices.listeners
from kernel.discussion.models import Attachment
from kernel.discussion.reading import comments_of
from kernel.discussion.services import open_record
from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.files import FileStore, files, set_files
from kernel.hooks.specifications import register_hooks, temporary_hooks
from kernel.identity.models import Company
from kernel.jobs.doing import run_jobs, start_regular_jobs
from kernel.mail.incoming import fetching, services
from kernel.mail.incoming.answering import answer_mail
from kernel.mail.incoming.fetching import fetch_mailbox, look_into
from kernel.mail.incoming.jobs import forget_unneeded_mails
from kernel.mail.incoming.keeping import told
from kernel.mail.incoming.mailboxes import answer_address, change_mailbox, create_mailbox, mailbox, pause_mailbox
from kernel.mail.incoming.models import IncomingMail, Mailbox
from kernel.mail.letters import Letter, Part
from kernel.mail.sending import Mail, post
from kernel.mail.threads import sent_here, tag_of, tagged, thread_of
from kernel.notices.models import Notification
from kernel.permissions.declare import grant
from kernel.sealing import set_secret
from kernel.shared.models import Contact, Party
from tests.conftest import MakeUser
from tests.kernel.mail.mailroom import Folder
from tests.kernel.mail.postbox import post_box
from tests.kernel.web.garage import Repair, Rider

assert kernel.notices.listeners.tell_of_mails  # an installation loads the listeners by their files

SECRET = "a secret of the tests"


@pytest.fixture(autouse=True)
def ready(tmp_path: Path) -> Iterator[None]:
    set_secret(SECRET)
    set_files(FileStore(tmp_path / "files", 200_000))
    yield
    set_files(None)


def mail(subject: str = "Hello", text: str = "Words", **headers: str) -> bytes:
    made = EmailMessage()
    given = {"From": "Anna Keller <anna@velo.example>", "To": "office@formosa.example", "Subject": subject,
             "Message_ID": f"<{abs(hash((subject, text)))}@velo.example>", **headers}
    for name, value in given.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def box(system: Actor, folder: Folder, **more: Any) -> int:
    with unit_of_work(system):
        return create_mailbox(folder.given(system.company_id or 0, **more))


def taken(system: Actor) -> Sequence[Any]:
    with unit_of_work(system, reading=True) as opened:
        return opened.work.connection.execute(
            select(IncomingMail.__table__).order_by(IncomingMail.at, IncomingMail.id)).all()


def wrong(system: Actor, id_: int) -> str:
    with unit_of_work(system, reading=True):
        return told(mailbox(id_).error)


def make_repair(system: Actor) -> tuple[int, str]:
    with unit_of_work(system) as opened:
        rider = Rider(name="Anna")
        opened.add(rider)
        opened.flush()
        opened.add(repair := Repair(rider_id=rider.id))
        opened.flush()
        return repair.id, repair.number


def test_new_mails_are_taken_in_once_and_stay_where_they_lie(system: Actor, folder: Folder) -> None:
    folder.lay(mail("One"), mail("Two"))
    id_ = box(system, folder)
    assert fetch_mailbox(id_) == 2
    assert fetch_mailbox(id_) == 0
    folder.lay(mail("Three"))
    assert fetch_mailbox(id_) == 1
    assert [(row.subject, row.state, row.sender) for row in taken(system)] == [
        (name, "waiting", "anna@velo.example") for name in ("One", "Two", "Three")]
    assert folder.subjects() == ["One", "Two", "Three"]
    assert wrong(system, id_) == ""


def test_what_lay_there_before_is_left_alone_unless_it_is_wanted(system: Actor, folder: Folder) -> None:
    folder.lay(mail("Long ago"), at=dt.datetime.now(dt.UTC) - dt.timedelta(days=40))
    folder.lay(mail("Yesterday"), at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=20))
    id_ = box(system, folder, everything=False, done_folder=f"{folder.name}-done")
    folder.lay(mail("Now"))
    fetch_mailbox(id_)
    assert [row.subject for row in taken(system)] == ["Now"]
    assert folder.subjects() == ["Long ago", "Yesterday"]
    folder.make_anew(mail("Later"))
    folder.lay(mail("Long ago"), at=dt.datetime.now(dt.UTC) - dt.timedelta(days=40))
    fetch_mailbox(id_)
    assert [row.subject for row in taken(system)] == ["Now", "Later"]


def test_mails_are_moved_once_they_were_taken_in_also_by_a_later_run(
    system: Actor, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.lay(mail("One"), mail("Two"))
    id_ = box(system, folder, done_folder=f"{folder.name}-done")
    with monkeypatch.context() as broken:
        broken.setattr(fetching, "_move", lambda *_args: (_ for _ in ()).throw(OSError("the cable")))
        fetch_mailbox(id_)
    assert "the cable" in wrong(system, id_)
    assert folder.subjects() == ["One", "Two"]
    assert fetch_mailbox(id_) == 0
    assert folder.subjects() == []
    assert folder.subjects(f"{folder.name}-done") == ["One", "Two"]
    assert len(taken(system)) == 2


def test_another_uidvalidity_brings_no_mail_twice_and_loses_none(system: Actor, folder: Folder) -> None:
    folder.lay(mail("One"), mail("Two"), mail("Three"))
    id_ = box(system, folder)
    fetch_mailbox(id_)
    folder.make_anew(mail("New"), mail("Two"), mail("Three"))
    assert fetch_mailbox(id_) == 1
    assert [row.subject for row in taken(system)] == ["One", "Two", "Three", "New"]


def test_the_same_mail_in_two_mailboxes_is_one(system: Actor, folder: Folder, room: Any) -> None:
    other = room.folder()
    for each in (folder, other):
        each.lay(mail("To both"))
    assert [fetch_mailbox(box(system, each, label=each.name)) for each in (folder, other)] == [1, 0]


KILLED = """
import os, signal
from pathlib import Path
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.files import FileStore, set_files
from kernel.sealing import set_secret
import tests.kernel.web.garage
from kernel.mail.incoming import fetching
set_secret({secret!r}); set_files(FileStore(Path({files!r}), 200_000)); set_database(Database({url!r}))
left = {left}
before = fetching.{place}
def killed(*args, **more):
    global left
    left -= 1
    if {after}:
        before(*args, **more)
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    if not {after}:
        return before(*args, **more)
fetching.{place} = killed
fetching.fetch_mailbox({id})
"""


@pytest.mark.parametrize(("place", "after"), [("take_in", True), ("_note_read", False), ("_note_read", True),
                                              ("_move", False), ("_content", False)])
def test_killed_in_the_middle_nothing_is_lost_and_nothing_comes_twice(
    system: Actor, folder: Folder, database: Database, tmp_path: Path, place: str, after: bool
) -> None:
    file = EmailMessage()
    file["From"], file["Subject"], file["Message-ID"] = "a@velo.example", "With a file", "<f@velo.example>"
    file.set_content("x")
    file.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    names = [f"Mail {n}" for n in range(4)]
    folder.lay(*map(mail, names), file.as_bytes())
    id_ = box(system, folder, done_folder=f"{folder.name}-done")
    for left in (0, 2):
        script = KILLED.format(secret=SECRET, files=str(tmp_path / "files"), left=left, place=place, after=after,
                               id=id_, url=database.url.render_as_string(hide_password=False))
        ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True,
                               env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})
        assert ended.returncode == -9 or (place == "_move" and left), ended.stderr
    fetch_mailbox(id_)
    assert [row.subject for row in taken(system)] == [*names, "With a file"]
    with unit_of_work(system, reading=True) as opened:
        assert opened.work.connection.execute(select(Attachment.__table__.c.name)).scalars().all() == ["a.pdf"]
    assert folder.subjects() == []
    assert sorted(folder.subjects(f"{folder.name}-done")) == sorted([*names, "With a file"])


def test_a_poisonous_mail_is_put_aside_shown_and_stops_no_other(
    system: Actor, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.lay(mail("One"), mail("Poison"), mail("Three"))
    id_ = box(system, folder)
    real = services.read_mail

    def choking(raw: bytes) -> Any:
        if b"Poison" in raw:
            raise RecursionError
        return real(raw)

    with monkeypatch.context() as broken:
        broken.setattr(services, "read_mail", choking)
        fetch_mailbox(id_)
    rows = taken(system)
    assert [(row.subject, row.state) for row in rows] == [("One", "waiting"), ("", "aside"), ("Three", "waiting")]
    assert "RecursionError" in told(rows[1].error)
    with unit_of_work(system):
        [kept] = services.files_of(rows[1].id)
        assert b"Poison" in files().read(kept.sha256)
        services.take_in_again(rows[1].id)
    assert (taken(system)[1].subject, taken(system)[1].state) == ("Poison", "waiting")
    assert fetch_mailbox(id_) == 0


def test_what_the_database_can_not_do_is_no_fault_of_the_mail(
    system: Actor, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.lay(mail("One"))
    id_ = box(system, folder)
    with monkeypatch.context() as broken:
        broken.setattr(fetching, "take_in", lambda *_args: (_ for _ in ()).throw(OSError(28, "No space left")))
        assert fetch_mailbox(id_) == 0
    assert "No space left" in wrong(system, id_)
    assert fetch_mailbox(id_) == 1


def test_a_mail_that_is_too_large_is_put_aside_unread(system: Actor, folder: Folder) -> None:
    huge = mail("Huge", "x" * 70 + "\n") + b"y" * 76 * 20_000
    folder.lay(huge, mail("Small"))
    fetch_mailbox(box(system, folder, most_mb=1))
    rows = taken(system)
    assert [(row.subject, row.state, row.text) for row in rows] == [
        ("Huge", "aside", ""), ("Small", "waiting", "Words")]
    assert told(rows[0].error) == "It has 1 MB, and this mailbox takes 1. It still lies there."
    with unit_of_work(system), pytest.raises(Refusal, match="not kept"):
        services.take_in_again(rows[0].id)


def test_a_file_beyond_the_limit_leaves_a_note_in_its_place(system: Actor, folder: Folder) -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@velo.example", "Drawing"
    made.set_content("See there")
    made.add_attachment(b"z" * 300_000, maintype="application", subtype="zip", filename="big.zip")
    made.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="small.pdf")
    folder.lay(made.as_bytes())
    fetch_mailbox(box(system, folder))
    id_ = taken(system)[0].id
    with unit_of_work(system, reading=True):
        kept = services.files_of(id_)
        assert [each.name for each in kept] == ["big.zip.txt", "small.pdf"]
        assert b"still lies in the mailbox" in files().read(kept[0].sha256)


def test_what_is_wrong_is_said_in_one_line_and_noted_with_the_mailbox(system: Actor, folder: Folder) -> None:
    for more, said in (
        ({"password": "no"}, "does not take this user name and password"),
        ({"folder": "Nowhere"}, "There is no folder “Nowhere”; there are: INBOX"),
        ({"done_folder": "Nowhere"}, "There is no folder “Nowhere”"),
        ({"port": 1}, "takes no connection on port 1"), ({"tls": "tls"}, "is port"),
        ({"host": "nowhere.invalid"}, "There is no server named nowhere.invalid"),
    ):
        given = folder.given(system.company_id or 0, **more)  # type: ignore[arg-type]  # of several kinds
        with pytest.raises(Refusal, match=said.replace("?", r"\?")):
            look_into(given, given.password)
    id_ = box(system, folder, password="no")
    assert fetch_mailbox(id_) == 0
    assert "does not take this user name and password" in wrong(system, id_)
    with unit_of_work(system):
        change_mailbox(id_, folder.given(system.company_id or 0))
    fetch_mailbox(id_)
    assert wrong(system, id_) == ""
    assert look_into(folder.given(system.company_id or 0), "open sesame").mails == 0


def test_one_mailbox_that_is_away_does_not_hold_up_the_others_and_a_paused_one_rests(
    system: Actor, folder: Folder, room: Any
) -> None:
    folder.lay(mail("Here"))
    box(system, folder, label="A", port=1)
    box(system, folder, label="B")
    resting = box(system, room.folder(), label="C", password="no")
    with unit_of_work(system):
        pause_mailbox(resting, True)
    start_regular_jobs()
    run_jobs()
    assert [row.subject for row in taken(system)] == ["Here"]
    assert wrong(system, resting) == ""


def test_an_answer_is_filed_to_the_record_of_what_it_answers(system: Actor, folder: Folder) -> None:
    repair, _number = make_repair(system)
    thread = thread_of("tests.repair", repair, "formosa.example")
    with post_box() as sent:
        with unit_of_work(system):
            sent.use()
            post([Mail("anna@velo.example", "Your bike", Letter("Formosa", (Part("", "Ready"),)),
                       record=("tests.repair", repair))])
        run_jobs()
    [out] = sent.mails
    file = EmailMessage()
    for name, value in {"From": "anna@velo.example", "Subject": "Re: Your bike", "In-Reply-To": out["Message-ID"],
                        "References": f"{out['References']} {out['Message-ID']}"}.items():
        file[name] = value
    file.set_content("Thank you")
    file.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="voucher.pdf")
    folder.lay(
        file.as_bytes(), mail("By address", To=f"office+{tag_of('tests.repair', repair)}@formosa.example"),
        mail("Forged", References=thread.replace("repair.", "repair.x")),
        mail("Unsigned", In_Reply_To=f"<tests.repair.{repair}@formosa.example>"))
    fetch_mailbox(box(system, folder))
    assert [(row.subject, row.state, row.how, row.record_id) for row in taken(system)] == [
        ("Re: Your bike", "filed", "reply", repair), ("By address", "filed", "reply", repair),
        ("Forged", "waiting", "", None), ("Unsigned", "waiting", "", None)]
    with unit_of_work(system, reading=True) as opened:
        row = opened.work.connection.execute(select(Attachment.__table__)).one()
        assert (row.entity, row.record_id, row.name) == ("tests.repair", repair, "voucher.pdf")


def test_our_own_mail_that_comes_back_is_not_filed(system: Actor, folder: Folder) -> None:
    repair, _number = make_repair(system)
    with post_box() as sent:
        with unit_of_work(system):
            sent.use()
            post([Mail("office@formosa.example", "x", Letter("Formosa", ()), record=("tests.repair", repair))])
        run_jobs()
    assert sent_here(sent.mails[0]["Message-ID"])
    folder.lay(sent.mails[0].as_bytes())
    assert fetch_mailbox(box(system, folder)) == 0
    assert taken(system) == []


def test_a_number_in_the_subject_then_the_sender_says_where_a_mail_belongs(system: Actor, folder: Folder) -> None:
    repair, number = make_repair(system)
    with unit_of_work(system) as opened:
        velo = Party(name="Velo Lyon", email="info@velo.example")
        velo.contacts.append(Contact(name="Anna", email="Anna@Velo.example"))
        twins = [Party(name=f"Twin {n}", email="twin@two.example") for n in range(2)]
        opened.add_all([velo, *twins])
        opened.flush()
        party = velo.id
    folder.lay(
        mail(f"About {number.lower()}, please"), mail("From a contact"),
        mail("From the house", From="INFO@velo.example"), mail("From two", From="twin@two.example"),
        mail("Stranger", From="x@elsewhere.example"))
    fetch_mailbox(box(system, folder))
    assert [(row.entity, row.record_id, row.how) for row in taken(system)] == [
        ("tests.repair", repair, "number"), ("kernel.party", party, "sender"), ("kernel.party", party, "sender"),
        (None, None, ""), (None, None, "")]


def test_records_of_another_company_are_never_filed_to(system: Actor, folder: Folder) -> None:
    repair, number = make_repair(system)
    with unit_of_work(system) as opened:
        opened.add(other := Company(name="Other", currency="TWD"))
        opened.flush()
        elsewhere = other.id
    folder.lay(mail(f"About {number}"), mail("y", To=f"o+{tag_of('tests.repair', repair)}@formosa.example"))
    fetch_mailbox(box(system, folder, company_id=elsewhere))
    assert [(row.state, row.company_id) for row in taken(system)] == [("waiting", elsewhere)] * 2
    id_ = taken(system)[0].id
    with unit_of_work(system) as opened, pytest.raises(Refusal, match="another company"):
        services.file_mail(id_, opened.get_one(Repair, repair))


def test_followers_are_told_but_not_of_what_machines_write(
    system: Actor, folder: Folder, make_user: MakeUser
) -> None:
    anna = make_user("anna", grant("tests.repair", "read create change"), grant("tests.rider", "read"))
    with unit_of_work(system) as opened:
        opened.add(rider := Rider(name="Anna"))
        opened.flush()
        rider_id = rider.id
    with unit_of_work(anna) as opened:
        opened.add(made := Repair(rider_id=rider_id))
        opened.flush()
        repair = made.id
    thread = thread_of("tests.repair", repair, "formosa.example")
    folder.lay(mail("A question", References=thread), mail("Away", References=thread, Auto_Submitted="auto-replied"))
    fetch_mailbox(box(system, folder))
    assert [row.state for row in taken(system)] == ["filed", "filed"]
    with unit_of_work(system, reading=True) as opened:
        [told_] = opened.work.connection.execute(select(Notification.__table__)).all()
        assert (told_.kind, told_.user_id, told_.facts["subject"]) == ("kernel.mail_came", anna.user_id, "A question")
        assert told_.by_id is None


def test_who_may_file_files_by_hand_and_takes_back_with_the_files(
    system: Actor, folder: Folder, make_user: MakeUser
) -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "x@elsewhere.example", "Stranger"
    made.set_content("Hello")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    folder.lay(made.as_bytes())
    fetch_mailbox(box(system, folder))
    repair, _number = make_repair(system)
    id_ = taken(system)[0].id
    reader = make_user("reader", grant("tests.repair", "read"), grant("tests.rider", "read"))
    clerk = make_user("clerk", grant("tests.repair", "read"), grant("tests.rider", "read"), roles=["kernel.mail_clerk"])
    blind = make_user("blind", roles=["kernel.mail_clerk"])
    with unit_of_work(reader, reading=True), pytest.raises(Forbidden):
        services.unfiled()
    with unit_of_work(blind):
        assert len(services.unfiled()) == 1
        with pytest.raises((NotFound, Forbidden)):
            services.file_mail(id_, open_record(Repair, repair))
    with unit_of_work(clerk) as opened:
        assert services.unfiled_count() == 1
        services.file_mail(id_, opened.get_one(Repair, repair))
        assert services.unfiled_count() == 0
    with unit_of_work(reader, reading=True):
        [row] = services.mails_of(Repair, repair)
        assert (row.how, row.filed_by_id, row.text) == ("hand", clerk.user_id, "Hello")
    with unit_of_work(clerk), pytest.raises(NotFound):
        services.unfiled_mail(id_)
    with unit_of_work(reader), pytest.raises(Forbidden):
        services.take_back(Repair, repair, id_)
    with unit_of_work(clerk):
        services.take_back(Repair, repair, id_)
        assert [each.name for each in services.files_of(id_)] == ["a.pdf"]
        services.put_away(id_)
        assert services.unfiled_count() == 0


def test_a_mail_becomes_what_a_plugin_says_with_the_rights_of_who_makes_it(
    system: Actor, folder: Folder, make_user: MakeUser
) -> None:
    from types import ModuleType

    from kernel.hooks.specifications import hook
    from kernel.mail.incoming.questions import MailTarget

    module = ModuleType("made_of_mail")
    module.mail_becomes = hook(lambda: [  # type: ignore[attr-defined]  # a module made here
        MailTarget("tests.rider", lambda mail: {"name": mail.sender_name or mail.sender})])
    folder.lay(mail("New here"))
    fetch_mailbox(box(system, folder))
    id_ = taken(system)[0].id
    clerk = make_user("clerk", roles=["kernel.mail_clerk"])
    maker = make_user("maker", grant("tests.rider", "read create"), roles=["kernel.mail_clerk"])
    with temporary_hooks():
        register_hooks("tests", module)
        with unit_of_work(clerk), pytest.raises(NotFound):
            services.make_record(id_, "tests.rider")
        with unit_of_work(maker):
            rider = services.make_record(id_, "tests.rider")
            assert rider.title == "Anna Keller"
            assert len(services.mails_of(Rider, rider.id)) == 1


def test_an_answer_keeps_the_thread_and_stays_with_the_record(
    system: Actor, folder: Folder, make_user: MakeUser
) -> None:
    repair, number = make_repair(system)
    folder.lay(mail(
        f"About {number}", "When is it ready?", Message_ID="<q@velo.example>", References="<p@velo.example>"))
    fetch_mailbox(box(system, folder, address="office@formosa.example", plus=True))
    id_ = taken(system)[0].id
    anna = make_user("anna", grant("tests.repair", "read"), grant("tests.rider", "read"))
    with post_box() as sent:
        with unit_of_work(system):
            sent.use()
        with unit_of_work(anna) as opened:
            record = opened.get_one(Repair, repair)
            with pytest.raises(Invalid):
                answer_mail(record, id_, subject=" ", text="")
            answer_mail(record, id_, subject=f"Re: About {number}", text="Tomorrow")
        run_jobs()
    [out] = sent.mails
    assert (out["To"], out["In-Reply-To"]) == ("anna@velo.example", "<q@velo.example>")
    assert out["References"].split() == [
        "<p@velo.example>", "<q@velo.example>", thread_of("tests.repair", repair, "formosa.example")]
    assert out["Reply-To"] == f"office+{tag_of('tests.repair', repair)}@formosa.example"
    body = out.get_body(("plain",))
    assert body is not None
    assert "Tomorrow\n\n> When is it ready?" in body.get_content().replace("\r\n", "\n")
    with unit_of_work(anna, reading=True):
        [said] = comments_of(Repair, repair)
        assert said.text.endswith("Tomorrow")
    back = mail("Thanks", To=out["Reply-To"], In_Reply_To=out["Message-ID"])
    folder.lay(back)
    with unit_of_work(system, reading=True) as opened:
        [mailbox_id] = opened.scalars(select(Mailbox.id))
    fetch_mailbox(mailbox_id)
    assert taken(system)[-1].record_id == repair


def test_a_tag_that_somebody_else_made_names_nothing() -> None:
    assert tagged(tag_of("tests.repair", 7)) == ("tests.repair", 7)
    for each in ("", "x", "tests.repair.7", "tests.repair.7.aaaaaaaaaaaaaaaa", f"{tag_of('tests.repair', 7)}x",
                 tag_of("tests.repair", 7).replace(".7.", ".8."), "tests.repair.٧.aaaaaaaaaaaaaaaa", "é.1.é"):
        assert tagged(each) is None
    assert not sent_here("<5.aaaaaaaaaaaaaaaa@formosa.example>")
    assert not sent_here("<é.é@x>")


def test_answers_go_to_the_mailbox_of_the_record_s_company(system: Actor, folder: Folder) -> None:
    repair, _number = make_repair(system)
    with unit_of_work(system, reading=True):
        assert answer_address("tests.repair", repair) == ""
    box(system, folder, address="office@formosa.example")
    with unit_of_work(system) as opened:
        assert answer_address("tests.repair", repair) == "office@formosa.example"
        opened.execute(update(Mailbox).values(plus=True, address=f"{'a' * 60}@x.example"))
        assert answer_address("tests.repair", repair) == f"{'a' * 60}@x.example"


def test_a_deleted_record_takes_its_mails_along_and_unneeded_ones_are_forgotten(system: Actor, folder: Folder) -> None:
    repair, number = make_repair(system)
    folder.lay(mail(f"About {number}"), mail("Spam"))
    fetch_mailbox(box(system, folder))
    with unit_of_work(system) as opened:
        opened.delete(opened.get_one(Repair, repair))
    [spam] = taken(system)
    with unit_of_work(system):
        services.put_away(spam.id)
        forget_unneeded_mails()
    assert len(taken(system)) == 1
    with unit_of_work(system) as opened:
        opened.work.connection.execute(update(IncomingMail).values(filed_at=opened.now - dt.timedelta(days=100)))
        forget_unneeded_mails()
    assert taken(system) == []


def test_the_password_lies_sealed_and_is_kept_until_the_server_changes(system: Actor, folder: Folder) -> None:
    id_ = box(system, folder)
    with unit_of_work(system, reading=True) as opened:
        raw = opened.work.connection.exec_driver_sql("SELECT password FROM kernel_mailbox").scalar_one()
        assert "sesame" not in raw
    with unit_of_work(system):
        change_mailbox(id_, folder.given(system.company_id or 0, password="", label="Renamed"))
        assert mailbox(id_).password.open() == "open sesame"
        with pytest.raises(Invalid, match="password"):
            change_mailbox(id_, folder.given(system.company_id or 0, password="", host="elsewhere.example"))


def test_two_that_read_one_mailbox_at_once_take_each_mail_in_once(system: Actor, folder: Folder) -> None:
    import threading

    folder.lay(*(mail(f"Mail {n}") for n in range(12)))
    id_ = box(system, folder)
    counts: list[int] = []
    readers = [threading.Thread(target=lambda: counts.append(fetch_mailbox(id_))) for _n in range(3)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    assert sum(counts) == 12
    assert sorted(row.subject for row in taken(system)) == sorted(f"Mail {n}" for n in range(12))


def test_two_who_file_one_mail_at_once_file_it_once(
    system: Actor, folder: Folder, make_user: MakeUser, database: Database
) -> None:
    import threading

    folder.lay(mail("Stranger"))
    fetch_mailbox(box(system, folder))
    id_, repairs = taken(system)[0].id, [make_repair(system)[0] for _n in range(2)]
    clerk = make_user("clerk", grant("tests.repair", "read"), grant("tests.rider", "read"), roles=["kernel.mail_clerk"])
    start, outcomes = threading.Barrier(2), list[str]()

    def file_to(repair: int) -> None:
        start.wait()
        try:
            with unit_of_work(clerk, database=database):
                services.file_mail(id_, open_record(Repair, repair))
            outcomes.append("filed")
        except NotFound:
            outcomes.append("refused")

    clerks = [threading.Thread(target=file_to, args=(repair,)) for repair in repairs]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    assert sorted(outcomes) == ["filed", "refused"]
