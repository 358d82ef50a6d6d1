"""The generated list of any entity: its page and what stands around it, saved views, groups, cells edited in place."""
