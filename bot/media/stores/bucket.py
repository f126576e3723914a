"""Files in a bucket that speaks S3, by way of the media folder.

What is in the folder has not been moved yet; it counts as stored all the same, and is looked for there first.
A file is deleted from the folder once the bucket has taken it whole, so that one is always found in either:
on this machine, that is. Another machine of a fleet finds it a moment later.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from bot.config.storage import BucketStorage
from bot.media.fetching import INCOMING
from bot.media.stores.base import StoreUnreachable
from bot.media.stores.folder import HASH, FolderStore
from bot.ops.private_files import make_private_folder

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_PROBE = ".gridbot-check"
_PART = 8 * 1024**2
"""Bytes of one part of a large file. Two are under way at once, and no more is in memory."""
_PARTS_AT_ONCE = 2


class BucketStore:
    """A bucket as a `MediaStore`, before which the media folder stands."""

    def __init__(self, settings: BucketStorage, folder: Path) -> None:
        self.folder = folder
        self._local = FolderStore(folder)
        self._bucket = _open_bucket(settings)

    @contextmanager
    def open_file(self, name: str) -> Iterator[Path]:
        """A copy of the file, which is gone after the block."""
        local = self._local.locate(name)
        aside = self.folder / INCOMING
        make_private_folder(aside)
        with tempfile.TemporaryDirectory(dir=aside) as own:
            path = Path(own) / Path(name).name
            try:
                # It may be moved away while it is read.
                os.link(local, path)
            except FileNotFoundError:
                self._download(name, path)
            yield path

    def list_copies(self, sha256: str) -> list[str]:
        """See `MediaStore`."""
        prefix = f"{sha256[:2]}/{sha256}"
        found = set(self._local.list_copies(sha256))
        # By the segment of the path alone: a listing begins at the hash and ends behind it.
        for name, _ in self._iter_listed(sha256[:2], offset=prefix):
            if not name.startswith(prefix):
                break
            found.add(name)
        return sorted(found)

    def iter_old(self, before: datetime) -> Iterator[str]:
        """See `MediaStore`."""
        yield from self._local.iter_old(before)
        for name, modified in self._iter_listed():
            if len(Path(name).name.partition(".")[0]) == HASH and modified < before:
                yield name

    def delete(self, names: Iterable[str]) -> None:
        """See `MediaStore`."""
        gone = list(names)
        self._local.delete(gone)
        with _translate_errors():
            obstore.delete(self._bucket, gone)

    def check(self) -> None:
        """See `MediaStore`."""
        with _translate_errors():
            obstore.put(self._bucket, _PROBE, b"gridbot")
            obstore.head(self._bucket, _PROBE)
            obstore.delete(self._bucket, _PROBE)

    def move_files(self, *, is_stopping: Callable[[], bool]) -> int:
        """Move what is in the media folder into the bucket, until `is_stopping`; how many files.

        Raises StoreUnreachable: the files that were not moved stay where they are.
        """
        count = 0
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if is_stopping():
                break
            try:
                with _translate_errors():
                    obstore.put(
                        self._bucket,
                        str(path.relative_to(self.folder)),
                        path,
                        chunk_size=_PART,
                        max_concurrency=_PARTS_AT_ONCE,
                    )
            except FileNotFoundError:
                continue  # another process of this machine has moved or deleted it
            path.unlink(missing_ok=True)
            count += 1
        return count

    def _download(self, name: str, path: Path) -> None:
        with _translate_errors(), path.open("wb") as out:
            for chunk in obstore.get(self._bucket, name).stream(min_chunk_size=1024**2):
                out.write(chunk)

    def _iter_listed(
        self, prefix: str | None = None, *, offset: str | None = None
    ) -> Iterator[tuple[str, datetime]]:
        """Name and time of what is in the bucket, in the order of names."""
        with _translate_errors():
            for some in obstore.list(self._bucket, prefix, offset=offset):
                for each in some:
                    yield each["path"], each["last_modified"]


def _open_bucket(settings: BucketStorage) -> S3Store:
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": settings.bucket_in_host,
        # Not every service that speaks S3 takes the request that deletes many.
        "disable_bulk_delete": True,
    }
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    if settings.access_key is not None and settings.secret_key is not None:
        config["access_key_id"] = settings.access_key.get_secret_value()
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    client: ClientConfig = {
        "allow_http": True,
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(minutes=2),
    }
    retries: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
    return S3Store(
        settings.bucket, prefix=settings.prefix, config=config, client_options=client, retry_config=retries
    )


@contextmanager
def _translate_errors() -> Iterator[None]:
    """What obstore raises, as what a `MediaStore` does."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if "NoSuchBucket" in str(error):
            raise StoreUnreachable("no_bucket") from error
        raise FileNotFoundError("not in the bucket") from error
    except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
        raise StoreUnreachable("denied") from error
    except BaseError as error:
        raise StoreUnreachable("away", type(error).__name__) from error
