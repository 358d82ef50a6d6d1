"""A mail server on this machine that keeps what it is given, and can refuse, demand a password, and be away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from kernel.mail.server import MailServer, save_mail_server

__all__ = ["PostBox", "free_port", "post_box"]


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@dataclass
class PostBox:
    """What came, and what is refused."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """The answers for addresses that aren't taken."""
    password: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def check(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        """Compare the password."""
        return AuthResult(success=given.password.decode() == self.password, handled=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be there for the block."""
        more = {"authenticator": self.check, "auth_require_tls": False, "auth_required": True} if self.password else {}
        controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    def server(self, **more: Any) -> MailServer:
        """Give the settings that reach it."""
        return MailServer("127.0.0.1", self.port, "", sender="office@formosa.example",
                          base_url="https://trellis.example", **more)

    def use(self) -> None:
        """Have mails go through it; in a unit of work."""
        save_mail_server(self.server())


@contextmanager
def post_box() -> Iterator[PostBox]:
    """Open one for a block."""
    made = PostBox(free_port())
    with made.running():
        yield made
