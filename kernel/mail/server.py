"""The server that mails go through: set up on a page, or by TRELLIS_SMTP_URL, which comes first."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import delete, insert, select

from kernel.entities.work import current_work
from kernel.errors import Invalid, Problem, UsageError
from kernel.i18n import _
from kernel.mail.models import MailServerSetting
from kernel.sealing import Secret

__all__ = ["TLS", "MailServer", "connected", "is_address", "mail_server", "save_mail_server", "set_smtp_url"]

TLS = {"starttls": _("STARTTLS"), "tls": _("TLS from the start"), "": _("None")}
PORTS = {"starttls": 587, "tls": 465, "": 25}
PATIENCE = 10.0
"""Seconds a server has to answer, each time."""
ONLY = 1
"""The id of the one row."""

_url = ""
_public_url = ""


@dataclass(frozen=True, slots=True)
class MailServer:
    """How to reach the server, and what mails say of where they come from."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    base_url: str = ""
    fixed: bool = False
    """Whether the environment says so, and no page can change it."""

    def problems(self) -> list[Problem]:
        """Say what can't be right."""
        found = []
        if not self.host or any(char.isspace() for char in self.host):
            found.append(Problem("host", _("Enter the name of the mail server"), "REQUIRED"))
        if not 0 < self.port < 65536:
            found.append(Problem("port", _("A port is a number from 1 to 65535")))
        if self.tls not in TLS:
            found.append(Problem("tls", _("Choose how the connection is secured")))
        if not is_address(self.sender):
            found.append(Problem("sender", _("Enter an e-mail address, such as office@example.com")))
        if not self.base_url.startswith(("http://", "https://")):
            found.append(Problem("base_url", _("The address begins with https://")))
        return found


def is_address(text: str) -> bool:
    """Say whether a text is one e-mail address and nothing else."""
    name, _at, domain = text.rpartition("@")
    return bool(name and domain) and parseaddr(text)[1] == text and not any(
        char.isspace() or char in ",;<>\"" for char in text)


def set_smtp_url(url: str, public_url: str = "") -> None:
    """Take the server from `smtp://user:password@host:587?from=office@example.com`, and where this one is reached.

    `smtps://` is TLS from the start, `smtp://` STARTTLS unless `tls=none`. Raises UsageError where it can't be read.
    """
    global _url, _public_url
    if url:
        _parsed(url)
    _url, _public_url = url, public_url.rstrip("/")


def _parsed(url: str) -> MailServer:
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise UsageError("SMTP_URL", _("TRELLIS_SMTP_URL is not smtp://user:password@host:port?from=address"))
    tls = "tls" if parts.scheme == "smtps" else "" if asked.get("tls") == "none" else "starttls"
    user = unquote(parts.username or "")
    sender = asked.get("from") or (user if is_address(user) else f"trellis@{parts.hostname}")
    return MailServer(
        parts.hostname, parts.port or PORTS[tls], tls, user, unquote(parts.password or ""), sender, fixed=True)


def mail_server(*, to_change: bool = False) -> MailServer | None:
    """Give the server that mails go through, None where none is set up.

    Raises Refusal where its password was sealed with another secret key; `to_change` gives it without then.
    """
    row = current_work().connection.execute(select(MailServerSetting.__table__)).first()
    base_url = _public_url or (row.base_url if row is not None else "")
    if _url:
        fixed = _parsed(_url)
        return MailServer(**{**asdict(fixed), "base_url": base_url})
    if row is None:
        return None
    password = "" if to_change and not row.password.readable else row.password.open()
    return MailServer(row.host, row.port, row.tls, row.user, password, row.sender, base_url)


def save_mail_server(given: MailServer | None) -> None:
    """Set the server up, or mail nothing any more; raises Invalid with what is wrong."""
    if given is not None and (problems := given.problems()):
        raise Invalid(problems)
    connection = current_work().connection
    connection.execute(delete(MailServerSetting))
    if given is not None:
        connection.execute(insert(MailServerSetting).values(
            id=ONLY, host=given.host, port=given.port, tls=given.tls, user=given.user,
            password=Secret.of(given.password), sender=given.sender, base_url=given.base_url.rstrip("/")))


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connect to a server and sign in; raises what smtplib and the network raise."""
    if server.tls == "tls":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        opened = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    with opened as smtp:
        if server.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
