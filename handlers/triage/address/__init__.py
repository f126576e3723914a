"""Where something is: places named in a text, and their parts."""
