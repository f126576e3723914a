"""One process of gridbot: which loops it runs, its heartbeat, and what it holds alone."""
