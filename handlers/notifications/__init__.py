"""Who is notified of an event, in what words, in which chats; and notices to many people."""
