"""Slash commands: parsing, finding the case that is meant, and one small module a family."""
