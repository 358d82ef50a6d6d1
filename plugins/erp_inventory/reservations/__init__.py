"""Reservations: goods kept for somebody, and what somebody still waits for."""
