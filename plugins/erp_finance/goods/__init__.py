"""Goods in the ledger: what stock and production tell is posted, and what isn't invoiced yet is kept by line."""
