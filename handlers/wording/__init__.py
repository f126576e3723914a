"""Every Chinese sentence the bot says, by who hears it."""
