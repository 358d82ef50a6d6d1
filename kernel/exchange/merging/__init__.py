"""Merging: records that are one and the same become one, with all that points to them."""
