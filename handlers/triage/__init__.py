"""Triage: pure functions from a text and facts to a result with its reasons."""
