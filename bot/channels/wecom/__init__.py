"""What the channels of WeCom share: interfaces, files, JSON, its kinds of messages, how people call a bot."""
