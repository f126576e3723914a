"""Rule packs: their files, their schema, their examples, their class codes."""
