"""Payments: money received and paid, and the invoices it settles."""
