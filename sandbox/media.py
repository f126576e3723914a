"""Files on their way out and in: encrypted one-off links, and media ids made by uploads."""

import hashlib
import mimetypes
import secrets
from dataclasses import dataclass

from sandbox import crypto
from sandbox.options import Clock, Options
from sandbox.wire import Json, PlatformError
from sandbox.world import Blob


@dataclass(frozen=True, slots=True)
class Link:
    blob: Blob
    key: str
    expires: float


class Links:
    """Signed URLs of encrypted files. Each one has its own key and lives `media_ttl` seconds."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._links: dict[str, Link] = {}
        self.base_url = options.base_url

    def seal(self, blob: Blob, *, bot_key: str = "") -> Json:
        """What a message says about a file. With `bot_key` (callback mode) no aeskey is told."""
        key = bot_key or crypto.new_key()
        token = secrets.token_urlsafe(18)
        expires = self._clock.now() + self._options.media_ttl
        self._links[token] = Link(blob, key, expires)
        told: Json = {"url": f"{self.base_url}/media/{token}"}
        if not bot_key:
            told["aeskey"] = key
        if self._options.media_extras:
            told |= {
                "md5": hashlib.md5(blob.data, usedforsecurity=False).hexdigest(),
                "file_size": len(blob.data),
                "filename": blob.name,
            }
        return told

    def open(self, token: str) -> tuple[Blob, bytes] | None:
        """The file and its ciphertext, or None when the link is unknown or expired."""
        link = self._links.get(token)
        if link is None or link.expires <= self._clock.now():
            return None
        return link.blob, crypto.encrypt_bytes(link.blob.data, crypto.decode_key(link.key))

    def expire_all(self) -> None:
        self._links.clear()


@dataclass(frozen=True, slots=True)
class StoredMedia:
    owner: str
    kind: str
    blob: Blob
    expires: float


class MediaIds:
    """media_id -> file, for one owner (a bot or a webhook key) and three days."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._stored: dict[str, StoredMedia] = {}

    def store(self, owner: str, kind: str, blob: Blob) -> str:
        media_id = "MID" + secrets.token_urlsafe(24)
        expires = self._clock.now() + self._options.media_id_ttl
        self._stored[media_id] = StoredMedia(owner, kind, blob, expires)
        return media_id

    def find(self, owner: str, kind: str, media_id: object) -> Blob:
        stored = self._stored.get(media_id) if isinstance(media_id, str) else None
        if stored is None or stored.owner != owner:
            raise PlatformError(40007, "invalid media_id")
        if stored.expires <= self._clock.now():
            raise PlatformError(40145, "media_id expired")
        if stored.kind != kind:
            raise PlatformError(40004, f"media_id is a {stored.kind}, not a {kind}")
        return stored.blob


def sniff_mime(data: bytes) -> str | None:
    """The kind of a file by its first bytes, as a MIME type."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"#!AMR"):
        return "audio/amr"
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return None


def guess_mime(data: bytes, name: str) -> str:
    return sniff_mime(data) or mimetypes.guess_type(name)[0] or "application/octet-stream"
