"""The log: one line per happening to the error stream, for people, or as JSON for collectors.

What other libraries log comes out the same way, with the request's id where there is a request.
"""

import logging
import sys
from importlib import import_module
from typing import Any

import structlog

from kernel.config import Config
from kernel.errors import UsageError
from kernel.i18n import _

__all__ = ["set_up_log", "set_up_traces"]


def set_up_log(config: Config, level: int = logging.WARNING) -> None:
    """Send the log of this process, the kernel's and other libraries', to the error stream."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True)]
    as_json = config.log_format == "json"
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)] if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())])
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), processors=[*shared, *last])
    if as_json:
        _take_others(shared, last)


def _take_others(shared: list[Any], last: list[Any]) -> None:
    """Write what libraries log by the standard library as JSON too: a collector reads every line the same way."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def set_up_traces(config: Config) -> None:
    """Send traces where they are switched on, else load nothing of them. Raises UsageError without the extra `otel`."""
    if not config.otel:
        return
    try:
        import_module("kernel.telemetry").switch_on()
    except ModuleNotFoundError as error:
        raise UsageError("OTEL", _("Traces are switched on, but OpenTelemetry is not installed"),
                         fix=_("pip install 'trellis-kernel[otel]'")) from error
