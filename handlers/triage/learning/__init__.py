"""From labelled messages, addresses and corrections to rules a person can read."""
