"""Quotes: offers that a customer may accept."""
