"""A posted form: taken from our own pages only, no larger than it may be, with its fields and photos."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from console.problems import ForeignForm, FormTooLarge, FormTooSlow

MAX_FORM = 100 * 1024 * 1024
"""Bytes of a whole form: nine photos of a phone."""
MAX_FIELDS = 64 * 1024
"""Bytes of a form without photos."""
WITHIN = 120.0
"""Seconds for a whole form, however slowly it trickles."""
MAX_FILES = 9
_MAX_FIELDS = 200
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PostedForm:
    """The fields of a form by their names; texts without blanks around them, files that are not empty."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[bytes]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The field, "" where it was not sent."""
        return next(iter(self.texts.get(name, ())), "")

    def list_texts(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be sent several times, those that say nothing left out."""
        return tuple(value for value in self.texts.get(name, ()) if value)

    def list_files(self, name: str) -> tuple[bytes, ...]:
        """The files chosen in this field."""
        return tuple(self.files.get(name, ()))

    def compute_digest(self) -> str:
        """16 characters that tell this form from the same one filled in otherwise, as after going back."""
        digest = hashlib.sha256(repr(sorted(self.texts.items())).encode("utf-8", "surrogatepass"))
        for name in sorted(self.files):
            for data in self.files[name]:
                digest.update(hashlib.sha256(data).digest())
        return digest.hexdigest()[:16]


async def read_form(request: Request) -> PostedForm:
    """The form of this request, with photos. Raises ForeignForm, FormTooLarge, FormTooSlow."""
    return await _read_form(request, MAX_FORM)


async def read_fields(request: Request) -> PostedForm:
    """A form of a few words, such as anybody may post. Raises ForeignForm, FormTooLarge, FormTooSlow."""
    return await _read_form(request, MAX_FIELDS)


async def _read_form(request: Request, most: int) -> PostedForm:
    require_own_origin(request)
    try:
        async with asyncio.timeout(WITHIN):
            return await _parse_form(request, most)
    except TimeoutError as error:
        raise FormTooSlow from error


async def _parse_form(request: Request, most: int) -> PostedForm:
    texts: dict[str, list[str]] = {}
    files: dict[str, list[bytes]] = {}
    counted = Request(request.scope, count_bytes(request, most))
    async with counted.form(max_files=MAX_FILES, max_fields=_MAX_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if data := await value.read():
                    files.setdefault(name, []).append(data)
            else:
                texts.setdefault(name, []).append(value.replace("\0", "").strip())
    return PostedForm(texts, files)


Posted = Annotated[PostedForm, Depends(read_form)]
"""The form that a route was posted, which somebody who is known may fill with photos."""
PostedFields = Annotated[PostedForm, Depends(read_fields)]
"""The form of a few words that a route was posted."""


def require_own_origin(request: Request) -> None:
    """Raises ForeignForm where the browser says that the form stands on a page of somebody else.

    Old browsers say nothing, and pages without a referrer say `null`: a token in the form or in the
    address must be enough there.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm
    origin = request.headers.get("Origin", "null")
    if origin == "null":
        return
    sent = urlsplit(origin)
    if _spell_host(sent.scheme, sent.netloc) != _spell_host(sent.scheme, request.headers.get("Host", "")):
        raise ForeignForm


def _spell_host(scheme: str, netloc: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{netloc}")
        return (parts.hostname or "").lower(), parts.port or _PORTS.get(scheme)
    except ValueError:
        return "", None


def count_bytes(request: Request, most: int = MAX_FORM) -> Receive:
    """What receives this request's body, and raises FormTooLarge beyond so many bytes."""
    left = most

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise FormTooLarge
        return message

    return receive
