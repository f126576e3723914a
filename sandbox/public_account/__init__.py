"""Official accounts and their followers (wechat-official-account.md): another platform, at /wechat here."""
