"""Mail: the server it goes through, what waits to be sent, and how a letter looks."""
