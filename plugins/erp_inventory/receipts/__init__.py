"""Receipts: goods that come from suppliers."""
