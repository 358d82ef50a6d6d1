"""Adjustments: goods found, lost and counted, and the stock a company begins with."""
