"""The roles of the office: everybody's own requests, a manager's people, personnel, directors, the cashier."""

from kernel import _, grant, role

LEAVE_STEPS = "submit cancel revoke"
CLAIM_STEPS = "submit cancel revoke"
BOOKING_STEPS = "cancel cancel_following repeat"

EMPLOYEE = role(
    "oa.employee", _("Everybody in the office"),
    grant("oa.leave_type", "read"),
    grant("oa.holiday", "read"),
    grant("oa.leave_request", f"read create change {LEAVE_STEPS}", scope="own"),
    grant("oa.leave_grant", "read", scope="own"),
    grant("oa.expense_type", "read"),
    grant("oa.expense_claim", f"read create change {CLAIM_STEPS}", scope="own"),
    grant("oa.meeting_room", "read"),
    grant("oa.booking", f"read create change {BOOKING_STEPS}", scope="own"),
    grant("oa.booking", "read", scope="rule", rule="oa.invited"),
    everyone=True,
)

MANAGER = role(
    "oa.manager", _("Manager of people"),
    grant("kernel.saved_view", "share"),
    grant("oa.leave_request", "read export revoke", scope="subtree"),
    grant("oa.leave_grant", "read export", scope="subtree"),
    grant("oa.expense_claim", "read export revoke", scope="subtree"),
    grant("oa.booking", "read", scope="subtree"),
)

PERSONNEL = role(
    "oa.personnel", _("Personnel"),
    grant("oa.leave_type", "read create change delete export"),
    grant("oa.holiday", "read create change delete export"),
    grant("oa.leave_request", f"read create change delete export {LEAVE_STEPS}"),
    grant("oa.leave_grant", "read create change export withdraw"),
    grant("oa.meeting_room", "read create change delete export"),
    grant("oa.booking", f"read create change delete export {BOOKING_STEPS}"),
)

DIRECTOR = role(
    "oa.director", _("Approves large claims"),
    grant("oa.leave_request", "read export"),
    grant("oa.leave_grant", "read export"),
    grant("oa.expense_claim", "read export revoke"),
)

CASHIER = role(
    "oa.cashier", _("Pays expense claims"),
    grant("oa.expense_type", "read create change delete export"),
    grant("oa.expense_claim", "read export mark_paid mark_unpaid"),
)
