"""Reasons why a file could not be fetched or stored, or what is said in it not be found out.

MediaError
├── MediaExpired      the address is no longer valid
├── MediaTooLarge     larger than configured
├── MediaRefused      a host, an address or a content that is not allowed
│   ├── MediaTooDetailed  more pixels than are decoded
│   ├── MediaNoPhoto      a photo was wanted
│   ├── MediaTooLong      more seconds than are decoded
│   └── MediaSilk         a voice of a kind that cannot be decoded
├── MediaBroken       wrong key, cut off, or not what it claims to be
├── MediaUnreachable  the network failed                            (retryable)
├── SpeechRefused     the speech engine does not take it, whenever it is asked
└── SpeechUnreachable the speech engine does not answer             (retryable)
"""

from typing import ClassVar


class MediaError(Exception):
    """The root. `detail` is for the log: it never holds an address, a name or anything personal."""

    slug: ClassVar[str]
    """Stable name for logs, metrics and `LostFile.reason`."""
    retryable: ClassVar[bool] = False
    """Whether another try while the address is valid may help."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.slug)
        self.detail = detail


class MediaExpired(MediaError):
    """The address is no longer valid: it is good for five minutes."""

    slug = "expired"


class MediaTooLarge(MediaError):
    """The file is larger than the configuration allows for its kind."""

    slug = "too_large"


class MediaRefused(MediaError):
    """The host, the address or the content is not allowed."""

    slug = "refused"


class MediaTooDetailed(MediaRefused):
    """The picture has more pixels than are decoded of one."""

    slug = "too_detailed"


class MediaNoPhoto(MediaRefused):
    """Only a photo is taken here, and this is none."""

    slug = "no_photo"


class MediaTooLong(MediaRefused):
    """The voice goes on for longer than is decoded of one."""

    slug = "too_long"


class MediaSilk(MediaRefused):
    """A voice as personal WeChat keeps it (SILK v3), which FFmpeg does not decode."""

    slug = "silk"


class MediaBroken(MediaError):
    """The file does not decrypt or decode, or is empty."""

    slug = "broken"


class MediaUnreachable(MediaError):
    """The network or the server failed; a later try may succeed."""

    slug = "unreachable"
    retryable = True


class SpeechRefused(MediaError):
    """The speech engine takes no such question: wrong key, wrong model, no such service."""

    slug = "speech_refused"


class SpeechUnreachable(MediaError):
    """The speech engine does not answer, or not with words; a later try may succeed."""

    slug = "speech_unreachable"
    retryable = True


class PhotoUnread(MediaError):
    """The engine for what stands on photos did not answer, or cannot open this one."""

    slug = "photo_unread"
