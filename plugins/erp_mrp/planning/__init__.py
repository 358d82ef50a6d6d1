"""Planning: what is needed when, what is there, what to make and what to buy."""
