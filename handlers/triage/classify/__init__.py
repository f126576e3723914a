"""The class, nature and urgency of a text, and the words that decided them."""
