"""Deliveries: goods that go to customers."""
