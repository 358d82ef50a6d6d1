"""The verbs by which an administrator adds fields to entities, changes them, removes them and brings them back."""
