"""The kind of a file by its first bytes: names and declared types lie (a `.png` was a JPEG). Pure."""

from dataclasses import dataclass

from models.messages import PartKind

HEAD = 64
"""How many first bytes `sniff` needs."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file counts as in a message, its MIME type, and the suffix it is stored under."""

    part: PartKind
    mime: str
    suffix: str


UNKNOWN = FileKind(PartKind.FILE, "application/octet-stream", ".bin")
_JPEG = FileKind(PartKind.PHOTO, "image/jpeg", ".jpg")
_WEBP = FileKind(PartKind.PHOTO, "image/webp", ".webp")
_WAV = FileKind(PartKind.VOICE, "audio/wav", ".wav")
_MP3 = FileKind(PartKind.VOICE, "audio/mpeg", ".mp3")
_MP4 = FileKind(PartKind.VIDEO, "video/mp4", ".mp4")
_HEIC = FileKind(PartKind.PHOTO, "image/heic", ".heic")
_AVIF = FileKind(PartKind.PHOTO, "image/avif", ".avif")

SILK = FileKind(PartKind.VOICE, "audio/silk", ".silk")
"""Voices of personal WeChat, in which a stray byte stands before the name of the format."""

_BMP = FileKind(PartKind.PHOTO, "image/bmp", ".bmp")
_BMP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}
"""Sizes of the header in a bitmap: two letters alone may begin any text."""

_STARTS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind(PartKind.PHOTO, "image/png", ".png")),
    (b"GIF87a", FileKind(PartKind.PHOTO, "image/gif", ".gif")),
    (b"GIF89a", FileKind(PartKind.PHOTO, "image/gif", ".gif")),
    (b"#!AMR-WB\n", FileKind(PartKind.VOICE, "audio/amr-wb", ".amr")),
    (b"#!AMR\n", FileKind(PartKind.VOICE, "audio/amr", ".amr")),
    (b"#!SILK_V3", SILK),
    (b"\x02#!SILK_V3", SILK),
    (b"ID3", _MP3),
    (b"\xff\xfb", _MP3),
    (b"\xff\xfa", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
    (b"\xff\xe3", _MP3),
    (b"\xff\xf1", FileKind(PartKind.VOICE, "audio/aac", ".aac")),
    (b"\xff\xf9", FileKind(PartKind.VOICE, "audio/aac", ".aac")),
    (b"OggS", FileKind(PartKind.VOICE, "audio/ogg", ".ogg")),
    (b"fLaC", FileKind(PartKind.VOICE, "audio/flac", ".flac")),
    (b"\x1aE\xdf\xa3", FileKind(PartKind.VIDEO, "video/webm", ".webm")),
    (b"0&\xb2u\x8ef\xcf\x11", FileKind(PartKind.VIDEO, "video/x-ms-asf", ".asf")),
    (b"%PDF-", FileKind(PartKind.FILE, "application/pdf", ".pdf")),
    (b"PK\x03\x04", FileKind(PartKind.FILE, "application/zip", ".zip")),
)
_RIFF = {b"WEBP": _WEBP, b"WAVE": _WAV, b"AVI ": FileKind(PartKind.VIDEO, "video/x-msvideo", ".avi")}
_BRANDS = {
    b"qt  ": FileKind(PartKind.VIDEO, "video/quicktime", ".mov"),
    b"M4A ": FileKind(PartKind.VOICE, "audio/mp4", ".m4a"),
    b"heic": _HEIC,
    b"heix": _HEIC,
    b"hevc": _HEIC,
    b"mif1": _HEIC,
    b"msf1": _HEIC,
    b"avif": _AVIF,
}


def sniff(head: bytes) -> FileKind:
    """The kind of a file that begins with these bytes (HEAD are enough); UNKNOWN where nothing matches.

    What may hold pictures as well as sound counts as a video until somebody has looked for the pictures.
    """
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        # The general brand mif1 is made specific by the compatible brands that follow.
        general = head[8:12] == b"mif1" and b"avif" in head[16:]
        return _AVIF if general else _BRANDS.get(head[8:12], _MP4)
    if head[:2] == b"BM" and head[14:18] in _BMP_HEADERS:
        return _BMP
    return next((kind for start, kind in _STARTS if head.startswith(start)), UNKNOWN)
