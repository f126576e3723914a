"""Whose accounts are whose: joined by their holders, or kept by the corporation they work for."""
