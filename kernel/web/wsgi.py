"""The application for a WSGI server: `gunicorn -c python:kernel.web.gunicorn kernel.web.wsgi:app`.

Made when a worker process imports this module, never before it is forked: connections don't survive a fork. Jobs are
for `trellis worker`, which this process wakes through Redis where there is one; without, it looks every minute.
"""

import logging

from kernel.config import load_config
from kernel.jobs import ring_workers
from kernel.logs import set_up_log, set_up_traces
from kernel.registry.start import open_installation, settle
from kernel.web.app import create_app

__all__ = ["app"]

_config = load_config()
set_up_log(_config, logging.INFO)
set_up_traces(_config)
_database = open_installation(_config)
app = create_app(_config)
if _config.redis_url:
    ring_workers(_database, _config.redis_url)
settle()
