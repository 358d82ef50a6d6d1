"""An installation that may call this machine, and a receiver on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel.sealing import set_secret
from kernel.webhooks import listeners  # noqa: F401  # the registry loads them in an installation
from kernel.webhooks.targets import allow_networks
from tests.kernel.webhooks.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def ready() -> Iterator[None]:
    set_secret("a secret of the tests")
    allow_networks("127.0.0.1/32")
    yield
    allow_networks("")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened
