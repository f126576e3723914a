"""The program killed at any moment: nothing acknowledged is lost, nothing is doubled."""
