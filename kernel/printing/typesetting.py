"""Set filled documents with typst: in this process, without a network, from files that exist in memory alone.

What people typed reaches a template as JSON, so it can't be code; a template reads what it is given here and the
kernel's own templates, nothing else of the disk.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson
import structlog
import typst

from kernel.printing.declare import Printout
from kernel.printing.filling import Papers
from kernel.registry.loading import plugin_folder

__all__ = ["is_picture", "pages", "typeset"]

log = structlog.get_logger("trellis.printing")

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"


def typeset(printouts: Sequence[Printout], filled: Papers) -> bytes:
    """Give the PDF of filled documents; `printouts` says what each is."""
    return bytes(_compiler(printouts, filled).compile(format="pdf"))


def pages(printouts: Sequence[Printout], filled: Papers, resolution: int = 96) -> list[bytes]:
    """Give the pages of filled documents as PNG pictures, at some dots per inch."""
    drawn = _compiler(printouts, filled).compile(format="png", ppi=float(resolution))
    return [bytes(each) for each in drawn] if isinstance(drawn, list) else [bytes(drawn)]


def is_picture(name: str, content: bytes) -> bool:
    """Tell whether typst can draw a picture."""
    drawing = f'#image("{name}", width: 2cm)'.encode()
    try:
        typst.Compiler(
            {"main.typ": drawing, name: content}, root=str(TEMPLATES), ignore_system_fonts=True).compile(format="pdf")
    except typst.TypstError:
        return False
    return True


def _compiler(printouts: Sequence[Printout], filled: Papers) -> typst.Compiler:
    sources = list(dict.fromkeys(_source(each) for each in printouts))
    sheets = [sources.index(_source(each)) for each in printouts]
    files = {
        "main.typ": _main(len(sources)), "trellis.typ": (TEMPLATES / "trellis.typ").read_bytes(),
        **{f"template-{place}.typ": source.read_bytes() for place, source in enumerate(sources)},
        "papers.json": orjson.dumps([
            {"sheet": sheet, "paper": paper} for sheet, paper in zip(sheets, filled.papers, strict=True)]),
        **filled.pictures}
    own = _has_fonts()
    return typst.Compiler(
        files, root=str(TEMPLATES), font_paths=[str(FONTS)] if own else [], ignore_system_fonts=own)


def _main(templates: int) -> bytes:
    imports = "".join(f'#import "template-{place}.typ" as template-{place}\n' for place in range(templates))
    sheets = "".join(f"template-{place}.sheet, " for place in range(templates))
    return f'#import "trellis.typ": print-all\n{imports}#print-all(json("papers.json"), ({sheets}))\n'.encode()


def _source(printout: Printout) -> Path:
    if not printout.template:
        return TEMPLATES / "document.typ"
    return plugin_folder(printout.home) / "printing" / printout.template


@cache
def _has_fonts() -> bool:
    """Tell whether the build's fonts are there; without them the system's have to do."""
    if any(FONTS.glob("*.ttf")):
        return True
    families = typst.Fonts().families()
    if not any("CJK" in family or "Noto Sans TC" in family for family in families):
        log.warning("printing.no_chinese_font", folder=str(FONTS), fix="make assets, or install fonts-noto-cjk")
    return False
