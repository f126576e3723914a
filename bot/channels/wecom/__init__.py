"""What the channels of one WeCom corporation share: its interfaces, its files, its JSON."""
