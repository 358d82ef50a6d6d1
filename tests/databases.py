"""Databases for tests: those that the kernel gives every plugin's author."""

from kernel.testing.databases import Databases, Filling, fill_basics, postgres_database, postgres_server

__all__ = ["Databases", "Filling", "fill_basics", "postgres_database", "postgres_server"]
