"""Files into the AI bot's gateway: serial chunks, and ids remembered while they are good (§6)."""

import asyncio
import base64
import hashlib
from collections import OrderedDict
from pathlib import Path

from bot.channels.aibot import errors
from bot.channels.aibot.connection import Ack, AckMissing, FrameNotSent, GatewayConnection
from bot.channels.aibot.errors import SendMethodRefused
from bot.channels.base import Delivered, Outcome, RetryLater, RouteRefused, StoredFile
from bot.channels.pictures import image_fit
from bot.channels.text_limits import shorten_bytes

CHUNK = 512 * 1024
_SIZES = {"image": range(6, 10 * 1024**2 + 1), "file": range(6, 20 * 1024**2 + 1)}
_GOOD_FOR = 2.5 * 86_400
"""Seconds; the platform says 3 days."""
_REMEMBERED = 500


class MediaUploader:
    """Uploads of one bot. The same file goes to several groups, and uploads are scarce (30 a minute)."""

    def __init__(self, *, timeout: float) -> None:
        self._timeout = timeout
        self._ids: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    async def get_media_id(self, link: GatewayConnection, file: StoredFile, *, kind: str) -> str | Outcome:
        """The platform's id of the file, uploaded if need be, or the outcome that prevents it.

        `kind` is `image` or `file`.
        """
        try:
            data = await asyncio.to_thread(_load_file, file.path, kind)
        except OSError:
            return RouteRefused("file_missing")
        if len(data) not in _SIZES[kind]:
            return RouteRefused("file_size")
        key = (kind, hashlib.sha256(data).hexdigest())
        known, until = self._ids.get(key, ("", 0.0))
        if known and asyncio.get_running_loop().time() < until:
            return known
        uploaded = await self._upload(link, data, name=file.name, kind=kind)
        if isinstance(uploaded, str):
            self._remember(key, uploaded)
        return uploaded

    def forget_all(self) -> None:
        """Forget every id, since the platform called one expired: none of the others can be trusted."""
        self._ids.clear()

    async def _upload(self, link: GatewayConnection, data: bytes, *, name: str, kind: str) -> str | Outcome:
        try:
            return await self._send_chunks(link, data, name=name, kind=kind)
        except FrameNotSent:
            return RetryLater("not_connected", after=2.0, uncounted=True)
        except AckMissing:
            # Nobody sees an upload, so it may be repeated.
            return RetryLater("upload_timeout", outage=True)

    async def _send_chunks(
        self, link: GatewayConnection, data: bytes, *, name: str, kind: str
    ) -> str | Outcome:
        chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        init = await self._request_step(
            link,
            "init",
            type=kind,
            filename=_fit_name(name),
            total_size=len(data),
            total_chunks=len(chunks),
            md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        )
        upload_id = init.body.get("upload_id")
        if init.code or not upload_id:
            return _judge_refusal(init)
        # One after the other: three at once timed out against the real gateway.
        for index, chunk in enumerate(chunks):
            encoded = base64.b64encode(chunk).decode()
            ack = await self._request_step(
                link, "chunk", upload_id=upload_id, chunk_index=index, base64_data=encoded
            )
            if ack.code:
                return _judge_refusal(ack)
        finish = await self._request_step(link, "finish", upload_id=upload_id)
        media_id = finish.body.get("media_id")
        return media_id if not finish.code and isinstance(media_id, str) else _judge_refusal(finish)

    async def _request_step(self, link: GatewayConnection, step: str, **body: object) -> Ack:
        return await link.request(f"aibot_upload_media_{step}", body, patience=self._timeout)

    def _remember(self, key: tuple[str, str], media_id: str) -> None:
        self._ids[key] = (media_id, asyncio.get_running_loop().time() + _GOOD_FOR)
        if len(self._ids) > _REMEMBERED:
            self._ids.popitem(last=False)


def _load_file(path: Path, kind: str) -> bytes:
    """The bytes to upload. Raises OSError. A photo of more bytes than an image may have is made smaller."""
    data = path.read_bytes()
    limit = _SIZES[kind].stop - 1
    return image_fit.fit(path, limit) or data if kind == "image" and len(data) > limit else data


def _judge_refusal(ack: Ack) -> Outcome:
    verdict = errors.judge_ack(ack.code)
    if isinstance(verdict, Delivered):
        return RetryLater("upload_id_missing")
    return errors.refuse_route(verdict.code) if isinstance(verdict, SendMethodRefused) else verdict


def _fit_name(name: str) -> str:
    """At most 256 bytes, with its extension kept."""
    path = Path(name or "file")
    return shorten_bytes(path.stem, 250 - len(path.suffix.encode())) + path.suffix
