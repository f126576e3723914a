"""Engines on this machine, each in a process of its own: what stands on photos, what is said in voices."""
