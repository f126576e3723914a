"""What the office keeps in order itself: what is missing, what is to change, kept answers."""
