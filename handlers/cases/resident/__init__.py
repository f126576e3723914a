"""What a resident sees and may do of their own case on a page, by a link that is theirs alone."""
