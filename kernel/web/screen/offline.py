"""What the browser shows by itself when it can't reach the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """A page without anything of the company's; it is the only one that is kept on the device."""

    title: str
    text: str
    kept: str
    again: str
