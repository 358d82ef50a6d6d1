"""What approvals need done regularly."""
