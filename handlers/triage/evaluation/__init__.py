"""How well it is understood: the numbers of `gridbot rules eval`."""
