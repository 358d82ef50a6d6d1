"""What is committed works elsewhere: no address of a package registry, no path of the machine it was written on."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tools.environment import ROOT

# Written in parts, so that this file does not find itself.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + r"(?:work|root|home/\w+|Users/\w+)/",
            "files.python" + "hosted.org",
            "pypi" + r"\.org/(?:simple|packages)",
            "registry" + r"\.(?:npmjs\.org|yarnpkg\.com)",
            "file:/" + "//",
        ]
    )
)


def committed() -> list[Path]:
    """Return the files that git tracks or would, without what it ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    named = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        named += [f"{path.relative_to(ROOT)}: {found[0]}" for found in FOREIGN.finditer(text)]
    assert not named


def test_the_lock_pins_and_hashes_every_package_and_names_no_address() -> None:
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    assert "://" not in lock
    packages = re.split(r"\n(?=[a-z0-9])", lock.partition("\n")[2].partition("\n")[2].strip())
    assert len(packages) > 40
    for package in packages:
        assert re.match(r"[a-z0-9-]+==[\w.]+", package), package
        assert "--hash=sha256:" in package, package


def test_the_lock_holds_what_the_distributions_need() -> None:
    from packaging.requirements import Requirement

    from tools.lock import required

    lock = (ROOT / "requirements" / "dev.txt").read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", lock, re.MULTILINE))
    for line in required():
        need = Requirement(line)
        name = re.sub(r"[-_.]+", "-", need.name).lower()
        assert name in pinned, f"run make lock: {line} is not in requirements/dev.txt"
        assert need.specifier.contains(pinned[name]), f"run make lock: {line}, but {pinned[name]} is locked"


def test_the_front_end_lock_pins_every_package_and_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    wanted = json.loads((ROOT / "package.json").read_text())
    top = lock["packages"].pop("")
    assert top["dependencies"] == wanted["dependencies"]
    assert top["devDependencies"] == wanted["devDependencies"]
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-"), name


def test_every_make_command_in_the_papers_exists() -> None:
    made = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for paper in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / paper).read_text()
        told = set(re.findall(r"(?:^\s*|`)make ([a-z0-9-]+)", text, re.MULTILINE))
        assert told, f"{paper} names no command"
        assert told <= made, f"{paper} names make {sorted(told - made)}, which the Makefile does not have"
