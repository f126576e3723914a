"""Who opened a page in WeChat or WeCom, without asking them anything (网页授权, `snsapi_base`).

The platform reads this address by a pattern: its fields stand in this order.
"""

import re
from urllib.parse import urlencode

_STATE = re.compile(r"[0-9A-Za-z]{1,128}")
LONGEST_CODE = 512
"""Characters of what a browser comes back with; what is longer is none."""


def require_state(state: str) -> None:
    """ValueError for a state that is not of 1 to 128 letters and digits: the platform takes no other."""
    if not _STATE.fullmatch(state):
        raise ValueError("a state is 1 to 128 letters and digits")


def build_url(base: str, *, app_id: str, redirect_to: str, state: str, **more: str) -> str:
    """Where to send a browser of the platform; it comes back to `redirect_to` with `code` and `state`.

    `more`: fields of the platform's own. ValueError for a state that it does not take.
    """
    require_state(state)
    asked = {"appid": app_id, "redirect_uri": redirect_to, "response_type": "code", "scope": "snsapi_base"}
    query = urlencode({**asked, "state": state, **more})
    return f"{base.rstrip('/')}/connect/oauth2/authorize?{query}#wechat_redirect"
