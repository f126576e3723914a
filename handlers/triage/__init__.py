"""Understanding: pure functions from words and facts to a result with its reasons."""
