"""Read a PDF as a person would: its text, page by page."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

__all__ = ["page_texts", "pdf_text", "pdf_title"]


def page_texts(content: bytes) -> list[str]:
    """Give the text of each page, runs of spaces as one."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def pdf_text(content: bytes) -> str:
    """Give the text of the whole document."""
    return " ".join(page_texts(content))


def pdf_title(content: bytes) -> str | None:
    """Give the title that a browser's tab shows."""
    found = PdfReader(io.BytesIO(content)).metadata
    return found.title if found else None
