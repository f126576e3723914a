"""A case: its events, its assignments, who may do what with it, how it is shown."""
