"""Resolve the dependencies of every distribution into requirements/dev.txt: versions and hashes, no address.

The distributions' setup.cfg say what is needed; this only gathers it. The lock holds for every platform.
"""

from __future__ import annotations

import configparser
import subprocess
import sys

from tools.environment import LOCK, PYTHON, ROOT, distributions, uv_environment


def required() -> list[str]:
    """Return what all distributions of this tree need to run and be developed, without themselves."""
    lines: set[str] = set()
    own: set[str] = set()
    for folder in distributions():
        config = configparser.ConfigParser(interpolation=None)
        config.read(folder / "setup.cfg", encoding="utf-8")
        own.add(config["metadata"]["name"])
        blocks = [config["options"].get("install_requires", "")]
        if config.has_section("options.extras_require"):
            blocks += list(config["options.extras_require"].values())
        lines |= {line.strip() for block in blocks for line in block.splitlines() if line.strip()}
    return sorted(line for line in lines if not any(line.startswith(name) for name in own))


def main() -> int:
    """Write the lock; exit with uv's code."""
    LOCK.parent.mkdir(exist_ok=True)
    command = [
        str(PYTHON), "-m", "uv", "pip", "compile", "-", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate",
        "--custom-compile-command", "make lock", "--upgrade", "--quiet", "--output-file", str(LOCK),
    ]  # fmt: skip
    return subprocess.run(
        command, input="\n".join(required()), text=True, cwd=ROOT, env=uv_environment(), check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
