"""Template cards: what a case shows in which chat, and what its buttons do."""
