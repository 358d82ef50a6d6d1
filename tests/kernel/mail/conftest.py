"""An IMAP server that the tests of a process share; each has folders of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.mail.mailroom import Folder, MailRoom, mail_room


@pytest.fixture(scope="session")
def room() -> Iterator[MailRoom]:
    with mail_room() as opened:
        yield opened


@pytest.fixture
def folder(room: MailRoom) -> Folder:
    return room.folder()
