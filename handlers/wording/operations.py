"""What the page about the program itself says: letters that were parked, and why."""

PURPOSES = {
    "receipt": "回执",
    "answer": "给报事人的答复",
    "reply": "值班员的答复",
    "order": "任务",
    "reminder": "提醒",
    "card": "卡片",
    "notice": "通知",
}
MESSAGE = "来信"
VERSIONS = {"rules": "识别规则", "schema": "数据库结构"}
DISKS = {"database": "数据库", "media": "照片和文件"}
_REASONS = {
    "no_route": "没有送得到的路",
    "chat_gone": "群或会话已经不在",
    "budget_over": "对方这段时间不能再收",
    "returned": "平台收下后又退回",
    "ack_timeout": "平台没有回音，不知道送到没有",
}


def may_not_operate() -> str:
    return "运行情况只给管理员和区值班员看。"


def reason(slug: str) -> str:
    """Why a letter was parked."""
    return _REASONS.get(slug, slug or "原因不明")


def no_such_letter() -> str:
    return "没有这封搁置的信，可能别人已经重新排队了。"


def size(count: int) -> str:
    """Bytes, as people read them."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit in ("B", "KB") else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
