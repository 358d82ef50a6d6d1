"""Set filled documents with typst: in this process, without a network, from files that exist in memory alone.

What people typed reaches a template as JSON, so it can't be code; a template reads what it is given here and the
kernel's own templates, nothing else of the disk.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

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
    return bytes(_compiler(_files(printouts, filled)).compile(format="pdf"))


def pages(printouts: Sequence[Printout], filled: Papers, resolution: int = 96) -> list[bytes]:
    """Give the pages of filled documents as PNG pictures, at some dots per inch."""
    drawn = _compiler(_files(printouts, filled)).compile(format="png", ppi=float(resolution))
    return [bytes(each) for each in drawn] if isinstance(drawn, list) else [bytes(drawn)]


def is_picture(name: str, content: bytes) -> bool:
    """Tell whether typst can draw a picture."""
    try:
        drawing = f'#import "trellis.typ": picture\n#picture("{name}", width: 2cm)'.encode()
        _compiler({"main.typ": drawing, **_library(), **_pictures({name: content})}).compile(format="pdf")
    except typst.TypstError:
        return False
    return True


def _compiler(files: Mapping[str, bytes]) -> Any:
    make: Any = typst.Compiler  # the stubs don't know that files may be given from memory
    return make(dict(files), root=str(TEMPLATES), font_paths=_fonts())


def _files(printouts: Sequence[Printout], filled: Papers) -> dict[str, bytes]:
    sources = list(dict.fromkeys(_source(each) for each in printouts))
    sheets = [sources.index(_source(each)) for each in printouts]
    return {
        "main.typ": _main(len(sources)), **_library(),
        **{f"template-{place}.typ": source.read_bytes() for place, source in enumerate(sources)},
        "papers.json": orjson.dumps([
            {"sheet": sheet, "paper": paper} for sheet, paper in zip(sheets, filled.papers, strict=True)]),
        **_pictures(filled.pictures)}


def _library() -> dict[str, bytes]:
    return {"trellis.typ": (TEMPLATES / "trellis.typ").read_bytes()}


def _pictures(given: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give drawings as they are and photographs as a list of their bytes: files in memory have to be text."""
    return {
        name if name.endswith(".svg") else f"{name}.json":
        content if name.endswith(".svg") else orjson.dumps(list(content))
        for name, content in given.items()}


def _main(templates: int) -> bytes:
    imports = "".join(f'#import "template-{place}.typ" as template-{place}\n' for place in range(templates))
    sheets = "".join(f"template-{place}.sheet, " for place in range(templates))
    return f'#import "trellis.typ": print-all\n{imports}#print-all(json("papers.json"), ({sheets}))\n'.encode()


def _source(printout: Printout) -> Path:
    if not printout.template:
        return TEMPLATES / "document.typ"
    return plugin_folder(printout.home) / "printing" / printout.template


@cache
def _fonts() -> typst.Fonts:
    """Give the build's fonts; without them the system's have to do."""
    if any(FONTS.glob("*.ttf")):
        return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
    found = typst.Fonts()
    if not any("CJK" in family or family == "Noto Sans TC" for family in found.families()):
        log.warning("printing.no_chinese_font", folder=str(FONTS), fix="make assets, or install fonts-noto-cjk")
    return found
