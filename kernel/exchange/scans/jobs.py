"""Regular work of scanning: scans of counts that nobody finished go after a while."""

from kernel.exchange.scans.counting import forget_scans
from kernel.jobs.declare import every

__all__ = ["forget_old_scans"]


@every(hours=24, name="kernel.forget_old_scans")
def forget_old_scans() -> None:
    """Delete scans of documents whose count was not finished within 90 days."""
    forget_scans()
