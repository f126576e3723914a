"""What a picture may cost to open, and how it is made to fit a platform's limits."""
