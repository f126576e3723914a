"""Fetch a file while its address is valid: only from configured hosts, never more bytes than allowed.

The body is decrypted as it arrives and written to a temporary file; the first plain bytes tell the
kind of file, and so how large it may be. The file is never in memory as a whole.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from bot.channels.base import FileGone, MediaSource, RefusedInput
from bot.channels.crypto import MediaDecryptor
from bot.config.settings import MediaSettings
from bot.media import kinds
from bot.media.errors import MediaBroken, MediaExpired, MediaRefused, MediaTooLarge, MediaUnreachable
from bot.media.kinds import FileKind
from bot.ops.private_files import make_private_folder
from models.messages import MediaRef, PartKind

INCOMING = ".incoming"
_HOPS = 3
_PADDING = 32
_PATIENCE = 240.0
"""Seconds for one file, however slowly it trickles: its address is good for 300."""
_GONE = {401, 403, 404, 410}
"""How the object store answers an expired address."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A decrypted file in `.incoming` of the media folder; the receiver moves or deletes it."""

    path: Path
    kind: FileKind
    size: int
    sha256: str
    name: str | None = None


class Download:
    """Writes encrypted or plain chunks as a checked plain file to `out`. Does no network I/O.

    `key` is the base64 AES key; None where the file is not encrypted. Raises MediaBroken for a bad key.
    """

    def __init__(self, out: IO[bytes], settings: MediaSettings, *, key: str | None) -> None:
        self._out = out
        self._settings = settings
        self._decryptor = _build_decryptor(key)
        self._head = b""
        self._hash = hashlib.sha256()
        self.kind = kinds.UNKNOWN
        self.size = 0

    @property
    def size_limit(self) -> int:
        """The size limit in bytes for the kind of file, as far as it is known."""
        limits = {PartKind.PHOTO: self._settings.max_photo, PartKind.VOICE: self._settings.max_voice}
        return limits.get(self.kind.part, self._settings.max_video)

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk. Raises MediaTooLarge once the plain bytes exceed the limit."""
        self._write(chunk if self._decryptor is None else self._decryptor.update(chunk))

    def finish(self) -> None:
        """Write the last block. Raises MediaBroken where it does not decrypt or nothing came at all."""
        if self._decryptor is not None:
            try:
                self._write(self._decryptor.finish())
            except RefusedInput as error:
                raise MediaBroken("decrypt_failed") from error
        if not self.size:
            raise MediaBroken("empty")

    @property
    def sha256(self) -> str:
        """SHA-256 of the plain bytes so far, as hex digits."""
        return self._hash.hexdigest()

    def _write(self, plain: bytes) -> None:
        if len(self._head) < kinds.HEAD:
            self._head = (self._head + plain)[: kinds.HEAD]
            self.kind = kinds.sniff(self._head)
        self.size += len(plain)
        if self.size > self.size_limit:
            raise MediaTooLarge(self.kind.mime)
        self._hash.update(plain)
        self._out.write(plain)


async def fetch(
    ref: MediaRef, *, source: MediaSource, settings: MediaSettings, client: httpx.AsyncClient
) -> FetchedFile:
    """Fetch a file and decrypt it.

    `source` is how the channel has its files. Its key (base64) is used where the file has none of its
    own; where both are None the file is not encrypted. Raises a MediaError. A body that does not
    decrypt is fetched once more: it may have been cut off.
    """
    try:
        return await _fetch_once(ref, source=source, settings=settings, client=client)
    except MediaBroken:
        return await _fetch_once(ref, source=source, settings=settings, client=client)


async def _fetch_once(
    ref: MediaRef, *, source: MediaSource, settings: MediaSettings, client: httpx.AsyncClient
) -> FetchedFile:
    with _open_temp_file(settings.folder / INCOMING) as out:
        download = Download(out, settings, key=ref.aeskey or source.key)
        if source.stream is None:
            await _download(ref.url, download, settings, client)
        else:
            await _read_stream(source.stream(ref, client), download)
    return FetchedFile(Path(out.name), download.kind, download.size, download.sha256, ref.name)


@contextmanager
def _open_temp_file(folder: Path) -> Iterator[IO[bytes]]:
    """A new file in the folder, deleted where the block raises."""
    make_private_folder(folder)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        try:
            yield out
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise


async def _download(
    address: str, download: Download, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    url = _check_url(address, settings.hosts)
    try:
        async with asyncio.timeout(_PATIENCE):
            for _ in range(_HOPS):
                async with client.stream("GET", url, follow_redirects=False) as answer:
                    if not answer.has_redirect_location:
                        return await _read_answer(answer, download)
                    url = _resolve_redirect(url, answer.headers["Location"], settings.hosts)
    except (httpx.TransportError, TimeoutError) as error:
        raise MediaUnreachable(type(error).__name__) from error
    raise MediaRefused("redirects")


async def _read_stream(chunks: AsyncIterator[bytes], download: Download) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in chunks:
                download.feed(chunk)
    except FileGone as error:
        raise MediaExpired("gone") from error
    except (httpx.TransportError, TimeoutError) as error:
        raise MediaUnreachable(type(error).__name__) from error
    download.finish()


async def _read_answer(answer: httpx.Response, download: Download) -> None:
    if answer.status_code in _GONE:
        raise MediaExpired(f"http_{answer.status_code}")
    if answer.status_code != 200:
        raise MediaUnreachable(f"http_{answer.status_code}")
    declared = answer.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > download.size_limit + _PADDING:
        raise MediaTooLarge("declared")
    async for chunk in answer.aiter_bytes():
        download.feed(chunk)
    download.finish()


def _check_url(address: str, hosts: tuple[str, ...]) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise MediaRefused("url") from error
    if url.scheme not in _DEFAULT_PORTS or url.userinfo or not url.host:
        raise MediaRefused("url")
    if not any(_matches(url, pattern.lower()) for pattern in hosts):
        raise MediaRefused("host")
    return url


def _matches(url: httpx.URL, pattern: str) -> bool:
    """`*.suffix` means below the suffix, on the usual port; an exact host without a port, on any."""
    host, _, port = pattern.partition(":")
    usual = _DEFAULT_PORTS[url.scheme]
    if host.startswith("*."):
        return url.host.endswith(host[1:]) and (url.port or usual) == (int(port) if port else usual)
    return url.host == host and (not port or (url.port or usual) == int(port))


def _resolve_redirect(url: httpx.URL, location: str, hosts: tuple[str, ...]) -> httpx.URL:
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise MediaRefused("url") from error
    if target.host != url.host:
        raise MediaRefused("redirect")
    return _check_url(str(target), hosts)


def _build_decryptor(key: str | None) -> MediaDecryptor | None:
    try:
        return MediaDecryptor(key) if key else None
    except ValueError as error:
        raise MediaBroken("key") from error
