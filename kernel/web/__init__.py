"""The web UI: generated from entities and from the views that plugins declare, served by Flask and Jinja."""
