"""Who hears of an event, in what words, on which chats; and notices to many."""
