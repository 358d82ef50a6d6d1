"""Customers: who looks after a party, how important it is, and which parties may be one and the same."""
