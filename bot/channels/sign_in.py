"""Signing in to pages with an account of a channel's platform: the port, and what WeChat and WeCom share."""

import re
from typing import Protocol
from urllib.parse import urlencode

_STATE = re.compile(r"[0-9A-Za-z]{1,128}")
LONGEST_CODE = 512
"""Characters of what a browser comes back with; what is longer is none."""


class SignInRefused(Exception):
    """Nobody is signed in; `slug`: code_over, no_member or unavailable."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class SignIn(Protocol):
    """Signing in to pages with an account of the channel's platform."""

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        """Where to send a browser, which comes back to `redirect_to` with `code` and `state`.

        `inside`: the platform's own browser. ValueError for a state that the platform does not take.
        """
        ...

    async def find_account(self, code: str) -> str:
        """The account id of whoever came back with this code. Raises SignInRefused."""
        ...


def require_state(state: str) -> None:
    """ValueError for a state that is not of 1 to 128 letters and digits: the platform takes no other."""
    if not _STATE.fullmatch(state):
        raise ValueError("a state is 1 to 128 letters and digits")


def build_url(base: str, *, app_id: str, redirect_to: str, state: str, **more: str) -> str:
    """Where to send a browser of the platform, which asks nothing there (网页授权, `snsapi_base`).

    The platform reads this address by a pattern: its fields stand in this order. `more`: fields of the
    platform's own. ValueError for a state that it does not take.
    """
    require_state(state)
    asked = {"appid": app_id, "redirect_uri": redirect_to, "response_type": "code", "scope": "snsapi_base"}
    query = urlencode({**asked, "state": state, **more})
    return f"{base.rstrip('/')}/connect/oauth2/authorize?{query}#wechat_redirect"
