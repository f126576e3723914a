"""Text before any rule sees it: characters, numbers, homophones, common words."""
