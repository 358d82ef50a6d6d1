"""Webhooks: other systems are told by HTTP what is told here, signed and retried."""
