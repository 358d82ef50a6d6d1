"""Work for later: jobs put by in the transaction that wants them, jobs at regular times, and who does them."""

from kernel.jobs.worker import ring_workers as ring_workers
from kernel.jobs.worker import run_worker as run_worker
from kernel.jobs.worker import start_embedded as start_embedded
