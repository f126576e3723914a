"""A browser that is sent to somebody who knows whose it is, and comes back with what it took along."""

import secrets
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

_COOKIE = "gridbot_state"
_LASTS = 600
"""Seconds that somebody may stay away."""


def new_state() -> str:
    """What a browser takes along, in letters and digits, as every platform takes it."""
    return secrets.token_hex(16)


def send_away(url: str, state: str, wanted: str, *, way: str, secure: bool) -> Response:
    """To `url`; `wanted`: where to go on to afterwards; `way`: beneath it the browser comes back."""
    answer = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    answer.set_cookie(
        _COOKIE, f"{state}.{quote(wanted, safe='')}", max_age=_LASTS, path=way,
        httponly=True, secure=secure, samesite="lax",
    )  # fmt: skip
    return answer


def read_return(request: Request, state: str) -> tuple[str, bool]:
    """Where to go on to, and whether this browser was sent away from here with this state."""
    expected, _, wanted = request.cookies.get(_COOKIE, "").partition(".")
    is_ours = bool(expected) and secrets.compare_digest(state.encode(), expected.encode())
    return keep_inside(unquote(wanted)), is_ours


def finish(answer: Response, *, way: str, secure: bool) -> Response:
    """The answer to a return, which is good once."""
    answer.delete_cookie(_COOKIE, path=way, httponly=True, secure=secure)
    return answer


def keep_inside(wanted: str) -> str:
    """The address to go on to, if it is one of ours, else `/`: a link never leads to another site."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/login"))
    is_clean = "\\" not in wanted and all(char > " " and char != "\x7f" for char in wanted)
    return wanted if is_path and is_clean else "/"
