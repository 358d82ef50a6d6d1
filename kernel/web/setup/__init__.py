"""The first start: an installation set up in the browser."""
