"""What the kernel tells of mail that came in."""

from dataclasses import dataclass

from kernel.entities.fields import AnyRef
from kernel.hooks.signals import signal
from kernel.i18n import _

__all__ = ["MailFiled", "mail_filed"]


@dataclass(frozen=True, slots=True)
class MailFiled:
    """A mail from outside was filed to a record. Who sent it was not verified: nothing may be done for it."""

    mail_id: int
    record: AnyRef
    sender: str
    subject: str
    how: str
    """reply, number, sender, or hand where a person filed it."""
    automatic: bool
    """Whether a machine wrote it."""


mail_filed = signal("kernel.mail_filed", MailFiled, version=1, about="record", label=_("Mail filed"))
