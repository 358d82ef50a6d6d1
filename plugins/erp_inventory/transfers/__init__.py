"""Transfers: goods that change their place inside the company."""
