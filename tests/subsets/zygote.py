"""A process that has loaded the kernel and nothing else; for each subset of plugins it forks a child that tries it.

What a process has loaded can't be unloaded, so every subset needs a process of its own. Forking from one that holds
the kernel already spares each of them the second that takes.

    python -m tests.subsets.zygote FOLDER        # reads one JSON request a line, answers one JSON line each
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

from kernel.config import Config
from kernel.entities.database import Database
from kernel.registry.discovery import discover
from kernel.registry.installing import install
from kernel.registry.loading import load_kernel
from kernel.registry.start import initialise, open_installation

PASSWORD = "administrator-1"


def config_of(folder: Path, url: str) -> Config:
    return Config(database_url=url, data_dir=str(folder / "data"), secret_key="for the tests only")


def make(folder: Path, url: str) -> None:
    """Make an installation of the kernel alone."""
    made = initialise(
        config_of(folder, url), company="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei",
        password=PASSWORD)
    made.database.dispose()


def attempt(template: Path | None, folder: Path, url: str, plugins: list[str]) -> dict[str, Any]:
    """Install a subset into a copy of the template (or an empty database), open it and use it for a day."""
    from tests.subsets.day import spend

    folder.mkdir(parents=True, exist_ok=True)
    if template is not None:
        shutil.copyfile(template, folder / "trellis.db")
    else:
        make(folder, url)
    config = config_of(folder, url)
    database = Database(url)
    if plugins:
        install(plugins, database=database)
    database.dispose()
    opened = open_installation(config)
    try:
        return spend(config, plugins)
    finally:
        opened.dispose()


def child(request: dict[str, Any], template: Path | None) -> dict[str, Any]:
    try:
        told = attempt(template, Path(request["folder"]), request["url"], request["plugins"])
    except Exception:  # noqa: BLE001  # whatever it was, the test that asked shows it
        return {"error": traceback.format_exc()}
    return {"told": told}


def forked(request: dict[str, Any], template: Path | None) -> dict[str, Any]:
    """Answer a request in a child of one's own."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(child(request, template), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    result: dict[str, Any] = json.loads(answer) if answer else {"error": "the child died without a word"}
    return result


def main(folder: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    load_kernel()
    discover()
    gc.disable()  # a child lives for seconds
    template = folder / "template.db"
    made = forked_make(folder, template)
    say(made)
    for line in sys.stdin:
        request = json.loads(line)
        say(forked(request, template if request["url"].startswith("sqlite") else None))


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def forked_make(folder: Path, template: Path) -> dict[str, Any]:
    """Make the template in a child, so that no connection of it is inherited by the others."""
    pid = os.fork()
    if pid == 0:
        try:
            make(folder, f"sqlite:///{template}")
        except Exception:  # noqa: BLE001  # a fork must not run on into its parent's code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return {"ready": os.waitpid(pid, 0)[1] == 0}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    os._exit(0)  # taking apart all that it holds would take seconds
