"""Training: from labelled messages, addresses and corrections to rules that a person can read."""
