"""Cases in the terminal, and what other offices pass on and are answered."""
