"""One process of gridbot: the loops it runs, its heartbeat, and the locks it holds."""
