"""Expenses: what employees paid for the company and get back."""
