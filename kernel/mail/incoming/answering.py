"""Answer a mail from the record it was filed to, within its thread; what was answered stays with the record."""

from kernel.discussion.services import comment
from kernel.entities.base import Entity
from kernel.entities.work import actor, as_system
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import _
from kernel.identity.models import Company, User
from kernel.mail.incoming.services import mail_of
from kernel.mail.letters import Letter, Part
from kernel.mail.sending import Mail, post
from kernel.mail.server import is_address

__all__ = ["answer_mail", "subject_of_answer"]

LONGEST_SUBJECT = 200
LONGEST_TEXT = 9000
LONGEST_QUOTE = 4000
MOST_THREAD = 20
ANSWERS = ("re:", "aw:", "sv:", "回复:", "回覆:", "回复：", "回覆：", "答复:", "答覆:")


def subject_of_answer(subject: str) -> str:
    """Give the subject of an answer: marked as one, once."""
    marked = subject.lower().startswith(ANSWERS)
    return (subject if marked else f"Re: {subject}")[:LONGEST_SUBJECT]


def answer_mail(record: Entity, mail_id: int, *, subject: str, text: str) -> int:
    """Answer whoever sent a mail that was filed to a record; gives the id of the mail that goes out.

    Raises Invalid where nothing is said, Refusal NO_ADDRESS where the mail names no address to answer to, Forbidden
    where one may not take part in the talk about the record.
    """
    row = mail_of(type(record), record.id, mail_id)
    about, said = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    problems = [
        *([] if about else [Problem("subject", _("A mail needs a subject"), "REQUIRED")]),
        *([] if len(about) <= LONGEST_SUBJECT else [Problem("subject", _("This is too long"))]),
        *([] if said else [Problem("text", _("Write something first"), "REQUIRED")]),
        *([] if len(said) <= LONGEST_TEXT else [Problem("text", _("This is too long"))])]
    if problems:
        raise Invalid(problems)
    if not is_address(row.sender):
        raise Refusal("NO_ADDRESS", _("This mail names no address that can be answered to"))
    comment(record, f"{_('Answered {address}: {subject}', address=row.sender, subject=about)}\n\n{said}")
    quoted = "\n".join(f"> {line}" for line in row.text[:LONGEST_QUOTE].split("\n")) if row.text else ""
    thread = [*row.thread[-MOST_THREAD:], row.message_id] if row.message_id else []
    headers = {"In-Reply-To": row.message_id, "References": " ".join(thread)} if thread else {}
    with as_system("answer a mail for somebody") as system:
        own = system.get_one(User, actor().user_id).email if actor().user_id else None
        company = system.get(Company, row.company_id)
        parts = (Part("", said), *([Part("", quoted)] if quoted else []))
        [id_] = post([Mail(
            row.sender, about, Letter(company.name if company else "Trellis", parts),
            record=(record.__entity__, record.id),
            headers={**headers, **({"Reply-To": own} if own and is_address(own) else {})})])
    return id_
