"""Keep a sentence in the database so that whoever reads it later reads it in their own language."""

from collections.abc import Mapping
from typing import Any

from kernel.i18n import LazyText, Text

__all__ = ["kept", "told"]


def kept(text: Text) -> dict[str, Any]:
    """Take a sentence apart into what is stored of it."""
    if isinstance(text, LazyText):
        return {"text": text.source, "values": {name: str(value) for name, value in (text.values or {}).items()}}
    return {"text": str(text).replace("{", "{{").replace("}", "}}"), "values": {}}


def told(stored: Mapping[str, Any] | None) -> str:
    """Say what was stored, in the current language; empty where nothing was."""
    return str(LazyText(stored["text"], dict(stored["values"]), __file__)) if stored else ""
