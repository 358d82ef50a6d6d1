"""Leads: people and organisations that may buy, before anyone has qualified them."""
