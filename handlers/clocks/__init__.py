"""The time limits of a case: started, paused, extended and resumed with its state."""
