"""Files of reports: those that nobody can open, and what stands written on photos."""
