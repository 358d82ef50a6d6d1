"""Say that something was seen because its page was opened: in work of its own, after that page was made."""

from collections.abc import Callable

import structlog
from flask import Response, after_this_request
from sqlalchemy.exc import DBAPIError

from kernel.entities.work import actor, perform
from kernel.errors import Refusal
from kernel.web.serving import visitor

__all__ = ["seen_after"]

log = structlog.get_logger("trellis.web")


def seen_after(see: Callable[[], None]) -> None:
    """Have what was seen written once the page is made; nothing is, for who looks through another's eyes."""
    who = actor()
    if visitor().seeing:
        return

    @after_this_request
    def write(answer: Response) -> Response:
        try:
            perform(who, see)
        except (DBAPIError, Refusal) as error:
            log.info("web.seen_not_written", error=str(error))
        return answer
