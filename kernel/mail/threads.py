"""How a mail names the record it is about, so that an answer finds back to it, and how mails of this installation are
told from others'.

Each name carries a mark that nobody without the installation's secret can give.
"""

import hmac

from kernel.sealing import mark_of

__all__ = ["message_id_of", "sent_here", "tag_of", "tagged", "thread_of"]


def tag_of(entity: str, record_id: int) -> str:
    """Name a record in an address or a thread, with a mark that nobody else can give."""
    name = f"{entity}.{record_id}"
    return f"{name}.{mark_of(name)}"


def tagged(text: str) -> tuple[str, int] | None:
    """Give the entity and id that a tag names; None for what is no tag of this installation's."""
    entity, _dot, rest = text.rpartition(".")[0].rpartition(".")
    if entity and rest.isascii() and rest.isdecimal() and len(rest) < 17 and (
            hmac.compare_digest(tag_of(entity, int(rest)).encode(), text.encode())):
        return entity, int(rest)
    return None


def thread_of(entity: str, record_id: int, domain: str) -> str:
    """Name the thread that all mails about a record belong to."""
    return f"<{tag_of(entity, record_id)}@{domain}>"


def message_id_of(mail_id: object, domain: str) -> str:
    """Give the Message-ID of a mail, the same however often it is sent."""
    return f"<{mail_id}.{mark_of(f'mail {mail_id}')}@{domain}>"


def sent_here(message_id: str) -> bool:
    """Say whether this installation gave a mail its Message-ID."""
    mail_id, _dot, mark = message_id.strip("<>").partition("@")[0].rpartition(".")
    return bool(mail_id) and hmac.compare_digest(mark_of(f"mail {mail_id}").encode(), mark.encode())
