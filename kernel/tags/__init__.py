"""Tags: words of a colour that people put on records, to find again what belongs together."""
