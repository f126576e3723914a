"""The acceptance stories, through real sockets."""
