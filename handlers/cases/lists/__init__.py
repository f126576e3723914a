"""Lists of cases as pages show them: the folders of a desk, and their rows with what can be done at once."""
