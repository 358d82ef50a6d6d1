"""Icons are found where they are named, and a wrong name says where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import icons

KNOWN = {name: 0xE000 + n for n, name in enumerate(("check", "home", "inbox", "plus", "users", "x"))}


def found(tmp_path: Path, name: str, text: str) -> set[str]:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / name).write_text(text)
    (tmp_path / "icons.txt").write_text("# none\n")
    return {use.name for use in icons.uses([folder], tmp_path / "icons.txt")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ m.icon('plus', 'ti-sm') }}", {"plus"}),
        ("{{ m.icon('check' if n < 1 else 'x') }}", {"check", "x"}),
        ("{{ m.icon(entry.icon or 'inbox') }}", {"inbox"}),
        ('<i class="ti ti-home ti-sm"></i>', {"home"}),
        ('{{ tag(icon="users") }}', {"users"}),
        ('<link rel="icon" href="trellis.svg">', set()),
    ],
)
def test_a_template_names_icons(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert found(tmp_path, "page.html", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('class Lead(Document, icon="users"): ...', {"users"}),
        ('Plugin("crm", icon="home")', {"home"}),
        ('card = {"icon": "plus", "text": "home"}', {"plus"}),
        ('def menu(label: str, icon: str = "inbox") -> None: ...', {"inbox"}),
        ('button(icon="check" if done else "x")', {"check", "x"}),
        ('class Item:\n    label: str\n    icon: str = ""\n\nItem("home", "users")', {"users"}),
        ('class Item:\n    def __init__(self, label, icon): ...\n\nItem("home", "users")', {"users"}),
        ('def button(label, icon=""): ...\n\nbutton("home", "plus" if fresh else "check")', {"plus", "check"}),
        ('"""An example: icon="nowhere"."""', set()),
    ],
)
def test_a_module_names_icons(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert found(tmp_path, "views.py", text) == expected


def test_an_icon_that_does_not_exist_is_refused_with_its_place_and_what_is_near() -> None:
    use = icons.Use("homes", Path("/there/plugins/crm/views.py"), 12)
    with pytest.raises(icons.UnknownIcon, match=r"plugins/crm/views.py:12: Tabler has no icon 'homes'; it has home"):
        icons.check([use], KNOWN, Path("/there"))


def test_only_the_icons_in_use_are_cut() -> None:
    use = icons.Use("home", Path("/there/a.html"), 1)
    assert icons.check([use, use], KNOWN, Path("/there")) == {"home": KNOWN["home"]}
