"""Static files: what pages name is named by its content, and kept by browsers for ever."""

from __future__ import annotations

import re

from flask import Flask

from kernel.web.assets import Assets, assets_blueprint


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
