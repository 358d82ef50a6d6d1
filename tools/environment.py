"""Make .venv: the locked packages by uv, then every distribution of this tree, editable.

Runs on the system's Python with the standard library alone. What the user told pip about indexes, local folders
and certificates holds for uv too. A failure is one line; the programs' own words are in build/setup.log.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements" / "dev.txt"
LOG = ROOT / "build" / "setup.log"
READY = VENV / "trellis-ready"

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


class Stopped(Exception):
    """The environment cannot be made; the message is the one line shown."""


def run(command: list[str], env: dict[str, str] | None = None) -> bool:
    """Run a program with its output into the log; say whether it succeeded."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        return subprocess.run(command, cwd=ROOT, env=env, stdout=log, stderr=log, check=False).returncode == 0


def make_venv() -> None:
    """Create .venv unless a working one is there."""
    if PYTHON.exists():
        if not run([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
            raise Stopped("The Python in .venv does not run or is older than 3.11. Remove .venv and run make again.")
        return
    if VENV.exists():
        raise Stopped("The folder .venv holds no Python. Remove it and run make again.")
    if not run([sys.executable, "-m", "venv", str(VENV)]):
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stopped(
            "Python's venv module is missing or incomplete. "
            "Install it (Debian: apt-get install python3-venv) and run make again."
        )


def uv_requirement() -> str:
    """Return the lock's lines for uv itself, hashes included."""
    lines: list[str] = []
    for line in LOCK.read_text().splitlines():
        if lines and not line.startswith(" "):
            break
        if lines or line.startswith("uv=="):
            lines.append(line)
    return "\n".join(lines) + "\n"


def ensure_uv() -> None:
    """Install the locked uv with pip, which reads the user's own pip settings, unless it is there."""
    wanted = uv_requirement()
    version = wanted.split("==")[1].split()[0]
    if run([str(PYTHON), "-c", f"import importlib.metadata as m, sys; sys.exit(m.version('uv') != '{version}')"]):
        return
    asked = LOG.parent / "uv.txt"
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(wanted)
    if not run([str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", str(asked)]):
        raise Stopped("Could not install uv: the first setup needs the network.")


def uv_environment() -> dict[str, str]:
    """Return the environment for uv, with what pip's configuration says where uv itself was told nothing."""
    env = dict(os.environ)
    told = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    for line in told.stdout.splitlines():
        key, found, value = line.partition("=")
        name = PIP_TO_UV.get(key.rpartition(".")[2])
        if found and name and name not in os.environ:
            env[name] = str(ast.literal_eval(value))
    if "UV_INDEX" in env or "UV_FIND_LINKS" in env:
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return env


def distributions() -> list[Path]:
    """Return the folder of every distribution in this tree, the kernel's first."""
    return [ROOT, *sorted(p.parent for p in (ROOT / "plugins").glob("*/setup.cfg"))]


def install(keep: bool) -> None:
    """Bring .venv to the lock, then add this tree's distributions; `keep` leaves packages outside the lock."""
    uv = [str(PYTHON), "-m", "uv", "pip"]
    target = ["--python", str(PYTHON)]
    env = uv_environment()
    verb = ["install", "-r"] if keep else ["sync"]
    if not run([*uv, *verb, str(LOCK), "--require-hashes", "--compile-bytecode", *target], env):
        raise Stopped(
            "Could not install the packages of requirements/dev.txt: is the network there? "
            "uv's own words are in build/setup.log."
        )
    editable = [part for folder in distributions() for part in ("--editable", str(folder))]
    if not run([*uv, "install", "--no-deps", "--no-build-isolation", *target, *editable], env):
        raise Stopped("Could not install this tree's distributions: setuptools' own words are in build/setup.log.")


def main() -> int:
    """Make the environment and leave a stamp, so that the next make has nothing to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave packages in .venv that the lock does not name")
    asked = parser.parse_args()
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    print("Setting up .venv ...", flush=True)
    try:
        make_venv()
        ensure_uv()
        install(asked.keep)
    except Stopped as stopped:
        if os.environ.get("CI"):
            print(LOG.read_text()[-4000:], file=sys.stderr)
        print(stopped, file=sys.stderr)
        return 1
    READY.write_text("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
