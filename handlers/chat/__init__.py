"""One message in its chat: who said it, which case it means, what it may be waiting for."""
