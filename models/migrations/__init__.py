"""Schema changes, oldest first. Made with `make migration NAME=…`, read by `models.schema`."""
