"""People of an organisation file beyond their row: who has left, further posts, who takes part."""
