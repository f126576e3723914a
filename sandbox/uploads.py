"""Files that were uploaded: whole, or in chunks over the long connection (init, any order, finish)."""

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from sandbox import media
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError, read_number, read_string
from sandbox.world import Blob, Message

CHUNK_BYTES = 512 * 1024
MAX_CHUNKS = 100
_MB = 1024 * 1024
_SIZES = {"image": 10 * _MB, "voice": 2 * _MB, "video": 10 * _MB, "file": 20 * _MB}
_TYPES = {
    "image": {"image/png", "image/jpeg", "image/gif"},
    "voice": {"audio/amr"},
    "video": {"video/mp4"},
}
_BAD_TYPE, _BAD_FILE_TYPE, _BAD_SIZE, _BAD_ID, _BAD_VIDEO_SIZE = 40004, 40005, 40006, 40007, 40011


@dataclass(slots=True)
class Upload:
    """An upload under way; `size` is in bytes, `started` in Unix seconds."""

    bot_id: str
    kind: str
    filename: str
    size: int
    chunks: int
    md5: str
    started: float
    received: dict[int, bytes] = field(default_factory=dict)


class Uploads:
    """The uploads of one tenant. They outlive a connection: the bot may go on after a reconnect."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._open: dict[str, Upload] = {}

    def init(self, bot_id: str, body: Json) -> Json:
        """Start an upload; the answer has its upload_id. Raises PlatformError for bad sizes, kinds or md5."""
        kind = str(body.get("type"))
        size, chunks = read_number(body, "total_size"), read_number(body, "total_chunks")
        check_size(kind, size)
        if not 1 <= chunks <= MAX_CHUNKS or size > chunks * CHUNK_BYTES:
            raise PlatformError(BAD_PARAMS, "total_chunks does not fit total_size")
        filename = read_string(body, "filename", limit=256)
        md5 = read_string(body, "md5").lower()
        if not re.fullmatch("[0-9a-f]{32}", md5):
            raise PlatformError(BAD_PARAMS, "md5 must be 32 hex digits")
        self._tenant.take_upload_quota(bot_id)
        upload_id = "UP" + secrets.token_hex(16)
        now = self._tenant.clock.now()
        self._open[upload_id] = Upload(bot_id, kind, filename, size, chunks, md5, now)
        return {"upload_id": upload_id}

    def chunk(self, bot_id: str, body: Json) -> Json:
        """Take one base64 chunk. Raises PlatformError where the index or the size is out of range."""
        upload = self._find(bot_id, body)
        index = read_number(body, "chunk_index") - self._tenant.options.chunk_base
        if not 0 <= index < upload.chunks:
            raise PlatformError(BAD_PARAMS, "chunk_index out of range")
        try:
            data = base64.b64decode(read_string(body, "base64_data"), validate=True)
        except binascii.Error as error:
            raise PlatformError(BAD_PARAMS, "base64_data is not base64") from error
        if len(data) > CHUNK_BYTES:
            raise PlatformError(_BAD_SIZE, "chunk exceeds 512 KiB")
        upload.received[index] = data
        return {}

    def finish(self, bot_id: str, body: Json) -> Json:
        """Put the chunks together; the answer has the media_id.

        Raises PlatformError where chunks are missing, or size, md5 or kind do not match the start.
        """
        upload = self._find(bot_id, body)
        if len(upload.received) != upload.chunks:
            raise PlatformError(BAD_PARAMS, "chunks are missing")
        data = b"".join(upload.received[index] for index in range(upload.chunks))
        if len(data) != upload.size:
            raise PlatformError(_BAD_SIZE, "total_size does not match")
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != upload.md5:
            raise PlatformError(BAD_PARAMS, "md5 does not match")
        media_id = store_file(self._tenant, bot_id, upload.kind, name=upload.filename, data=data)
        del self._open[body["upload_id"]]
        return {
            "type": upload.kind,
            "media_id": media_id,
            "created_at": str(int(self._tenant.clock.now())),
        }

    def _find(self, bot_id: str, body: Json) -> Upload:
        upload = self._open.get(str(body.get("upload_id")))
        ttl = self._tenant.options.upload_ttl
        if upload is None or upload.bot_id != bot_id or upload.started + ttl <= self._tenant.clock.now():
            raise PlatformError(_BAD_ID, "invalid or expired upload_id")
        return upload


def store_file(tenant: Tenant, owner: str, kind: str, *, name: str, data: bytes) -> str:
    """Keep a file for the bot, app or account with this id; its media id.

    Raises PlatformError where it is not of this kind, or too large or small for one.
    """
    check_size(kind, len(data))
    check_kind(kind, data)
    blob = tenant.world.store_blob(data, name=name, mime=media.guess_mime(data, name))
    return tenant.media_ids.store(owner, kind, blob)


def find_sent_file(tenant: Tenant, owner: str, media_id: str) -> Blob:
    """The file that somebody sent to the owner. Raises PlatformError."""
    if tenant.faults.gone_media.take() is not None:
        raise PlatformError(40007, "invalid media_id")
    return tenant.media_ids.find(owner, None, media_id)


def attach_file(tenant: Tenant, owner: str, part: Json, draft: Message) -> None:
    """Put the owner's file that the part names into a message of its kind. Raises PlatformError."""
    blob = tenant.media_ids.find(owner, draft.msgtype, part.get("media_id"))
    if draft.msgtype == "image":
        draft.photos.append(blob)
    else:
        draft.attachment = blob


def check_size(kind: str, size: int) -> None:
    """Raise PlatformError where there is no such kind, or a file of it may not have so many bytes."""
    if kind not in _SIZES:
        raise PlatformError(_BAD_TYPE, "invalid media type")
    if not 5 < size <= _SIZES[kind]:
        raise PlatformError(_BAD_VIDEO_SIZE if kind == "video" else _BAD_SIZE, f"invalid {kind} size")


def check_kind(kind: str, data: bytes) -> None:
    """Raise PlatformError where the first bytes are not of this kind; file names are not trusted."""
    wanted = _TYPES.get(kind)
    if wanted is not None and media.sniff_mime(data) not in wanted:
        raise PlatformError(_BAD_FILE_TYPE, f"the file is not a {kind}")
