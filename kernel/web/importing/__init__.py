"""The import of a person's own file, step by step on pages."""
