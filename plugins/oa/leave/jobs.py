"""What is done with leave every day."""

from kernel import every
from plugins.oa.leave.years import keep_accounts


@every(days=1)
def keep_leave_accounts() -> None:
    """Grant what the year brings and let expire what is over; doing it twice a day changes nothing."""
    keep_accounts()
