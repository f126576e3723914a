"""The levels a matter is handled at, who answers for each, and where rules say who ends what."""
