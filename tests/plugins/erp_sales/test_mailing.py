"""A quotation goes by mail to the customer's contact, in their language, and stays with the order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.discussion.reading import attachments_of, comments_of
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.files import FileStore, set_files
from kernel.jobs.doing import run_jobs
from kernel.mail.server import save_mail_server
from kernel.permissions.declare import grant
from kernel.printing.mailing import mail_document, propose
from kernel.sealing import set_secret
from kernel.shared.models import Contact, Party
from plugins.erp_sales.orders.models import Order
from tests.conftest import MakeUser
from tests.kernel.mail.postbox import PostBox, post_box
from tests.kernel.printing.reading import pdf_text
from tests.plugins.conftest import Goods
from tests.plugins.erp_sales.conftest import Draft

RIGHTS = (grant("erp_sales.order", "read change comment"), grant("erp_sales.order_line", "read"),
          grant("kernel.party", "read"), grant("kernel.contact", "read"), grant("kernel.product", "read"))


@pytest.fixture
def box(system: Actor, tmp_path: Path) -> Iterator[PostBox]:
    set_secret("a secret of the tests")
    set_files(FileStore(tmp_path / "files", 10_000_000))
    with post_box() as opened:
        with unit_of_work(system):
            opened.use()
        yield opened
    set_files(None)


@pytest.fixture
def order(system: Actor, goods: Goods, draft: Draft, box: PostBox) -> int:
    """An order of a customer who reads 繁體中文, with two contacts."""
    with unit_of_work(system) as opened:
        party = opened.get_one(Party, goods.customer)
        party.language, party.email = "zh_Hant", "office@customer.example"
        opened.add(Contact(party_id=party.id, name="Lin", email="lin@customer.example"))
        opened.add(Contact(party_id=party.id, name="Mei", email="mei@customer.example", decides=True))
        return draft().id


def test_the_contact_and_the_words_are_proposed_in_the_partys_language(
    make_user: MakeUser, order: int
) -> None:
    with unit_of_work(make_user("anna", *RIGHTS), reading=True):
        found = propose(Order, order, "quotation")
        assert [each.address for each in found.addressees] == [
            "mei@customer.example", "lin@customer.example", "office@customer.example"]
        number = session().get_one(Order, order).number
        assert found.subject == f"報價單 {number}"
        assert found.language == "zh_Hant"
        assert found.text.startswith("Mei 您好：")
        assert propose(Order, order, "quotation", "en").text.startswith("Dear Mei,")
        with pytest.raises(NotFound):
            propose(Order, order, "confirmation")


def test_it_is_sent_with_the_document_and_filed_with_the_order(
    make_user: MakeUser, order: int, box: PostBox
) -> None:
    anna = make_user("anna", *RIGHTS)
    with unit_of_work(anna):
        mail_document(session().get_one(Order, order), "quotation", to="mei@customer.example", subject="報價單",
                      text="請查收", language="zh_Hant")
        assert box.mails == []
    run_jobs()
    [mail] = box.mails
    assert (mail["To"], mail["Subject"]) == ("mei@customer.example", "報價單")
    assert re.fullmatch(rf"<erp_sales\.order\.{order}\.[a-z0-9]{{16}}@formosa\.example>", mail["References"])
    [file] = mail.iter_attachments()
    assert "報價單" in pdf_text(file.get_content())
    with unit_of_work(anna, reading=True):
        [comment] = comments_of(Order, order)
        assert comment.text == "Sent “Quotation” to mei@customer.example: 報價單\n\n請查收"
        [kept] = attachments_of(Order, order)
        assert kept.name == file.get_filename()
    run_jobs()
    assert len(box.mails) == 1


def test_what_is_rolled_back_or_not_allowed_sends_nothing(
    make_user: MakeUser, order: int, box: PostBox, system: Actor
) -> None:
    anna, mute = make_user("anna", *RIGHTS), make_user("mute", *RIGHTS[1:], grant("erp_sales.order", "create"))
    said = {"to": "mei@customer.example", "subject": "x", "text": "y"}
    with pytest.raises(ZeroDivisionError), unit_of_work(anna):
        mail_document(session().get_one(Order, order), "quotation", **said)
        raise ZeroDivisionError
    with unit_of_work(system, reading=True):
        record = session().get_one(Order, order)
    with unit_of_work(mute), pytest.raises(Forbidden):
        mail_document(record, "quotation", **said)
    for wrong in ({"to": "mei"}, {"subject": " "}, {"text": ""}, {"text": "x" * 20_000}):
        with unit_of_work(anna), pytest.raises(Invalid):
            mail_document(session().get_one(Order, order), "quotation", **{**said, **wrong})
    with unit_of_work(system):
        save_mail_server(None)
    with unit_of_work(anna), pytest.raises(Refusal, match="No mail server"):
        mail_document(session().get_one(Order, order), "quotation", **said)
    run_jobs()
    assert box.mails == []
