"""Evaluation: the numbers of `gridbot rules eval` and the findings of `gridbot rules check`."""
