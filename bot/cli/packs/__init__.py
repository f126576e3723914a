"""Commands for rule packs: check, test, measure, learn, adopt suggestions."""
