"""Words that only keep up manners: thanks, acknowledgements, emoji; pure."""

import re

_EMOJI = re.compile(
    r"\[(?!链接|小程序|聊天记录|名片|红包|位置|语音|图片|视频|文件)[^\[\]\s]{1,8}\]|[^\w\[\]]+|_+|[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+"
)
_MANNERS = re.compile(
    r"(?:收到|好的|好嘞|好咧|好哒|好滴|好吧|好|嗯+|哦+|噢+|喔+|晓得了|晓得哒|晓得|知道了|知道啦|知道|明白了|明白|了解|要得|得嘞|行|可以|中|ok|"
    r"thx|tks|thanks|3q|3x|有劳了|有劳|劳驾了|谢谢|多谢|感谢|谢了|谢啦|谢|辛苦|费心|麻烦|感激|劳烦|没事|没关系|不客气|不用谢|客气|是的|对的|对|没错|"
    r"您|你们?|大家|各位|领导|师傅|同志|网格员|社区|政府|小编|亲|们|了|啦|啊|呀|哈|哟|哦|喽|咯|嘞|呢|吧|的|哒|滴|噻|撒|嗲|太|非常|十分|真|很|都|就|也|先|那|帮忙|支持|理解|关心|"
    r"同意|赞|支持|加油|点赞|顶|给力|早|安|晚上好|早上好|上午好|下午好|中午好|大家好|你好|您好|早安|晚安|再见|拜拜|哈+|呵呵|嘻嘻|嘿嘿|笑死|666+|1|\+1){1,12}+"
)
_LONGEST = 24


_VERDICT = re.compile(r"(?:好|可以|行|没事|妥|成|都好)(?:了|啦|咯|喽|哒)(?:吧|的|呢)?")
"""A plain yes, which is an answer where one was asked for."""
_OPENING = re.compile(
    r"(?:您好|你好|领导好|师傅好|领导您好|师傅您好|喂|哈喽|hello|hi)[\s，,。.!！~～、]{1,3}", re.IGNORECASE
)
_THANKS_BUT = re.compile(
    r"(?:谢谢|感谢|多谢|谢了|谢|辛苦|难为|劳烦|麻烦)[^，。！？；,.!?;\s]{0,10}[，。！,.!\s]{1,3}(?=(?:不过|但是|可是|只是|就是|但)(?!分))"
)
"""Thanks before a 不过: what comes after it is what is meant."""
_CLOSING = re.compile(
    r"[\s，,。.!！~～、]{0,3}(?:谢谢你们了|谢谢你们|谢谢您|谢谢了|谢谢啦|谢谢啊|谢谢|多谢|辛苦了|辛苦你们了|麻烦了|麻烦你们了|感谢|拜托了)?"
    r"[\s，,。.!！~～👍🙏🌹💐👏❤️😊]{0,6}\Z"
)


def strip_manners(text: str) -> str:
    """The text without its greeting and its thanks: they change nothing of what is said.

    Thanks are left out at the end, and before a 不过.

    The whole text, where nothing else is left.
    """
    opened = _OPENING.match(text)
    start = opened.end() if opened is not None else 0
    if (thanked := _THANKS_BUT.match(text, start)) is not None:
        start = thanked.end()
    closed = _CLOSING.search(text, start)
    end = closed.start() if closed is not None else len(text)
    core = text[start:end]
    return text if not core.strip() or is_courtesy(core) else core + text[end:][: _asks_at_end(text, end)]


def _asks_at_end(text: str, end: int) -> int:
    """How much of what was cut off is a stop that belongs to the sentence."""
    return 1 if text[end : end + 1] in ("。", "！", "!") else 0


def is_courtesy(text: str) -> bool:
    """Whether the words are manners and nothing else: 好的谢谢, 收到, 👍."""
    bare = _EMOJI.sub("", text).lower()
    if _VERDICT.fullmatch(bare):
        return False
    return len(bare) <= _LONGEST and (not bare or _MANNERS.fullmatch(bare) is not None)
