"""Moves: the only writer of stock, and what stock is worth."""
