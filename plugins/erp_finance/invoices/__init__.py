"""Invoices: what customers owe, what is owed to suppliers and to employees."""
