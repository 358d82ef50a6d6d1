"""What leave requests tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import _, signal


@dataclass(frozen=True)
class LeaveApproved:
    """Somebody will be away; days counts working days, halves too."""

    request_id: int
    number: str
    employee_id: int
    first_day: dt.date
    last_day: dt.date
    days: Decimal


@dataclass(frozen=True)
class LeaveRevoked:
    """Approved leave was taken back."""

    request_id: int
    number: str
    employee_id: int
    first_day: dt.date
    last_day: dt.date


leave_approved = signal(
    "oa.leave_approved", LeaveApproved, version=1, about=("oa.leave_request", "request_id"), label=_("Leave approved"))
leave_revoked = signal(
    "oa.leave_revoked", LeaveRevoked, version=1, about=("oa.leave_request", "request_id"), label=_("Leave revoked"))
