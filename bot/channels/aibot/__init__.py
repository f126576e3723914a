"""The WeCom AI bot, by long connection and by callback (protocols: wecom-aibot)."""
