"""`trellis run --reload`: a change is served, a syntax error is survived and shown, production never shows any."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from kernel.cli.reloading import PARENT, demand_free, demand_own_machine, differing, is_developing, stamps
from kernel.config import Config
from kernel.entities.database import Database
from kernel.errors import UsageError
from kernel.web.app import create_app
from tests.kernel.registry.site import Site

WITHIN = 60


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path, f"sqlite:///{tmp_path}/trellis.db")
    made.gadgets()
    made.trellis("init", "--plugins", "gadgets", "--password", "correct horse")
    return made


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The address of a server that reloads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "kernel.cli", "run", "--reload", "--no-jobs", "--port", str(port)], cwd=site.home,
        env=site.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def awaited(address: str, words: str) -> str:
    """Wait for a page that says something."""
    end, text = time.monotonic() + WITHIN, ""
    while time.monotonic() < end:
        with suppress(OSError):
            try:
                with urllib.request.urlopen(f"{address}/sign-in", timeout=5) as answer:
                    text = answer.read().decode()
            except urllib.error.HTTPError as error:
                text = error.read().decode()
            if words in text:
                return text
        time.sleep(0.2)
    raise AssertionError(f"{words!r} was not said: {text[:2000]}")


@pytest.mark.slow
def test_a_syntax_error_is_shown_and_mended_without_a_new_start(site: Site, address: str) -> None:
    awaited(address, "csrf-token")
    views = site.packages / "gadgets" / "things" / "views.py"
    views.write_text("def broken(:\n", encoding="utf-8")
    page = awaited(address, "did not come up")
    assert "things/views.py" in page
    assert "invalid syntax" in page
    views.write_text('"""Nothing to see."""\n', encoding="utf-8")
    assert "did not come up" not in awaited(address, "csrf-token")


def test_a_change_is_told_by_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("a = 1")
    (tmp_path / "notes.txt").write_text("a")
    before = stamps([tmp_path])
    (tmp_path / "notes.txt").write_text("b")
    assert differing(before, stamps([tmp_path])) == []
    os.utime(tmp_path / "models.py", ns=(1, 1))
    (tmp_path / "page.html").write_text("<p>")
    assert differing(before, stamps([tmp_path])) == ["models.py", "page.html"]


def test_reloading_serves_ones_own_machine_alone() -> None:
    demand_own_machine("127.0.0.1")
    with pytest.raises(UsageError, match="this machine alone"):
        demand_own_machine("0.0.0.0")


def test_a_port_that_another_program_has_is_refused_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="can't be listened on"):
            demand_free("127.0.0.1", taken.getsockname()[1])


def test_only_what_the_watching_process_started_is_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    assert not is_developing()
    monkeypatch.setenv(PARENT, "1")
    assert not is_developing()
    monkeypatch.setenv(PARENT, str(os.getppid()))
    assert is_developing()


@pytest.fixture
def broken(database: Database, tmp_path: Path) -> Flask:
    """An application with a page that fails."""
    app = create_app(Config(secret_key="not a secret", data_dir=str(tmp_path)))

    def fail() -> str:
        raise RuntimeError("the shelf <fell> down")

    app.add_url_rule("/fail", "fail", fail)
    return app


def test_a_fault_is_shown_to_the_developer_alone(broken: Flask) -> None:
    hidden = broken.test_client().get("/fail")
    assert hidden.status_code == 500
    assert "shelf" not in hidden.text
    broken.config["TRELLIS_SHOWS_FAULTS"] = True
    shown = broken.test_client().get("/fail")
    assert shown.status_code == 500
    assert "the shelf &lt;fell&gt; down" in shown.text
    assert "test_reloading.py" in shown.text
    assert "test_reloading.py" not in broken.test_client().get(
        "/fail", headers={"Accept": "application/json"}).text
