"""Write the documentation as pages to read and search without a connection, from docs/ into build/docs.

    python -m tools.documentation

A link that leads nowhere ends it with what is wrong.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "zensical.toml"
PAGES = ROOT / "build" / "docs"
SHIM = ROOT / "node_modules" / "iframe-worker"
"""What lets a page that was opened from a file search in a worker; the pages would load it from another host."""
ELSEWHERE = "https://unpkg.com/iframe-worker/shim"
HERE = Path("assets") / "javascripts" / "iframe-worker.js"


def build() -> subprocess.CompletedProcess[str]:
    """Write all pages anew."""
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", str(CONFIG)],
        cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        bring_home()
    return done


def bring_home() -> None:
    """Put the shim beside the pages, with its licence, and let them load it from there."""
    shutil.copy(SHIM / "shim" / "index.js", PAGES / HERE)
    shutil.copy(SHIM / "LICENSE", (PAGES / HERE).with_suffix(".LICENSE.txt"))
    for path in PAGES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        near = Path(os.path.relpath(PAGES / HERE, path.parent)).as_posix()
        path.write_text(text.replace(ELSEWHERE, near), encoding="utf-8")


def main() -> int:
    """Write the pages; say what is wrong where they can't be."""
    done = build()
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
