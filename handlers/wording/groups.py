"""Words about groups that are heard and cannot be spoken in, and about questions that nobody answers there."""

ANSWERED_IN_GROUP = "已在群里答复"
TAKEN_BACK = "（报告人撤回了这条消息）"
PIECE_TAKEN_BACK = "我撤回了一条消息，请不要再用"


def relay(group: str, words: str) -> str:
    """To whoever can speak in a group: what to paste there, and why it is asked of them."""
    return f"我不能在「{group}」里说话。请把下面这段复制到群里，当作答复：\n\n{words}"


def relay_photo(group: str) -> str:
    """Beside a photo that belongs to it."""
    return f"请一并发到「{group}」"


def forward_notice(group: str, words: str) -> str:
    """To whoever can speak in a group: a notice for everybody there."""
    return f"请转发到「{group}」：\n\n{words}"


def unanswered_question(group: str, at: str, words: str, waited: str, lead: str) -> str:
    """A resident asked something in a group and nobody answered; `at`: 10:03; `lead`: name, may be empty."""
    who = f"{lead}，请" if lead else "这个网格没有网格长，请值班员"
    span = f"{waited}钟" if waited.endswith("分") else waited
    return f"「{group}」{at} 有居民问「{words}」，{span}没有人回答。{who}到群里答一句。"
