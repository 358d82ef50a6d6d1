"""Backups: a whole installation in one file, taken while it runs, put back on SQLite or PostgreSQL alike."""
