"""Which class, nature and urgency a text has, and which words decided it."""
