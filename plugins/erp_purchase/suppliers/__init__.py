"""Suppliers: how we stand with them, and what they deliver at which price."""
