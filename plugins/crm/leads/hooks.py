"""What mails are to CRM: an open lead's go to the lead, and a stranger's may become one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from kernel import ArrivedMail, MailTarget, actor, hook, session
from plugins.crm.leads.models import Lead
from plugins.crm.leads.workflow import OPEN

LONGEST_NEED = 10_000


@hook
def mail_senders(addresses: Sequence[str]) -> Sequence[tuple[str, int] | None]:
    """Give the open lead that has an address; a customer's mails are the customer's."""
    table = Lead.__table__.c
    address = func.lower(func.trim(table.email))
    rows = session().work.connection.execute(
        select(address.label("address"), table.id)
        .where(address.in_(addresses), table.state.in_(OPEN), table.archived.is_(False),
               table.company_id == actor().company_id)
        .order_by(table.id))
    found = {row.address: row.id for row in rows}
    return [("crm.lead", found[address]) if address in found else None for address in addresses]


@hook
def mail_becomes() -> Sequence[MailTarget]:
    """Let a mail become a lead."""
    return [MailTarget(Lead.__entity__, _lead_of)]


def _lead_of(mail: ArrivedMail) -> Mapping[str, Any]:
    name = mail.sender_name or mail.sender
    return {
        "name": name[:200], "contact_name": mail.sender_name[:120] or None, "email": mail.sender[:200],
        "need": f"{mail.subject}\n\n{mail.text}".strip()[:LONGEST_NEED] or None}
