"""A first start under way: its code, the browser that holds it, and the making in a thread of its own."""

import secrets
import threading
from collections.abc import Callable
from hmac import compare_digest

import structlog

from kernel.config import Config
from kernel.entities.database import Database
from kernel.errors import Forbidden, Refusal
from kernel.i18n import _, use_locale
from kernel.registry.first_start import Answers, Making, Progress

__all__ = ["FirstStart"]

log = structlog.get_logger("trellis.web")
PATIENCE = 30.0
"""Seconds in which the browser is expected to ask whether all is done."""


class FirstStart:
    """One first start: its code, who entered it, the answers so far, and the making once it has begun."""

    def __init__(self, database: Database, config: Config, finished: Callable[[], object]) -> None:
        self.database = database
        self.config = config
        self.code = secrets.token_hex(4)
        self.answers = Answers.load(config)
        self.making: Making | None = None
        self.progress: Progress | None = None
        self.refusal: Refusal | None = None
        self.done = False
        self._finished = finished
        self._holder = ""
        self._lock = threading.Lock()

    def take(self, code: str) -> str:
        """Let the first browser with the code in, once; gives what its cookie proves it with. Raises Forbidden."""
        with self._lock:
            if self._holder:
                raise Forbidden("CODE_USED", _("Another browser is setting this installation up already"),
                                fix=_("Go on there, or stop Trellis and start it again for a new code"))
            if not compare_digest(code.strip().lower().encode(), self.code.encode()):
                raise Forbidden("CODE", _("That is not the code"),
                                fix=_("It stands in the terminal that Trellis was started in"))
            self._holder = secrets.token_urlsafe(24)
            return self._holder

    def is_held_by(self, proof: object) -> bool:
        """Say whether a cookie is that of the browser that entered the code."""
        return bool(self._holder) and isinstance(proof, str) and compare_digest(proof.encode(), self._holder.encode())

    def keep(self, answers: Answers) -> None:
        """Keep the answers so far: whoever leaves finds them again."""
        answers.save(self.config)
        self.answers = answers

    def begin(self) -> tuple[int, str, int]:
        """Make company and administrator now and the rest in the background; gives what signs them in."""
        with self._lock:
            if self.making:
                raise Refusal("BEGUN", _("The installation is being made already"))
            making = Making(self.database, self.config, self.answers)
            founder = making.found()
            self.making = making
        self.go_on()
        return founder.user_id, founder.session_key, founder.company_id

    def go_on(self) -> None:
        """Do what is missing in the background."""
        self.refusal = None
        threading.Thread(target=self._go_on, name="first-start", daemon=True).start()

    def _go_on(self) -> None:
        making = self.making
        if making is None:
            return
        try:
            with use_locale(self.answers.locale):
                making.go_on(self._tell)
        except Refusal as refusal:
            self.refusal = refusal
        except Exception as error:  # whatever a plugin raises is told on the page
            log.error("first_start.fault", exc_info=error)
            self.refusal = Refusal(
                "FIRST_START", _("Something went wrong on our side"), fix=_("The terminal says what; try once more"))
        else:
            self._end()

    def _end(self) -> None:
        """Call it done; where no browser asks any more, begin again by itself."""
        self.done = True
        waiting = threading.Timer(PATIENCE, self._finished)
        waiting.daemon = True
        waiting.start()

    def _tell(self, progress: Progress) -> None:
        self.progress = progress

    def give_up(self) -> None:
        """Go on without what could not be made: apps can be installed later."""
        if self.making and self.refusal:
            self.making.finish()
            self._end()

    def leave(self) -> None:
        """Begin again as the real application, now that the browser knows."""
        self._finished()
