"""Bar codes and QR codes as SVG, drawn from the modules that python-barcode and segno work out."""

import io

import segno
from barcode.codex import Code128
from barcode.errors import BarcodeError

__all__ = ["code128", "qr_code"]

LONGEST = 48
"""Characters beyond which a bar code is too wide for a scanner and a sheet."""
QUIET = 10
"""Modules of white at both sides, which scanners need."""


def code128(text: str) -> bytes | None:
    """Draw text as Code 128; None where it can't be: empty, too long or beyond ASCII."""
    if not text or len(text) > LONGEST or not text.isascii() or not text.isprintable():
        return None
    try:
        modules = Code128(text).build()[0]
    except BarcodeError:
        return None
    bars = []
    at = 0
    while (start := modules.find("1", at)) >= 0:
        at = modules.find("0", start)
        at = at if at >= 0 else len(modules)
        bars.append(f"M{start + QUIET} 0h{at - start}v30h-{at - start}z")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(modules) + 2 * QUIET} 30" '
            f'preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>').encode()


def qr_code(text: str) -> bytes:
    """Draw text as a QR code."""
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", xmldecl=False, border=1, omitsize=True)
    return drawn.getvalue()
