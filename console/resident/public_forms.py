"""Forms that anybody may send: bounded in size, time and number before anything of them is read."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator

from fastapi import Request

from console.context import UnusablePhoto
from console.posting import PostedForm, count_bytes, read_form
from console.problems import ForeignForm, FormTooLarge, FormTooSlow, PageProblem
from handlers.wording import resident_page as say

MOST_PHOTOS = 3
MOST_WORDS = 2_000
"""Characters of one field."""
_MOST_BYTES = 32 * 1024 * 1024
_WITHIN = 30.0
"""Seconds for a whole form, however slowly it trickles, and to wait for a turn."""
_AT_ONCE = 24
"""Forms in hand at once: each holds its photos in memory."""
TRAP = "website"
"""A field that no person sees, and that programs which fill in everything fill in."""
_PREVIEWS = re.compile(r"bot\b|spider|crawl|preview", re.IGNORECASE)


class LinkOver(PageProblem):
    """There is no such link, or it is over: nobody learns which."""

    slug, status = "link_over", 404

    def __init__(self) -> None:
        super().__init__(say.NO_SUCH_PAGE)


class PublicFormReader:
    """Reads the forms of one installation: a dependency of its routes, in hand until they have answered."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, request: Request) -> AsyncIterator[PostedForm]:
        """The form of this request. Raises PageProblem."""
        try:
            async with asyncio.timeout(_WITHIN):
                await self._turns.acquire()
        except TimeoutError as error:
            raise FormTooSlow from error
        try:
            yield await _read_bounded(request)
        finally:
            self._turns.release()


async def _read_bounded(request: Request) -> PostedForm:
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > _MOST_BYTES:
        raise FormTooLarge
    try:
        async with asyncio.timeout(_WITHIN):
            return await read_form(Request(request.scope, count_bytes(request, _MOST_BYTES)))
    except TimeoutError as error:
        raise FormTooSlow from error


def list_photos(posted: PostedForm) -> tuple[bytes, ...]:
    """The photos of a form. Raises UnusablePhoto where there are too many."""
    files = posted.list_files("photos")
    if len(files) > MOST_PHOTOS:
        raise UnusablePhoto(say.too_many_photos(MOST_PHOTOS))
    return files


def sign_form(token: str) -> str:
    """What a form on the page of this link carries: nobody makes it who does not have the link."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"form", hashlib.sha256).hexdigest()


def require_own_form(posted: PostedForm, token: str) -> None:
    """Raises ForeignForm where the form does not stand on the page of this link."""
    if not hmac.compare_digest(posted.text("form").encode(), sign_form(token).encode()):
        raise ForeignForm


def is_opened_by_person(request: Request) -> bool:
    """Whether somebody looks at the page: not what loads it beforehand, nor who shows a preview of links."""
    ahead = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return not any(ahead) and _PREVIEWS.search(request.headers.get("User-Agent", "")) is None
