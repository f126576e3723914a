"""Calls to WeCom: each with the account's token, once more with another where that one is over."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from bot.channels import http
from bot.channels.access_tokens import AccessToken, AccessTokens, Answer, TokenHeld
from bot.channels.base import Clock, FileGone, OutcomeUnknown, RetryLater
from bot.channels.wecom.settings import CorpSettings
from models.database import Database
from models.messages import MediaRef

TOKEN_REFUSED = frozenset({40014, 41001, 42001})
"""The token is over or none: another one helps. Here 40001 is a wrong secret and nothing else."""
MEDIA_EXPIRED = frozenset({40007, 40145})

_RESUMES = 5
"""How often a download that broke off is taken up where it stopped."""


class CorpInterfaces:
    """What one account of a corporation may call: an app, or the customer service."""

    def __init__(self, settings: CorpSettings, *, account: str, database: Database, clock: Clock) -> None:
        """`account`: whose token it is, kind and ids, e.g. `app:wwCORP1:1000002`."""
        self._base = settings.api_base.rstrip("/")
        self._corp_id = settings.corp_id
        self._secret = settings.secret.get_secret_value()
        self._tokens = AccessTokens(
            database,
            account=account,
            secret=self._secret,
            fetch=self._fetch_token,
            refusals=TOKEN_REFUSED,
            clock=clock,
        )

    async def post(self, client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> Answer:
        """The answer to a POST of JSON to `/cgi-bin/{path}`, or what its failure means for a push."""
        return await self._call(client, lambda token: self._post(client, path, token, body))

    async def get(self, client: httpx.AsyncClient, path: str, **query: str) -> Answer:
        """The answer to a GET of `/cgi-bin/{path}`, or what its failure means."""
        return await self._call(
            client,
            lambda token: http.get(client, self._url(path), params={"access_token": token, **query}),
        )

    async def upload(self, client: httpx.AsyncClient, data: bytes, *, kind: str, name: str) -> Answer:
        """The answer to an upload, which nobody sees, so that it may be repeated.

        `kind`: image, voice, video or file.
        """
        # Not to be known before: a file that holds it would write fields of its own.
        boundary = secrets.token_hex(16)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        body = _build_form(data, name, boundary)

        async def request(token: str) -> Answer:
            query = {"access_token": token, "type": kind}
            url = self._url("media/upload")
            return await http.post(client, url, params=query, content=body, headers=headers)

        answer = await self._call(client, request)
        return RetryLater(answer.reason, outage=True) if isinstance(answer, OutcomeUnknown) else answer

    async def download(self, ref: MediaRef, client: httpx.AsyncClient) -> AsyncIterator[bytes]:
        """The bytes of a file by its media id, taken up again where the connection broke off.

        Raises FileGone, or httpx's TransportError where another try may help.
        """
        done = 0
        for left in reversed(range(_RESUMES + 1)):
            try:
                async for chunk in self._read_from(ref.url, done, client):
                    done += len(chunk)
                    yield chunk
                return
            except httpx.TransportError:
                # A file of which nothing comes is asked for again by whoever wanted it.
                if not (left and done):
                    raise

    async def _call(self, client: httpx.AsyncClient, request: Callable[[str], Awaitable[Answer]]) -> Answer:
        return await self._tokens.call(client, request)

    async def _post(
        self, client: httpx.AsyncClient, path: str, token: str, body: Mapping[str, Any]
    ) -> Answer:
        return await http.post(client, self._url(path), params={"access_token": token}, json=body)

    async def _fetch_token(self, client: httpx.AsyncClient, _forced: bool) -> Answer:
        query = {"corpid": self._corp_id, "corpsecret": self._secret}
        return await http.get(client, self._url("gettoken"), params=query)

    async def _read_from(self, media_id: str, start: int, client: httpx.AsyncClient) -> AsyncIterator[bytes]:
        """The bytes from `start` on."""
        try:
            token = await self._tokens.get(client)
            async with self._open_file(media_id, start, token, client) as answer:
                code = await _read_errcode(answer)
                if code is None:
                    async for chunk in _skip_known(answer, start):
                        yield chunk
                    return
            if code not in TOKEN_REFUSED:
                raise _describe_refusal(code)
            token = await self._tokens.replace(token, client)
            async with self._open_file(media_id, start, token, client) as answer:
                if (code := await _read_errcode(answer)) is not None:
                    raise _describe_refusal(code)
                await self._tokens.confirm(token)
                async for chunk in _skip_known(answer, start):
                    yield chunk
        except TokenHeld as held:
            raise httpx.ConnectError(held.outcome.reason) from held

    def _open_file(self, media_id: str, start: int, token: AccessToken, client: httpx.AsyncClient) -> Any:
        query = {"access_token": token.value, "media_id": media_id}
        headers = {"Range": f"bytes={start}-"} if start else {}
        return client.stream("GET", self._url("media/get"), params=query, headers=headers)

    def _url(self, path: str) -> str:
        return f"{self._base}/cgi-bin/{path}"


def _describe_refusal(code: int) -> Exception:
    return FileGone() if code in MEDIA_EXPIRED else httpx.ReadError(f"errcode_{code}")


async def _read_errcode(answer: httpx.Response) -> int | None:
    """The errcode of an answer that is no file; None where it is one."""
    if answer.status_code not in (200, 206):
        raise httpx.ReadError(f"http_{answer.status_code}")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/plain", "text/json"):
        return None
    # A file that calls itself a text has a name.
    if kind == "text/plain" and "filename" in answer.headers.get("Content-Disposition", ""):
        return None
    found = re.search(rb'"errcode"\s{0,8}:\s{0,8}(-?\d{1,9})', (await answer.aread())[:4096])
    return int(found[1]) if found else -1


async def _skip_known(answer: httpx.Response, start: int) -> AsyncIterator[bytes]:
    """The bytes from `start` on, also where the platform sends the whole file again."""
    skip = start if answer.status_code == 200 else 0
    async for chunk in answer.aiter_bytes():
        fresh = chunk[skip:]
        skip -= len(chunk) - len(fresh)
        if fresh:
            yield fresh


def _build_form(data: bytes, name: str, boundary: str) -> bytes:
    """The one field of an upload, its name in both spellings: what reads one may not read the other."""
    plain = re.sub(r"[^A-Za-z0-9._-]{1,200}", "_", name) or "file"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="media"; filename="{plain}"; '
        f"filename*=UTF-8''{quote(name, safe='')}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
