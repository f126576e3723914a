"""What did not arrive, cannot be opened or cannot be read: why, and what to do instead."""

from collections import Counter
from collections.abc import Sequence

from models.messages import PartKind

_NAMES = {PartKind.PHOTO: "照片", PartKind.VIDEO: "视频", PartKind.VOICE: "语音"}
_ORIGINAL = "发的时候请不要勾选「原图」"
_AGAIN = "请再发一次"
_REASONS = {
    "expired": ("没能收到", "已过期", _AGAIN),
    "unreachable": ("没能收到", "网络不通", _AGAIN),
    "not_kept": ("没能收到", "我们这边没有存下来", _AGAIN),
    "too_large": ("没能收到", "文件太大", "请压缩后再发"),
    "too_detailed": ("打不开", "像素太多", _ORIGINAL),
    "broken": ("打不开", "可能没有传完整", "请换一个再发"),
    "unknown_format": ("打不开", "格式不支持", "请截屏后再发"),
    "refused": ("没能收下", "文件不合要求", "请截屏后再发"),
}
_REASONS_BY_KIND = {
    (PartKind.PHOTO, "too_large"): ("没能收到", "文件太大", _ORIGINAL),
    (PartKind.PHOTO, "broken"): ("打不开", "可能没有传完整", "请重新拍一张，或截屏后再发"),
    (PartKind.VIDEO, "too_large"): ("没能收到", "文件太大", "请剪短后再发"),
    (PartKind.VIDEO, "too_detailed"): ("打不开", "画面太大", "请换低一档的清晰度再发"),
    (PartKind.VIDEO, "broken"): ("打不开", "可能没有传完整", "请重新录一段再发"),
    (PartKind.VOICE, "too_large"): ("没能收到", "文件太大", "请分几段说"),
    (PartKind.VOICE, "too_long"): ("没能收下", "超过 10 分钟", "请分几段说"),
    (PartKind.VOICE, "silk"): ("打不开", "是微信自己的 SILK 格式", "请按住说话直接发语音"),
    (PartKind.VOICE, "unknown_format"): ("打不开", "格式不支持", "请按住说话直接发语音"),
    (PartKind.VIDEO, "unknown_format"): ("打不开", "格式不支持", "请用手机重新录一段"),
    (PartKind.VOICE, "broken"): ("打不开", "可能没有传完整", "请重新录一段再发"),
}
"""What happened, why, and what to do: by the reason (slug), and where it differs, by the kind too."""


def lost_media(lost: Sequence[tuple[PartKind, str]], *, words: bool) -> str:
    """A note on files that nobody will see: (kind, reason slug) of each. `words`: the text arrived."""
    counts = Counter(one for one in lost if one[1] != "too_many")
    surplus = len(lost) - counts.total()
    return "".join(
        (
            *(_lost_phrase(kind, reason, count) for (kind, reason), count in counts.items()),
            f"一条消息最多收 9 张照片，后面 {surplus} 张没有收，请分开再发。" if surplus else "",
            "文字已经收下。" if words else "",
            "也可以直接用文字说明。" if counts and not words else "",
        )
    )


def _lost_phrase(kind: PartKind, reason: str, count: int) -> str:
    what, why, instead = _REASONS_BY_KIND.get((kind, reason)) or _REASONS.get(reason, _REASONS["unreachable"])
    number = f" {count} {'张' if kind is PartKind.PHOTO else '个'}" if count > 1 else ""
    return f"有{number}{_NAMES.get(kind, '文件')}{what}（{why}），{instead}。"


_UNREADABLE = {
    PartKind.LINK: "链接我打不开",
    PartKind.MINI_PROGRAM: "小程序我打不开",
    PartKind.FORWARD: "转发的聊天记录，我看不到里面的内容",
    PartKind.CONTACT_CARD: "名片我打不开",
    PartKind.RED_PACKET: "红包我不能收",
    PartKind.STICKER: "表情我看不懂",
    PartKind.LOCATION: "这个位置没有带上地址",
    PartKind.VOICE: "这段语音没有听清",
    PartKind.PHOTO: "照片没有传过来",
    PartKind.VIDEO: "视频没有传过来",
    PartKind.FILE: "文件没有传过来",
}


def unreadable_parts(kinds: Sequence[PartKind], *, understood: bool) -> str:
    """The answer to what the bot cannot read. `understood`: the words beside it were taken as they are."""
    what = "；".join(_UNREADABLE.get(kind, "这种消息我读不了") for kind in kinds)
    if understood:
        return f"{what}。要紧的请写成文字，或截屏发给我。"
    return f"{what}。请直接说什么问题、在哪里，也可以发照片或截屏。"
