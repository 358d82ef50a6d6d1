"""Documents on paper: what a plugin declares, filled for many records at once and set by typst into one PDF."""
