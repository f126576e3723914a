"""Place names and addresses: the place named in a text, and the labelled parts of an address."""
