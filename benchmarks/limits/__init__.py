"""The limits: the same work done by SQLAlchemy or Flask alone, with nothing that Trellis adds."""
