"""Links, forwards, cards and the like, of which the bot sees no more than the kind."""

import re

from models.messages import Incoming, PartKind

_STAND_INS = {
    "链接": PartKind.LINK,
    "小程序": PartKind.MINI_PROGRAM,
    "聊天记录": PartKind.FORWARD,
    "名片": PartKind.CONTACT_CARD,
    "红包": PartKind.RED_PACKET,
    "表情": PartKind.STICKER,
    "动画表情": PartKind.STICKER,
    "位置": PartKind.LOCATION,
    "位置共享": PartKind.LOCATION,
    "语音": PartKind.VOICE,
    "图片": PartKind.PHOTO,
    "视频": PartKind.VIDEO,
    "文件": PartKind.FILE,
}
_STAND_IN = re.compile(rf"\A\s{{0,4}}[\[【]({'|'.join(_STAND_INS)})[\]】]")
"""What a client puts in the place of something that it does not pass on as what it is."""
_ADDRESS = re.compile(r"\A\s{0,4}https?://\S{1,4000}\s{0,4}\Z")


def find_unreadable_kinds(incoming: Incoming) -> tuple[PartKind, ...]:
    """The kinds of what cannot be read in the message, its quote, or the text that stands for it."""
    if incoming.unreadable_kinds:
        return incoming.unreadable_kinds
    for text in (incoming.text, incoming.quoted_text):
        if (found := _STAND_IN.match(text)) is not None:
            return (_STAND_INS[found[1]],)
        if _ADDRESS.match(text):
            return (PartKind.LINK,)
    return ()


def says_nothing_else(incoming: Incoming) -> bool:
    """Whether nothing of the message or of its quote can be read."""
    readable = incoming.text or incoming.quoted_text or incoming.media_parts() or incoming.point is not None
    return bool(incoming.unreadable_kinds) and not readable
