"""Send a printed document by mail: to a contact of its party, in the party's language, kept with the record.

What was sent stays: the file is attached to the record, and a comment says to whom it went and with what words.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kernel.discussion.models import Attachment
from kernel.discussion.services import attach, comment
from kernel.entities.base import Entity
from kernel.entities.work import actor, as_system, session
from kernel.errors import Invalid, Problem
from kernel.exchange.rows import Linked, Row
from kernel.i18n import LOCALES, Text, _, current_locale, use_locale
from kernel.identity.models import Company, User
from kernel.mail.letters import Letter, Part
from kernel.mail.sending import EnclosedFile, Mail, post
from kernel.mail.server import is_address
from kernel.permissions.rights import rights
from kernel.printing.declare import Printout
from kernel.printing.services import chosen_document, print_records
from kernel.shared.models import Contact, Party

__all__ = ["Addressee", "Proposal", "mail_document", "propose"]

LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody that a document may go to."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mail as it is proposed: to whom, in which language, with which words."""

    label: str
    title: str
    addressees: tuple[Addressee, ...]
    language: str
    subject: str
    text: str


def propose(cls: type[Entity], id_: int, document: str, language: str = "") -> Proposal:
    """Propose a mail for a document of a record; raises what printing it would."""
    row, printout = chosen_document(cls, id_, document)
    party = _party(row, printout)
    spoken = language if language in LOCALES else (party.language if party is not None else None) or current_locale()
    people = _addressees(party)
    with use_locale(spoken):
        label, title = str(printout.label), row.title
        return Proposal(
            label, title, people, spoken, str(_("{document} {number}", document=label, number=title)),
            _words(printout, label, title, people[0].name if people else ""))


def _words(printout: Printout, label: str, title: str, name: str) -> str:
    greeting = _("Dear {name},", name=name) if name else _("Dear Sir or Madam,")
    said: Text = printout.letter or _("please find attached {document} {number}.", document=label, number=title)
    return "\n\n".join((str(greeting), str(said), "\n".join((str(_("Kind regards")), actor().name, _company(None)))))


def _party(row: Row, printout: Printout) -> Party | None:
    named = row.values.get(printout.to) if printout.to else None
    return session().get(Party, named.id) if isinstance(named, Linked) else None


def _addressees(party: Party | None) -> tuple[Addressee, ...]:
    """Give whom one may write to, as far as one may read them: those who decide first, then the party itself."""
    if party is None:
        return ()
    found: dict[str, Addressee] = {}
    if rights().may("read", Party.__entity__):
        for each in session().scalars(
                select(Contact).where(Contact.party_id == party.id).order_by(Contact.decides.desc(), Contact.name)):
            if each.email and is_address(each.email.strip()):
                found.setdefault(each.email.strip(), Addressee(each.email.strip(), each.name))
    if party.email and is_address(party.email.strip()):
        found.setdefault(party.email.strip(), Addressee(party.email.strip(), party.name))
    return tuple(found.values())


def _company(company_id: int | None) -> str:
    with as_system("name the company in a mail") as system:
        return system.scalar(select(Company.name).where(Company.id == (company_id or actor().company_id))) or "Trellis"


def mail_document(
    record: Entity, document: str, *, to: str, subject: str, text: str, language: str = ""
) -> int:
    """Send a record's document by mail and file it with the record; gives the mail's id.

    Raises Invalid for what is no address, and where nothing is said; Forbidden where one may not take part in the
    talk about the record.
    """
    cls, address, about, said = type(record), to.strip(), " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    _check(address, about, said)
    _row, printout = chosen_document(cls, record.id, document)
    printed = print_records(cls, [record.id], document, language)
    file_id = attach(record, printed.filename, io.BytesIO(printed.content))
    table = Attachment.__table__.c
    kept = session().work.connection.execute(select(Attachment.__table__).where(table.id == file_id)).one()
    with use_locale(language if language in LOCALES else current_locale()):
        letter = Letter(_company(getattr(record, "company_id", None)), (Part("", said),))
    with as_system("mail a document for somebody") as system:
        own = system.scalar(select(User.email).where(User.id == actor().user_id))
        [mail_id] = post([Mail(
            address, about, letter, record=(cls.__entity__, record.id),
            headers={"Reply-To": own} if own and is_address(own) else {},
            files=[EnclosedFile(kept.name, "application/pdf", kept.sha256)])])
    comment(record, str(_("Sent “{document}” to {address}: {subject}", document=printout.label, address=address,
                          subject=about)) + f"\n\n{said}"[:LONGEST_TEXT - 1000])
    return mail_id


def _check(address: str, subject: str, text: str) -> None:
    problems: Sequence[Problem] = [
        *([] if is_address(address) else [Problem("to", _("Enter an e-mail address, such as office@example.com"))]),
        *([] if subject else [Problem("subject", _("A mail needs a subject"), "REQUIRED")]),
        *([] if len(subject) <= LONGEST_SUBJECT else [Problem("subject", _("This is too long"))]),
        *([] if text else [Problem("text", _("Write something first"), "REQUIRED")]),
        *([] if len(text) <= LONGEST_TEXT - 1000 else [Problem("text", _("This is too long"))])]
    if problems:
        raise Invalid(problems)
