"""For whoever writes a plugin: the skeleton it begins as, and the checks of what it owes."""
