"""Purchase orders: what was ordered from suppliers, what of it came and was billed."""
