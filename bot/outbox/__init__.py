"""Pushes on their way out: claimed lane by lane, routed, sent, settled, or parked."""
