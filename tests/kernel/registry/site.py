"""A folder of plugins that exist only for a test, and a process that sees them."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tests.kernel.registry.forks import ROOT, forks

MODELS = '''
    from kernel import Document, Extension, Mapped, Money, User, _, choice, link, money, serial, text
    from kernel.shared.models import Party

    class Gadget(Document, label=_("Gadget"), title="name", unique=[("name",)], tagged=True, mergeable=True):
        """A thing that somebody has."""
        number: Mapped[str] = serial("G-{n:04}")
        name: Mapped[str] = text(50)
        size: Mapped[str | None] = choice(("s", _("Small")), ("l", _("Large")))
        price: Mapped[Money | None] = money()
        owner: Mapped[User | None] = link()

    class PartyGadgets(Extension[Party]):
        """What gadgets know of a party."""
        favourite: Mapped[str | None] = text(30)
'''

MANIFEST = '''
    from kernel import Plugin, Setting, grant, role
    plugin = Plugin(
        name="{name}", label="{label}", version="{version}", features={features}, requires={requires},
        requires_kernel="{kernel}", {more})
'''

GADGETS = '''roles=(role("gadgets.user", "Gadget user", grant("gadgets.gadget", "read create change")),),
        settings=(Setting("gadgets.loud", "Loud", False),)'''


class Site:
    """Plugins in a folder on the path of the processes it starts, and their installation's database.

    Commands run in forks of a process that has loaded the kernel, or, where that would hide what is tested, in
    processes started anew.
    """

    def __init__(self, folder: Path, url: str, *, forked: bool = True) -> None:
        self.forked = forked
        self.folder = folder
        self.url = url
        self.packages = folder / "site"
        self.home = folder / "home"
        self.packages.mkdir()
        self.home.mkdir()

    def plugin(
        self, name: str, files: dict[str, str] | None = None, *, version: str = "0.1.0", features: tuple[str, ...] = (),
        requires: tuple[str, ...] = (), kernel: str = ">=0.1,<0.2", more: str = "", manifest: str | None = None,
    ) -> Path:
        """Write a plugin's package with an entry point, as pip would have left it."""
        package = self.packages / name
        package.mkdir(exist_ok=True)
        text = manifest if manifest is not None else MANIFEST.format(
            name=name, label=name.capitalize(), version=version, features=features, requires=requires, kernel=kernel,
            more=more)
        for file, content in {"__init__.py": text, **(files or {})}.items():
            path = package / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content), encoding="utf-8")
        info = self.packages / f"{name}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[trellis.plugins]\n{name} = {name}:plugin\n")
        return package

    def gadgets(self, **changes: Any) -> Path:
        """Write the plugin most tests use, with its migration."""
        package = self.plugin(
            "gadgets", {"things/__init__.py": "", "things/models.py": MODELS}, features=("things",), more=GADGETS,
            **changes)
        self.trellis("migration", "squash", "gadgets")
        return package

    def environment(self) -> dict[str, str]:
        return {
            **os.environ, "PYTHONPATH": os.pathsep.join([str(self.packages), str(ROOT)]),
            "TRELLIS_DATABASE_URL": self.url, "TRELLIS_DATA_DIR": str(self.home / "data"), "PYTHONWARNINGS": "ignore",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command; gives its exit code and what it printed."""
        if self.forked:
            return forks().run("trellis", words, folder=self.home, environment=self.environment())
        return subprocess.run(
            [sys.executable, "-m", "kernel.cli", *words], cwd=self.home, env=self.environment(), text=True,
            capture_output=True, check=False, timeout=120)

    def trellis(self, *words: str) -> str:
        """Run the command, which must succeed; gives what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.trellis(*words, "--json"))

    def refused(self, *words: str, code: int = 1) -> str:
        """Run the command, which must be refused in one clear line; gives that."""
        done = self.run(*words)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    def python(self, code: str) -> str:
        """Run code in a process that has opened the installation; gives what it printed."""
        lead = (
            "from kernel.registry import open_installation\nfrom kernel.config import load_config\n"
            "from kernel.entities.work import SYSTEM, Actor, unit_of_work, session\nfrom sqlalchemy import select\n"
            "from kernel.logs import set_up_log\nset_up_log(load_config())\n"
            "database = open_installation(load_config())\n")
        done = forks().run("python", [lead + textwrap.dedent(code)], folder=self.home, environment=self.environment())
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
