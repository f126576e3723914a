"""How good triage is: the numbers of `gridbot rules eval`."""
