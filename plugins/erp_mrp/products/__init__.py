"""Products: how their supply is planned."""
