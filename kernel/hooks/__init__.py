"""Hooks ask and others answer; signals tell and others react, now or after the commit."""
