"""What people say next, learned from example sentences: signs in words that nobody wrote into the rules."""
