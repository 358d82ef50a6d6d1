"""Opportunities: deals on their way from a need to an order."""
