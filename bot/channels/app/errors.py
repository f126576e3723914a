"""What the errcodes of an app's interfaces mean for a push (wecom-app.md §1, §3, §4, §5). Pure."""

from bot.channels.base import Outcome
from bot.channels.wecom.errors import ErrorTable

CARD_REFUSED = 40058
"""A malformed card, one whose task_id was used before, or a response code that is spent or over."""
_TABLE = ErrorTable(
    busy=frozenset({-1, 6000, 846601, 846602}),
    # The app may not do this, is disabled, or its address is not among 企业可信IP.
    not_allowed=frozenset({48002, 50003, 60020, 301002}),
    # Nobody who could read it: not in the app's visible range, no member any more, no such group.
    receiver_gone=frozenset({60011, 60111, 81013, 86001, 86003, 40050}),
)


def judge_errcode(code: int) -> Outcome:
    """What an errcode means for the push; 0: delivered."""
    return _TABLE.judge(code)
