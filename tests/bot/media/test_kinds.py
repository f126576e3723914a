"""First bytes decide."""

import pytest

from bot.media.kinds import sniff
from models.messages import PartKind


@pytest.mark.parametrize(
    ("head", "part", "mime"),
    [
        (b"\xff\xd8\xff\xe0rest", PartKind.PHOTO, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", PartKind.PHOTO, "image/png"),
        (b"GIF89a", PartKind.PHOTO, "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", PartKind.PHOTO, "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", PartKind.VOICE, "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", PartKind.VIDEO, "video/x-msvideo"),
        (b"RIFF\0\0\0\0ACON", PartKind.FILE, "application/octet-stream"),
        (b"\x1aE\xdf\xa3\x9f", PartKind.VIDEO, "video/webm"),
        (b"\x02#!SILK_V3", PartKind.VOICE, "audio/silk"),
        (b"#!SILK_V3", PartKind.VOICE, "audio/silk"),
        (b"fLaC\0", PartKind.VOICE, "audio/flac"),
        (b"\xff\xf1\x50", PartKind.VOICE, "audio/aac"),
        (b"#!AMR\n\x3c", PartKind.VOICE, "audio/amr"),
        (b"#!AMR-WB\n", PartKind.VOICE, "audio/amr-wb"),
        (b"ID3\x04", PartKind.VOICE, "audio/mpeg"),
        (b"\0\0\0\x20ftypisom", PartKind.VIDEO, "video/mp4"),
        (b"\0\0\0\x20ftypqt  ", PartKind.VIDEO, "video/quicktime"),
        (b"\0\0\0\x20ftypM4A ", PartKind.VOICE, "audio/mp4"),
        (b"\0\0\0\x20ftypheic", PartKind.PHOTO, "image/heic"),
        (b"\0\0\0\x20ftypavif", PartKind.PHOTO, "image/avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1heic", PartKind.PHOTO, "image/heic"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif", PartKind.PHOTO, "image/avif"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", PartKind.PHOTO, "image/bmp"),
        (b"BM of this month, and of the next one", PartKind.FILE, "application/octet-stream"),
        (b"%PDF-1.7", PartKind.FILE, "application/pdf"),
        (b"PK\x03\x04", PartKind.FILE, "application/zip"),
        (b"<html>", PartKind.FILE, "application/octet-stream"),
        (b"", PartKind.FILE, "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, part: PartKind, mime: str) -> None:
    assert (sniff(head).part, sniff(head).mime) == (part, mime)
