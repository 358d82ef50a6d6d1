"""Build a wheel of every distribution in this tree.

Each is built from a copy, so that nothing of an earlier build gets into it and nothing is left in the tree.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.environment import ROOT, distributions

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist", "node_modules", ".*")


def copy(source: Path, target: Path) -> None:
    """Copy what one distribution is built from: a plugin's whole folder, of the root the kernel and its papers."""
    if source != ROOT:
        shutil.copytree(source, target, ignore=LEFT_OUT)
        return
    target.mkdir()
    shutil.copytree(ROOT / "kernel", target / "kernel", ignore=LEFT_OUT)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target / name)


def build(source: Path, into: Path) -> Path:
    """Build the wheel of the distribution in `source` and return its path; raise CalledProcessError with the output."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "source"
        copy(source, place)
        made = Path(scratch) / "made"
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), str(place)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        [wheel] = made.glob("*.whl")
        return Path(shutil.move(wheel, into / wheel.name))


def main() -> int:
    """Build them all into the folder named, dist by default."""
    into = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "dist")
    for source in distributions():
        try:
            wheel = build(source, into)
        except subprocess.CalledProcessError as error:
            print(error.stdout, error.stderr, f"Could not build the wheel of {source}", sep="\n", file=sys.stderr)
            return 1
        print(f"{wheel.stat().st_size / 1000:8.0f} kB  {wheel.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
