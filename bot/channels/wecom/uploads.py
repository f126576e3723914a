"""Files on their way to the platform, whose ids are remembered while they are good (wecom-app.md §3)."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.channels import http
from bot.channels.base import (
    Clock,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from bot.channels.pictures import image_fit
from bot.channels.wecom.interfaces import CorpInterfaces

_SIZES = {"image": range(6, 10 * 1024**2 + 1), "file": range(6, 20 * 1024**2 + 1)}
_GOOD_FOR = timedelta(hours=60)
"""The platform says 3 days."""
_REMEMBERED = 500


class CorpUploads:
    """Uploads of one account. The same file goes to several people."""

    def __init__(self, api: CorpInterfaces, *, judge: Callable[[int], Outcome], clock: Clock) -> None:
        """`judge`: what an errcode means for the push."""
        self._api = api
        self._judge = judge
        self._clock = clock
        self._ids: OrderedDict[tuple[str, str], tuple[str, datetime]] = OrderedDict()

    async def find_media_id(self, client: httpx.AsyncClient, file: StoredFile, *, kind: str) -> str | Outcome:
        """The platform's id of the file, uploaded if need be, or the outcome that prevents it.

        `kind` is `image` or `file`.
        """
        try:
            data = await asyncio.to_thread(_load_file, file.path, kind)
        except OSError:
            return RouteRefused("file_missing")
        if data is None or len(data) not in _SIZES[kind]:
            return RouteRefused("file_size")
        key = (kind, hashlib.sha256(data).hexdigest())
        media_id, until = self._ids.get(key, ("", None))
        if until is not None and self._clock() < until:
            return media_id
        uploaded = await self.upload(client, data, kind=kind, name=file.name)
        if isinstance(uploaded, str):
            self._ids[key] = (uploaded, self._clock() + _GOOD_FOR)
            if len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)
        return uploaded

    def forget_all(self) -> None:
        """Forget every id, since the platform called one expired: none of the others can be trusted."""
        self._ids.clear()

    async def upload(self, client: httpx.AsyncClient, data: bytes, *, kind: str, name: str) -> str | Outcome:
        """The platform's id of these bytes, or the outcome that prevents it."""
        answer = await self._api.upload(client, data, kind=kind, name=name)
        if isinstance(answer, Outcome):
            return answer
        outcome = self._judge(http.errcode(answer))
        if not isinstance(outcome, Delivered):
            return outcome
        media_id = answer.get("media_id")
        return media_id if isinstance(media_id, str) and media_id else RetryLater("no_media_id")


def _load_file(path: Path, kind: str) -> bytes | None:
    """The bytes to upload; None for a photo that cannot be made small enough. Raises OSError."""
    return image_fit.fit(path, _SIZES[kind].stop - 1) if kind == "image" else path.read_bytes()
