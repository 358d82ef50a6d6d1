"""Bills of materials: what a product is made of, and by which operations."""
