"""Activities: what is to be done about a record, by whom, by when; their types, and plans of several."""
