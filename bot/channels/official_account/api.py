"""The account's interfaces over HTTP, each call with the token of all processes (official-account §1-7).

A token that the platform refuses is replaced once (`bot.channels.access_tokens`); what remains is the
channel's to judge.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.channels import http
from bot.channels.access_tokens import AccessTokens, Answer, TokenHeld
from bot.channels.base import Clock, FileGone, Outcome, OutcomeUnknown, RetryLater
from bot.channels.official_account import errors
from bot.channels.official_account.settings import OfficialAccountSettings
from models.database import Database

_SMALL = 64 * 1024
"""Bytes of an answer that is JSON where a file was asked for."""


class OfficialAccountAPI:
    """Calls of one account. Methods that take a client may be used on any event loop."""

    def __init__(self, settings: OfficialAccountSettings, database: Database, *, clock: Clock) -> None:
        self._settings = settings
        self._base = settings.api_base.rstrip("/")
        self._tokens = AccessTokens(
            database,
            account=f"official_account:{settings.app_id}",
            secret=settings.secret.get_secret_value(),
            fetch=self._fetch_token,
            refusals=errors.TOKEN_REFUSALS,
            clock=clock,
        )

    async def _fetch_token(self, client: httpx.AsyncClient, forced: bool) -> Answer:
        asked = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.secret.get_secret_value(),
            "force_refresh": forced,
        }
        return await http.post(client, f"{self._base}/cgi-bin/stable_token", json=asked)

    async def post(self, client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> Answer:
        """The answer of `/cgi-bin/{path}` to this JSON, or how the call failed."""
        url = f"{self._base}/cgi-bin/{path}"

        async def request(token: str) -> Answer:
            return await http.post(client, url, params={"access_token": token}, json=body)

        return await self._tokens.call(client, request)

    async def exchange_code(self, client: httpx.AsyncClient, code: str) -> Answer:
        """What `/sns/oauth2/access_token` says of the code that a page was opened with."""
        asked = {
            "appid": self._settings.app_id,
            "secret": self._settings.secret.get_secret_value(),
            "code": code,
            "grant_type": "authorization_code",
        }
        return await http.get(client, f"{self._base}/sns/oauth2/access_token", params=asked)

    async def upload(self, client: httpx.AsyncClient, data: bytes, *, name: str, kind: str) -> str | Outcome:
        """The media id of a file, good for three days; `kind`: `image`, `voice`, `video`, `thumb`."""
        url = f"{self._base}/cgi-bin/media/upload"

        async def request(token: str) -> Answer:
            files = {"media": (name, data, "application/octet-stream")}
            return await http.post(client, url, params={"access_token": token, "type": kind}, files=files)

        answer = await self._tokens.call(client, request)
        if isinstance(answer, OutcomeUnknown):
            return RetryLater(answer.reason, outage=True)  # nobody sees an upload, so it may be repeated
        if not isinstance(answer, Mapping):
            return answer
        media_id = answer.get("media_id")
        if isinstance(media_id, str) and media_id:
            return media_id
        code = http.errcode(answer)
        return errors.judge_send(code) if code else RetryLater("no_media_id")

    async def download(self, client: httpx.AsyncClient, media_id: str) -> AsyncIterator[bytes]:
        """The bytes of a file that somebody sent. Raises FileGone, or httpx's TransportError."""
        try:
            token = await self._tokens.get(client)
            try:
                async for chunk in self._read(client, media_id, token.value):
                    yield chunk
            except _TokenRefused:
                token = await self._tokens.replace(token, client)
                async for chunk in self._read(client, media_id, token.value):
                    yield chunk
            await self._tokens.confirm(token)
        except TokenHeld as held:
            raise httpx.ConnectError(held.outcome.reason) from held
        except SQLAlchemyError as error:
            raise httpx.ConnectError("no_database") from error

    async def _read(self, client: httpx.AsyncClient, media_id: str, token: str) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises FileGone, or httpx's TransportError."""
        url = f"{self._base}/cgi-bin/media/get"
        params = {"access_token": token, "media_id": media_id}
        async with client.stream("GET", url, params=params) as answer:
            if not _is_json(answer):
                async for chunk in _iterate(answer):
                    yield chunk
                return
            said = await _read_json(answer)
        # A video is named by an address of its own, which needs no token.
        async with client.stream("GET", _find_address(said)) as answer:
            async for chunk in _iterate(answer):
                yield chunk


class _TokenRefused(httpx.ReadError):
    """The platform wants another token, before a byte of the file."""


def _is_json(answer: httpx.Response) -> bool:
    kind = answer.headers.get("Content-Type", "").lower()
    return "json" in kind or kind.startswith("text/")


async def _read_json(answer: httpx.Response) -> Mapping[str, Any]:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _SMALL:
            raise FileGone
    try:
        found = json.loads(body)
    except ValueError as error:
        raise httpx.ReadError("answer_not_json") from error
    return found if isinstance(found, dict) else {}


async def _iterate(answer: httpx.Response) -> AsyncIterator[bytes]:
    if answer.status_code >= 500:
        raise httpx.ReadError(f"http_{answer.status_code}")
    if answer.status_code != 200:
        raise FileGone
    async for chunk in answer.aiter_bytes():
        yield chunk


def _find_address(said: Mapping[str, Any]) -> str:
    """Where the video is that an answer names instead of a file. Raises FileGone, or httpx's ReadError."""
    code = http.errcode(said, missing=0)
    if code in errors.TOKEN_REFUSALS:
        raise _TokenRefused(f"errcode_{code}")
    if code in errors.BUSY or code == errors.DAILY_QUOTA:
        raise httpx.ReadError(f"errcode_{code}")
    address = said.get("video_url")
    if code or not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise FileGone
    return address
