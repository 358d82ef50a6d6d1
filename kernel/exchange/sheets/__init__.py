"""A person's own file, CSV or XLSX, brought in through an entity's page: read, matched, checked, imported, undone.

The rows go through the same engine as a folder imported by a mapping file (`kernel.exchange.importing`).
"""
