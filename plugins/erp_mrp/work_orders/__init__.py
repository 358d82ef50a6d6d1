"""Work orders: what is to be made, what was taken for it, reported and received."""
