"""Static files: what pages name is named by its content, and kept by browsers for ever."""

from __future__ import annotations

import re
from collections import defaultdict

from flask import Flask

from kernel.web.assets import STATIC, STYLES, Assets, assets_blueprint

NESTED = re.compile(r"@[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/", re.DOTALL)
"""What holds for some windows only, and comments."""


def test_a_font_is_kept_as_long_as_the_styles_that_name_it() -> None:
    assets = Assets()
    app = Flask("kernel.web", static_folder=None)
    app.register_blueprint(assets_blueprint(assets))
    client = app.test_client()
    fonts = re.findall(r"url\(([^)]+\.woff2[^)]*)\)", client.get(assets.address("trellis.css")).text)
    assert len(fonts) == 1
    answer = client.get(fonts[0])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get(fonts[0].partition("?")[0]).headers["Cache-Control"]


def test_a_class_has_its_look_from_one_part_of_the_styles() -> None:
    """Else a new page's part would restyle others': a designer's `.fl` once redrew the labels of all forms."""
    parts = defaultdict(set)
    for part in STYLES:
        plain = NESTED.sub("", (STATIC / "css" / f"{part}.css").read_text(encoding="utf-8"))
        for selectors in re.findall(r"(?:^|\})\s*([^{}]+)\{", plain):
            for name in re.findall(r"(?:^|,)\s*\.([a-z][\w-]*)\s*(?=,|$)", selectors.strip()):
                parts[name].add(part)
    assert len(parts) > 300
    assert {name: sorted(found) for name, found in parts.items() if len(found) > 1} == {}
