"""Webhooks: what happens to cases, told to other systems."""
