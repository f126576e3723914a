"""What the errcodes of customer service mean (wecom-external.md B). Pure.

The sheet lists 95000, 95004, 95011, 95012, 95014, 95017, 95018, 40096, 40201 and 48002. 95001, 95002 and
95013 stand in the platform's list of all errcodes alone: UNVERIFIED.
"""

from bot.channels.base import Outcome, RetryLater, RouteRefused
from bot.channels.wecom.errors import ErrorTable

STATE_INVALID = 95018
NO_SUCH_ACCOUNT = frozenset({95000, 95004})
WINDOW_OVER = frozenset({95001, 95002, 95013, STATE_INVALID})
"""Too many, too late, ended, or in the hands of a person: nothing more until the customer writes again."""
_TABLE = ErrorTable(
    busy=frozenset({-1, 6000}),
    # The account is blocked, or the app may not do this, or not from here.
    not_allowed=frozenset({40201, 48002, 60020, 95011, 95012, 95017, 301002}),
    receiver_gone=frozenset({40096}),
)


def judge_errcode(code: int) -> Outcome:
    """What an errcode means for a push, whatever way it went; 0: delivered."""
    return _TABLE.judge(code)


def judge_send(code: int, *, handle: int, once: bool) -> Outcome:
    """What an errcode means for a push that used this reply handle (id).

    `once`: the code of an event, which is spent or over whatever the platform says of it.
    """
    outcome = judge_errcode(code)
    over = code in WINDOW_OVER or code in NO_SUCH_ACCOUNT or (once and isinstance(outcome, RouteRefused))
    if over and not (isinstance(outcome, RouteRefused) and outcome.chat_gone):
        # The next look finds whether there is another way.
        return RetryLater(f"errcode_{code}", after=0.0, uncounted=True, used_handle=handle)
    return outcome


def may_blame_token(code: int) -> bool:
    """Whether messages may be had without the token that came with a call; no sheet says what one that is
    over is answered with.
    """
    return code not in NO_SUCH_ACCOUNT and isinstance(judge_errcode(code), RouteRefused)
