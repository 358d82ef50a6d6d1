"""Mails of an open lead go to the lead; a stranger's mail becomes one, with the rights of who makes it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import NotFound
from kernel.hooks.specifications import register_hooks, temporary_hooks
from kernel.mail.incoming import services
from kernel.mail.incoming.filing import place_of
from kernel.mail.incoming.models import IncomingMail
from kernel.mail.incoming.parsing import read_mail
from kernel.permissions.declare import grant
from kernel.sealing import set_secret
from kernel.shared.models import Party
from plugins.crm.leads import hooks
from plugins.crm.leads.models import Lead
from tests.conftest import MakeUser
from tests.plugins.crm.test_leads import make_lead, step

RAW = (b"From: =?utf-8?B?5ZSQ5aiJ?= <Claire@VeloLyon.example>\r\nSubject: Twenty city bikes\r\nMessage-ID: <1@v>\r\n"
       b"Content-Type: text/plain; charset=utf-8\r\n\r\nPlease quote.")



def place(raw: bytes = RAW) -> tuple[str, int] | None:
    found = place_of(read_mail(raw))
    return (found[0].entity, found[0].id) if found else None


@pytest.fixture(autouse=True)
def answering() -> object:
    set_secret("a secret of the tests")
    with temporary_hooks() as manager:
        register_hooks("crm", hooks)
        yield manager


def test_an_open_lead_s_mail_goes_to_the_lead_and_a_customer_s_to_the_customer(work: Session) -> None:
    assert place() is None
    lead = make_lead(work, email=" Claire@velolyon.example")
    assert place() == ("crm.lead", lead.id)
    step("contact", lead)
    step("convert", lead)
    work.flush()
    customer = work.scalars(select(Party.id).where(Party.email_key == "claire@velolyon.example")).one()
    assert place() == ("kernel.party", customer)


def test_a_stranger_s_mail_becomes_a_lead(system: Actor, make_user: MakeUser, company: int) -> None:
    with unit_of_work(system) as opened:
        opened.work.connection.execute(IncomingMail.__table__.insert().values(  # type: ignore[attr-defined]  # a Table
            id=7, company_id=company, key="k", message_id="", thread=[], sender_name="唐娉",
            sender="claire@velolyon.example", subject="Twenty city bikes", text="Please quote.", automatic=False,
            at=opened.now, state="waiting", how="", files=[]))
    clerk = make_user("clerk", roles=["kernel.mail_clerk"])
    agent = make_user("agent", grant("crm.lead", "read create", scope="own"), roles=["kernel.mail_clerk"])
    with unit_of_work(clerk):
        assert services.targets() == []
        with pytest.raises(NotFound):
            services.make_record(7, "crm.lead")
    with unit_of_work(agent):
        lead = services.make_record(7, "crm.lead")
        assert isinstance(lead, Lead)
        assert (lead.name, lead.email, lead.owner_id) == ("唐娉", "claire@velolyon.example", agent.user_id)
        assert lead.need == "Twenty city bikes\n\nPlease quote."
        assert [each.id for each in services.mails_of(Lead, lead.id)] == [7]
