"""Why a file could not be had.

MediaError
├── MediaExpired      its few minutes are over
├── MediaTooLarge     beyond the configured size
├── MediaRefused      a host, an address or a content that is not taken
├── MediaBroken       wrong key, cut off, or not what it says it is
└── MediaUnreachable  the network, now                                  (retryable)
"""

from typing import ClassVar


class MediaError(Exception):
    """`detail` is for the log: no address, no name, nothing personal."""

    slug: ClassVar[str]
    """Stable name for logs, metrics and `Lost.why`."""
    retryable: ClassVar[bool] = False
    """Trying again while the address is valid may help."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.slug)
        self.detail = detail


class MediaExpired(MediaError):
    slug = "expired"


class MediaTooLarge(MediaError):
    slug = "too_large"


class MediaRefused(MediaError):
    slug = "refused"


class MediaBroken(MediaError):
    slug = "broken"


class MediaUnreachable(MediaError):
    slug = "unreachable"
    retryable = True
