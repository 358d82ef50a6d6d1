"""The jobs that keep the search index."""
