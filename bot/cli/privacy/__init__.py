"""Commands around the data of people."""
