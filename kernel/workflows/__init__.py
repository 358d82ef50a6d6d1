"""How documents move: states and transitions declared in code, approvals edited as data."""
