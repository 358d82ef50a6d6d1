"""Who is signed in, how they proved who they are, and what the door saw."""
