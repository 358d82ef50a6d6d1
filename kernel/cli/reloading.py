"""`trellis run --reload`: a process that serves, begun anew at every change of the code; for developers alone.

The process that watches loads no plugin, so none can break it. Where the one that serves doesn't come up, this one
answers in its place with what went wrong, until the next change.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import click

import kernel
from kernel.errors import UsageError
from kernel.i18n import _
from kernel.registry.discovery import GROUP

__all__ = ["demand_own_machine", "is_developing", "serve_reloading"]

PARENT = "TRELLIS_RELOADED_BY"
"""Set for the process that serves: the process id of the one that watches. It counts only while that is its parent."""
WATCHED = frozenset({".py", ".html", ".css", ".js", ".po", ".svg", ".toml"})
SKIPPED = frozenset({"__pycache__", "node_modules", ".venv", ".git", "build", "dist"})
LOOK_EVERY = 0.4
"""Seconds between two looks at the files."""
END_WITHIN = 5.0
"""Seconds the serving process has to finish what it is doing."""
OWN = frozenset({"127.0.0.1", "::1", "localhost"})

Stamps = Mapping[Path, int]


def demand_own_machine(host: str) -> None:
    """Refuse to show code and faults to whoever else can reach an address."""
    if host not in OWN:
        raise UsageError(
            "RELOAD", _("--reload shows code to whoever asks, so it serves this machine alone, not {host}", host=host),
            fix=_("Leave out --host, or leave out --reload"))


def demand_free(host: str, port: int) -> None:
    """Refuse a port that another program listens on: it would look as if our own process didn't come up."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise UsageError(
            "PORT", _("Port {port} can't be listened on: {error}", port=port, error=error.strerror or error),
            fix=_("Choose another one with --port")) from error


def is_developing() -> bool:
    """Say whether this process is served to its developer: started by `--reload`, and by nothing else."""
    return os.environ.get(PARENT) == str(os.getppid())


def serve_reloading(host: str, port: int, *, jobs: bool) -> None:
    """Serve until interrupted, in processes that begin anew at each change."""
    command = [sys.executable, "-m", "kernel.cli", "run", "--host", host, "--port", str(port)]
    command += [] if jobs else ["--no-jobs"]
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    while True:
        before = stamps(watched_folders())
        serving = _Serving(command)
        try:
            changed = _wait(serving, before)
            if changed is None:
                return
            click.echo(f"Changed: {', '.join(changed)}. Loading anew ...")
        except (KeyboardInterrupt, SystemExit):
            return
        finally:
            serving.end()


def _wait(serving: "_Serving", before: Stamps) -> list[str] | None:
    """Wait for a change, and name the files; None where the process was stopped. What broke is shown meanwhile."""
    pause = threading.Event()
    shown: _Fault | None = None
    try:
        while True:
            pause.wait(LOOK_EVERY)
            code = serving.process.poll()
            if code is not None and shown is None:
                if code in (0, -signal.SIGINT):
                    return None
                shown = _Fault(serving.address, serving.words())
                click.echo("Waiting for a change ...", err=True)
            if changed := differing(before, stamps(watched_folders())):
                return changed
    finally:
        if shown is not None:
            shown.close()


class _Serving:
    """The process that serves; what it says of errors is passed on and kept."""

    def __init__(self, command: Sequence[str]) -> None:
        self.address = (command[command.index("--host") + 1], int(command[command.index("--port") + 1]))
        self._said: list[str] = []
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own words
            command, env=os.environ | {PARENT: str(os.getpid()), "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, name="reload", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self._said = [*self._said[-60:], line]
            click.echo(line, nl=False, err=True)

    def words(self) -> str:
        """Give the last of what it said."""
        self._reader.join(1)
        return "".join(self._said) or "The process ended without a word."

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(1)


class _Fault:
    """Answers in the place of a process that didn't come up, with what it said; the page looks again by itself."""

    def __init__(self, address: tuple[str, int], words: str) -> None:
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
            '<meta name="viewport" content="width=device-width"><title>Trellis did not come up</title></head><body>'
            "<main><h1>Trellis did not come up</h1><p>Mend it and save: this page looks again by itself.</p>"
            f"<pre>{escape(words)}</pre></main></body></html>").encode()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(500)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", "default-src 'none'")
                self.end_headers()
                self.wfile.write(page)

            do_POST = do_GET  # noqa: N815  # the library's names

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the terminal has the fault already."""

        self._server = ThreadingHTTPServer(address, Answer)
        threading.Thread(target=self._server.serve_forever, name="fault", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def watched_folders() -> list[Path]:
    """Give the folders of the kernel and of every plugin on this machine, found without importing any."""
    found = {Path(kernel.__file__).parent}
    for point in entry_points(group=GROUP):
        try:
            spec = find_spec(point.module)
        except (ImportError, ValueError):
            continue
        if spec is not None and spec.origin:
            found.add(Path(spec.origin).parent)
    return sorted(found)


def stamps(folders: Sequence[Path]) -> Stamps:
    """Give when each watched file was changed last."""
    found: dict[Path, int] = {}
    for folder in folders:
        for path in _files(folder):
            try:
                found[path] = path.stat().st_mtime_ns
            except OSError:
                continue  # gone since the folder was read
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if name not in SKIPPED]
        yield from (Path(place, name) for name in files if Path(name).suffix in WATCHED)


def differing(before: Stamps, after: Stamps) -> list[str]:
    """Name the files that were changed, added or taken away."""
    return sorted({path.name for path in {*before, *after} if before.get(path) != after.get(path)})
