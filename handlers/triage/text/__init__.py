"""Text before any rule looks at it: characters, numbers, homophones, common words."""
