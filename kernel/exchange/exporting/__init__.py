"""Lists as files: their records as lines, and lines as CSV or workbooks."""
