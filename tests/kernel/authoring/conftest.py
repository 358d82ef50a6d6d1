"""Scratches whose processes are forked from one that has loaded the kernel: as good as new, and quicker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from kernel.authoring.scratch import Scratch
from tests.kernel.registry.forks import forks


@pytest.fixture(autouse=True, scope="package")
def quick_scratches() -> Iterator[None]:
    """Run a scratch's modules in forks."""

    def python(self: Scratch, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        assert words[0] == "-m"
        code = (f"import runpy, sys\nsys.argv = ['', *{list(words[2:])!r}]\n"
                f"runpy.run_module({words[1]!r}, run_name='__main__')")
        return forks().run("python", [code], folder=self.folder, environment=self.environment())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Scratch, "python", python)
        yield
