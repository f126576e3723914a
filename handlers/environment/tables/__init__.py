"""Tables of rules/ beside the time limits, and how any of them is read."""
