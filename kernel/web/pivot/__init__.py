"""The pivot of any entity, on a page, as a chart and as a file."""
