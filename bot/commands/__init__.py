"""The commands of `gridbot`, one small module a family."""
