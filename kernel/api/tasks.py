"""Regular work of the API: answers kept for repeated requests go when nobody may repeat them any more."""

from kernel.api.repeats import forget_answers
from kernel.jobs.declare import every

__all__ = ["forget_old_answers"]


@every(hours=6, name="kernel.forget_old_answers")
def forget_old_answers() -> None:
    """Delete kept answers after 48 hours."""
    forget_answers()
