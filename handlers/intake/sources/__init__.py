"""What other offices pass on, one by one and in lists."""
