"""Import, export and backup; listing, reading and writing records for every door (web, API, files)."""
