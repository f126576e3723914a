"""Calls to reporters that are drawn by lot, and who makes them."""
