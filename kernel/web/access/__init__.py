"""What administrators see and change of who may do what: roles, users, refusals explained, tokens, the log."""
