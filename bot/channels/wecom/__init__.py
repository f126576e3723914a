"""What the channels of WeCom have in common: how its messages call their kinds, and how people call a bot."""
