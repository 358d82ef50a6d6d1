"""The inbox: what waits for somebody's approval, where they were called, what they follow up, and their deputies."""
