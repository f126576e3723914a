"""config.yaml: read, validated, explained in the words of the person who wrote it."""
