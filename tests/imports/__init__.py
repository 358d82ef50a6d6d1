"""Imports of whole companies, by the mappings that the repository ships."""
