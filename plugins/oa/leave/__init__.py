"""Leave: who is away when, and how much of it they have left."""
