"""Files on their way to the bot (encrypted links that expire) and from it (media ids of uploads)."""

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
    """A file behind a link; `expires` is in Unix seconds."""

    blob: Blob
    key: str
    expires: float


class Links:
    """Signed URLs of encrypted files. Each has its own key and lives `media_ttl` seconds."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._links: dict[str, Link] = {}
        self.base_url = options.base_url

    def seal(self, blob: Blob, *, bot_key: str = "") -> Json:
        """The `url` and `aeskey` of a new link; in callback mode the key is `bot_key` and is not sent."""
        key = bot_key or crypto.new_key(url_safe=self._options.url_safe_keys)
        token = secrets.token_urlsafe(18)
        expires = self._clock.now() + self._options.media_ttl
        self._links[token] = Link(blob, key, expires)
        link: Json = {"url": f"{self.base_url}/media/{token}"}
        if not bot_key:
            link["aeskey"] = key
        if self._options.media_extras:
            link |= {
                "md5": hashlib.md5(blob.data, usedforsecurity=False).hexdigest(),
                "file_size": len(blob.data),
                "filename": blob.name,
            }
        return link

    def open(self, token: str) -> tuple[Blob, bytes] | None:
        """The file and its ciphertext, or None where the link is unknown or expired."""
        link = self._links.get(token)
        if link is None or link.expires <= self._clock.now():
            return None
        return link.blob, crypto.encrypt_bytes(link.blob.data, crypto.decode_key(link.key))

    def expire_all(self) -> None:
        """Let every link expire now."""
        self._links.clear()


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file under a media_id; `expires` is in Unix seconds."""

    owner: str
    kind: str
    blob: Blob
    expires: float


class MediaIds:
    """media_id to file, for one owner (a bot, an app or a webhook key) and three days."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._stored: dict[str, StoredMedia] = {}

    def store(self, owner: str, kind: str, blob: Blob) -> str:
        """Keep a file for its owner; the new media_id."""
        media_id = "MID" + secrets.token_urlsafe(24)
        expires = self._clock.now() + self._options.media_id_ttl
        self._stored[media_id] = StoredMedia(owner, kind, blob, expires)
        return media_id

    def find(self, owner: str, kind: str | None, media_id: object) -> Blob:
        """The file; `kind` None: of any. Raises PlatformError for an unknown or expired id, or one of another
        kind or owner.
        """
        stored = self._stored.get(media_id) if isinstance(media_id, str) else None
        if stored is None or stored.owner != owner:
            raise PlatformError(40007, "invalid media_id")
        if stored.expires <= self._clock.now():
            raise PlatformError(40145, "media_id expired")
        if kind is not None and stored.kind != kind:
            raise PlatformError(40004, f"media_id is a {stored.kind}, not a {kind}")
        return stored.blob


def sniff_mime(data: bytes) -> str | None:
    """The MIME type by the first bytes, or None."""
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
    """The MIME type by the first bytes, else by the suffix of the name."""
    return sniff_mime(data) or mimetypes.guess_type(name)[0] or "application/octet-stream"
