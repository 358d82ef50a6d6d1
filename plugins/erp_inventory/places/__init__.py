"""Places: warehouses, where in them goods lie, and the lots they came in."""
