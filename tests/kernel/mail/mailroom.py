"""An IMAP server on this machine, in a process of its own, with folders that mails are laid into."""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient

from kernel.mail.incoming.mailboxes import MailboxInput
from tests.kernel.mail.postbox import free_port

__all__ = ["Folder", "MailRoom", "mail_room"]

USER, PASSWORD = "office", "open sesame"
_names = itertools.count(1)


@dataclass
class MailRoom:
    """The server."""

    port: int

    @contextmanager
    def client(self) -> Iterator[Any]:
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20) as opened:
            opened.login(USER, PASSWORD)
            yield opened

    def folder(self) -> Folder:
        """Make a folder of its own, and one beside it for what was taken in."""
        name = f"Office{next(_names)}"
        with self.client() as client:
            client.create_folder(name)
            client.create_folder(f"{name}-done")
        return Folder(self, name)


@dataclass
class Folder:
    """A folder of the server."""

    room: MailRoom
    name: str

    def given(self, company: int, **more: Any) -> MailboxInput:
        """Give the settings that reach it."""
        return MailboxInput(**{
            "label": "Office", "host": "127.0.0.1", "port": self.room.port, "user": USER, "company_id": company,
            "password": PASSWORD, "tls": "", "folder": self.name, "everything": True, **more})

    def lay(self, *mails: bytes, at: dt.datetime | None = None) -> None:
        """Lay mails into it."""
        with self.room.client() as client:
            for each in mails:
                client.append(self.name, each, msg_time=at)

    def subjects(self, name: str = "") -> list[str]:
        """Say what lies in it, or in the one beside it."""
        with self.room.client() as client:
            client.select_folder(name or self.name, readonly=True)
            found = client.fetch(client.search(), ["ENVELOPE"]) if client.search() else {}
            return [found[uid][b"ENVELOPE"].subject.decode() for uid in sorted(found)]

    def make_anew(self, *mails: bytes) -> None:
        """Take it away and make it anew: its UIDs start over under another UIDVALIDITY."""
        with self.room.client() as client:
            client.delete_folder(self.name)
            client.create_folder(self.name)
        self.lay(*mails)


@contextmanager
def mail_room() -> Iterator[MailRoom]:
    """Run a server for a block."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", "from pymap.main import main; main()",
         "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-data",
         "--demo-user", USER, "--demo-password", PASSWORD],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    room = MailRoom(port)
    try:
        for _attempt in range(150):
            try:
                with room.client():
                    break
            except OSError:
                time.sleep(0.1)
        yield room
    finally:
        server.kill()
        server.wait()
