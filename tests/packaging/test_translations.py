"""Every string that people meet is there in both Chinese scripts, with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "kernel", *sorted(path.parent for path in (ROOT / "plugins").glob("*/__init__.py"))]
METHODS = [("**/migrations/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"{(\w+)")


def strings(package: Path) -> Iterator[tuple[str, str]]:
    """Give each marked string of a package with the place it stands at."""
    found = extract_from_dir(
        package, METHODS, keywords={"_": None}, comment_tags=(), options_map={"**.html": {"silent": "false"}})
    for file, line, message, _comments, _context in found:
        if isinstance(message, str) and message:
            yield message, f"{package.name}/{file}:{line}"


def catalogue(locale: str, *packages: Path) -> dict[str, str]:
    merged: dict[str, str] = {}
    for package in packages:
        with (package / "translations" / f"{locale}.po").open("rb") as file:
            merged.update({str(each.id): str(each.string) for each in read_po(file) if each.id and each.string})
    return merged


@pytest.mark.parametrize("locale", ["zh_Hant", "zh_Hans"])
@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_nothing_is_left_in_english(package: Path, locale: str) -> None:
    known = catalogue(locale, *{PACKAGES[0], package})
    missing = {message: place for message, place in strings(package) if message not in known}
    assert missing == {}


@pytest.mark.parametrize("locale", ["zh_Hant", "zh_Hans"])
@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_placeholders_are_those_of_the_source(package: Path, locale: str) -> None:
    wrong = {
        source: said for source, said in catalogue(locale, package).items()
        if set(PLACEHOLDER.findall(source)) != set(PLACEHOLDER.findall(said))}
    assert wrong == {}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_both_scripts_know_the_same_strings(package: Path) -> None:
    assert set(catalogue("zh_Hant", package)) ^ set(catalogue("zh_Hans", package)) == set()
