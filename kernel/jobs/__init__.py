"""Work for later: jobs put by in the transaction that wants them, jobs at regular times, and who does them.

The worker's names are loaded when first used: a process that only puts jobs by need not load Huey and Redis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernel.jobs.worker import ring_workers as ring_workers
    from kernel.jobs.worker import run_worker as run_worker
    from kernel.jobs.worker import start_embedded as start_embedded

_LAZY = ("ring_workers", "run_worker", "start_embedded")


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'kernel.jobs' has no public name {name!r}")
    return getattr(import_module("kernel.jobs.worker"), name)
