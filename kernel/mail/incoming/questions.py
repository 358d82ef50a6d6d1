"""What mail that comes in asks of plugins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.hooks.specifications import spec

__all__ = ["ArrivedMail", "MailTarget", "mail_becomes", "mail_senders"]


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """What a mail says, for whoever makes a record of it. None of it was verified."""

    sender: str
    """The address, in small letters."""
    sender_name: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MailTarget:
    """A kind of record that a mail may become, and the values of its fields that the mail gives."""

    entity: str
    values: Callable[[ArrivedMail], Mapping[str, Any]]


@spec
def mail_becomes() -> Sequence[MailTarget]:  # type: ignore[empty-body]
    """Say what a person may make of a mail that belongs to no record yet: a lead, a ticket."""


@spec
def mail_senders(addresses: Sequence[str]) -> Sequence[tuple[str, int] | None]:  # type: ignore[empty-body]
    """Give for each address, in small letters, the record that its mails belong to, as (entity, id), or None.

    Asked with the company that the mail came for. Where plugins name different records, a person decides; the
    kernel itself knows the parties and their contacts, and is asked last.
    """
