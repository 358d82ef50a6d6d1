"""Flows of approvals as plain data: what they look like, what comes next, and how other tools read them."""
