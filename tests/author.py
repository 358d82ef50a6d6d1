"""An environment as a plugin's author has it: Trellis is there, and what they install doesn't touch ours."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

Shell = Callable[[str], str]


def author_shell(place: Path, folder: Path, url: str) -> Shell:
    """Make an environment in a place, and give what runs commands there, in a folder, as the author would."""
    home = place / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    own = Path(subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True).stdout.strip())
    (own / "trellis-development.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    environment = {name: value for name, value in os.environ.items() if name != "TRELLIS_TEST_POSTGRES"} | {
        "TRELLIS_DATABASE_URL": url, "TRELLIS_DATA_DIR": str(place / "data"), "PYTHONPATH": ""}

    def run(line: str) -> str:
        words = line.split('"')
        parts = [part for index, word in enumerate(words) for part in ([word] if index % 2 else word.split())]
        match parts[0]:
            case "trellis":
                parts = [str(python), "-m", "kernel.cli", *parts[1:]]
            case "pip":
                parts = [str(python), "-m", "pip", "--quiet", *parts[1:]]
            case "pytest" | "mypy" | "basedpyright":
                parts = [str(python), "-m", *parts]
            case "python":
                parts = [str(python), *parts[1:]]
        done = subprocess.run(parts, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
