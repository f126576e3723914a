"""Rules as the running process sees them: watched files, local rules, and the environment built from them."""
