"""`docs/channels.md`, generated from what channels declare of themselves: `make docs` writes it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.channels.declaration import ChannelDeclaration
from bot.channels.registry import SHIPPED_KINDS
from bot.channels.settings import ChannelSettings
from handlers.wording.formats import format_span
from models.account_ids import WECOM
from models.messages import CardPush, CaseEventPush, FilePush, PartKind, PhotoPush, TextPush

CHANNELS_PAGE = Path(__file__).resolve().parents[3] / "docs" / "channels.md"

_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
_DOOR = {"secret": "secret", "token": "token", "aes_key": _KEY}
_SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "智能机器人，长连接": {"kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "secret"},
    "智能机器人，URL 回调": {
        "kind": "aibot", "mode": "callback", "bot_id": "AIB1", "bot_name": "网格助手", "token": "token",
        "aes_key": _KEY,
    },
    "消息推送（群机器人）": {"kind": "webhook"},
    "群机器人回调（内测）": {
        "kind": "group_robot", "bot_name": "网格助手", "key": "key", "token": "token", "aes_key": _KEY,
    },
    "自建应用": {"kind": "app", "corp_id": "wwCORP1", "agent_id": 1000002, **_DOOR},
    "公众号，没有模板": {"kind": "official_account", "app_id": "wxAPP1", **_DOOR},
    "公众号，有模板": {
        "kind": "official_account", "app_id": "wxAPP1", **_DOOR,
        "template": {"id": "TPL", "fields": {"what": "thing2"}},
    },
    "微信客服": {"kind": "kf", "corp_id": "wwCORP1", **_DOOR, "hand_over": "pool"},
    "会话内容存档": {
        "kind": "archive", "corp_id": "wwCORP1", "secret": "secret", "library": "sdk.so",
        "private_keys": {1: "archive-1.pem"},
    },
    "其他系统": {"kind": "subscriber", "url": "https://example.gov.cn/events", "secret": "s" * 24},
}  # fmt: skip
"""Each way in which a channel may be configured that changes what it declares, by its name."""
_PARTS = {
    PartKind.TEXT: "文字",
    PartKind.PHOTO: "照片",
    PartKind.VOICE: "语音",
    PartKind.VIDEO: "视频",
    PartKind.FILE: "文件",
    PartKind.LOCATION: "位置",
}
_PUSHES = {
    TextPush: "文字",
    CardPush: "卡片",
    PhotoPush: "照片",
    FilePush: "文件",
    CaseEventPush: "事件的变化",
}
_HEAD = """# 渠道能做什么

这一页由 `make docs` 从各渠道自己的声明（`bot/channels/*/settings.py`）写成，不要手改。

**收**：人能从这里送来什么。**发**：程序能送出什么。**听群**：群里的话送得到。**@ 人**：真的响铃。
**改卡片**：发出以后多久内还能改。**主动**：没有人先说话也能发；“回答”是只能在一句话之后的这段时间里发。
**条数**：一句话（或一次扫码、点菜单）之后最多发几条。**工作人员**：在这里说话，算不算工作人员。

| 渠道 | `kind` | 收 | 发 | 听群 | @ 人 | 改卡片 | 主动 | 条数 | 工作人员 |
|---|---|---|---|---|---|---|---|---|---|
"""


def build_channels_page() -> str:
    """The Markdown text of `docs/channels.md`. ValueError where a kind that ships has no row."""
    settings = {name: SHIPPED_KINDS.parse_settings(dict(sample)) for name, sample in _SAMPLES.items()}
    if missing := SHIPPED_KINDS.names - {sample["kind"] for sample in _SAMPLES.values()}:
        raise ValueError(f"no sample of {', '.join(sorted(missing))}")
    return _HEAD + "".join(_build_row(name, one) for name, one in settings.items())


def _build_row(name: str, settings: ChannelSettings) -> str:
    kind = str(_SAMPLES[name]["kind"])
    cells = (name, f"`{kind}`", *_describe(settings.declare()))
    return f"| {' | '.join(cell or '—' for cell in cells)} |\n"


def _describe(declared: ChannelDeclaration) -> Iterator[str]:
    can = declared.capabilities
    yield "、".join(name for kind, name in _PARTS.items() if kind in can.receives)
    yield "、".join(name for kind, name in _PUSHES.items() if kind in can.sends)
    yield "是" if can.receives and can.hears_groups and not declared.is_terse else ""
    yield "是" if can.mention else ""
    yield _format_length(can.card_update_window) if can.card_update_window is not None else ""
    lives = max(declared.handle_lifetimes.values(), default=None)
    yield f"回答，{_format_length(lives)}" if can.answers_only and lives is not None else "是"
    yield "、".join(
        f"{_format_length(declared.handle_lifetimes[kind])}内 {count} 条"
        for kind, count in declared.budgets.items()
    )
    yield "算" if declared.provider == WECOM and can.receives else ""


def _format_length(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} 秒" if length < timedelta(minutes=1) else format_span(length)
