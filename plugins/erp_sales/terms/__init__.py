"""Terms: what a customer may owe, when they pay, and what things cost them."""
