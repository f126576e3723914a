"""Triage: pure functions from the words of a message and facts about it to a result with its reasons."""
