"""What a file is, by its first bytes: names and declared types lie (a `.png` was a JPEG). Pure."""

from dataclasses import dataclass

from models.messages import PartKind

HEAD = 64
"""So many first bytes are enough."""


@dataclass(frozen=True, slots=True)
class Kind:
    part: PartKind
    mime: str
    suffix: str


UNKNOWN = Kind(PartKind.FILE, "application/octet-stream", ".bin")
_JPEG = Kind(PartKind.PHOTO, "image/jpeg", ".jpg")
_WEBP = Kind(PartKind.PHOTO, "image/webp", ".webp")
_WAV = Kind(PartKind.VOICE, "audio/wav", ".wav")
_MP3 = Kind(PartKind.VOICE, "audio/mpeg", ".mp3")
_MP4 = Kind(PartKind.VIDEO, "video/mp4", ".mp4")
_HEIC = Kind(PartKind.PHOTO, "image/heic", ".heic")
_AVIF = Kind(PartKind.PHOTO, "image/avif", ".avif")

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind(PartKind.PHOTO, "image/png", ".png")),
    (b"GIF87a", Kind(PartKind.PHOTO, "image/gif", ".gif")),
    (b"GIF89a", Kind(PartKind.PHOTO, "image/gif", ".gif")),
    (b"#!AMR-WB\n", Kind(PartKind.VOICE, "audio/amr-wb", ".amr")),
    (b"#!AMR\n", Kind(PartKind.VOICE, "audio/amr", ".amr")),
    (b"ID3", _MP3),
    (b"\xff\xfb", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
    (b"OggS", Kind(PartKind.VOICE, "audio/ogg", ".ogg")),
    (b"%PDF-", Kind(PartKind.FILE, "application/pdf", ".pdf")),
    (b"PK\x03\x04", Kind(PartKind.FILE, "application/zip", ".zip")),
)
_RIFF = {b"WEBP": _WEBP, b"WAVE": _WAV}
_BRANDS = {
    b"qt  ": Kind(PartKind.VIDEO, "video/quicktime", ".mov"),
    b"M4A ": Kind(PartKind.VOICE, "audio/mp4", ".m4a"),
    b"heic": _HEIC,
    b"heix": _HEIC,
    b"hevc": _HEIC,
    b"mif1": _HEIC,
    b"msf1": _HEIC,
    b"avif": _AVIF,
}


def sniff(head: bytes) -> Kind:
    """The kind of a file that begins like this; anything unknown is a file nobody opens for us."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        # A file of the general brand says further on which kind it is.
        general = head[8:12] == b"mif1" and b"avif" in head[16:]
        return _AVIF if general else _BRANDS.get(head[8:12], _MP4)
    return next((kind for start, kind in _STARTS if head.startswith(start)), UNKNOWN)
