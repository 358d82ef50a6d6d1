"""Meetings: which room is whose, and when."""
