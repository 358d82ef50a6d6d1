"""At the door and behind it: signing in by password, code or provider, and what one may do about one's own access."""
