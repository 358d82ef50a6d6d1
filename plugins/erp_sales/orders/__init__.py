"""Orders: what a customer has bought, from the draft to the last delivery."""
