"""Requests: what somebody, a plan or an order needs bought, until it is ordered."""
