"""What a page is told while it is open: how much waits, and how far long work is."""
