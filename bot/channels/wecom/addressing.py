"""The mention of the bot in people's words: `@网格助手 长江路有垃圾`. Pure."""

import re

from models.normalization import normalize_text


def strip_address(text: str, bot_name: str, *, guess: bool) -> str:
    """The words without `@机器人`; with `guess`, a leading @ of another spelling of the name goes too."""
    text = normalize_text(text)
    if "@" not in text:
        return text
    name = r"\s{1,4}".join(re.escape(word) for word in normalize_text(bot_name).split())
    stripped = re.sub(rf"\A\s*@{name}\s*", "", text) if name else text
    if stripped == text and guess:
        stripped = re.sub(r"\A\s*@\S+(?:\s+|\Z)", "", text)
    return re.sub(rf"(?<![A-Za-z0-9])@{name}(?![A-Za-z0-9_.])[^\S\n]*", "", stripped) if name else stripped
