"""Files are kept once, whole, and made showable without what they should not tell."""

import base64
import io
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from PIL import ExifTags, Image, ImageOps

from bot.api.bodies import PhotoUpload
from bot.api.photos import store_photos
from bot.api.problems import InvalidRequest
from bot.config.settings import MediaSettings
from bot.media import clips, delete_temp_files, fetching, images
from models.messages import PartKind
from tests.bot.media.clips import silent_mp4, spoken_amr, spoken_mp4
from tests.bot.media.conftest import SHANGHAI, Keep, jpeg


def differing(one: str, other: str) -> int:
    """Bits that two perceptual hashes do not share."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = (31.0, 53.0, 24.0), (121.0, 9.0, 36.0)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:21 08:30:00"
    return exif


def test_a_file_is_kept_under_its_hash(keep: Keep, tmp_path: Path) -> None:
    data = b"%PDF-1.7 anything"
    media = keep(data)
    assert media.path == f"{media.sha256[:2]}/{media.sha256}.pdf"
    assert (tmp_path / media.path).read_bytes() == data
    assert list((tmp_path / fetching.INCOMING).iterdir()) == []


def test_the_same_file_is_kept_once(keep: Keep, tmp_path: Path) -> None:
    assert keep(jpeg()) == keep(jpeg())
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3


def test_a_photo_is_made_upright_and_small(keep: Keep, tmp_path: Path) -> None:
    media = keep(jpeg((3000, 1500), exif=camera_exif()))
    assert (media.width, media.height) == (1500, 3000)
    with Image.open(tmp_path / str(media.clean_path)) as clean:
        assert (clean.format, clean.size) == ("JPEG", (1024, 2048))
    with Image.open(tmp_path / str(media.thumb_path)) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", (240, 480))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera_comes_out_upright(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / "held.jpg"
    path.write_bytes(jpeg((60, 40), exif=exif))
    made = images.prepare_photo(path, SHANGHAI)
    with Image.open(path) as held, Image.open(io.BytesIO(made.clean)) as clean:
        upright = ImageOps.exif_transpose(held)
        assert (made.width, made.height) == clean.size == upright.size
        assert differing(images.compute_dhash(upright), images.compute_dhash(clean)) <= 2


def test_where_and_when_are_read_but_do_not_leave(keep: Keep, tmp_path: Path) -> None:
    media = keep(jpeg(exif=camera_exif()))
    assert media.gps == (31.89, 121.16)
    assert media.taken_at == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    for name in (media.clean_path, media.thumb_path):
        with Image.open(tmp_path / str(name)) as copy:
            assert dict(copy.getexif()) == {}


def test_nonsense_in_the_facts_is_no_fact(keep: Keep) -> None:
    exif = camera_exif()
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude] = (99.0, 0.0, 0.0)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "0000:00:00 00:00:00"
    media = keep(jpeg(exif=exif))
    assert (media.gps, media.taken_at) == (None, None)


def test_a_photo_without_facts_has_none(keep: Keep) -> None:
    media = keep(jpeg())
    assert (media.gps, media.taken_at, media.kind) == (None, None, PartKind.PHOTO)


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("P", "GIF"), ("L", "PNG"), ("RGB", "WEBP")])
def test_photos_of_other_makes_are_shown_too(keep: Keep, tmp_path: Path, mode: str, form: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (50, 40)).save(out, form)
    media = keep(out.getvalue())
    with Image.open(tmp_path / str(media.clean_path)) as clean:
        assert (clean.format, clean.size) == ("JPEG", (50, 40))


def test_the_same_picture_at_another_quality_looks_alike() -> None:
    gradient = Image.radial_gradient("L").resize((800, 600))
    other = Image.linear_gradient("L").resize((800, 600))
    assert differing(images.compute_dhash(gradient), images.compute_dhash(gradient.resize((200, 150)))) <= 4
    assert differing(images.compute_dhash(gradient), images.compute_dhash(other)) > 10


def test_a_bomb_is_not_opened(keep: Keep, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    media = keep(out.getvalue())
    assert (media.kind, media.clean_path, media.unopened) == (PartKind.FILE, None, "too_detailed")
    assert "像素太多" in upload_refused(out.getvalue(), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        jpeg()[:200],
        b"\xff\xd8\xff" + b"x" * 100,
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"#!AMR\n",
        b"\0\0\0\x20ftypisom" + b"x" * 100,
        b"RIFF\0\0\0\0WAVEfmt ",
        b"ID3\x04" + b"\0" * 100,
    ],
)
def test_what_does_not_decode_is_kept_and_shown_to_nobody(keep: Keep, tmp_path: Path, data: bytes) -> None:
    media = keep(data)
    assert (media.kind, media.clean_path, media.thumb_path) == (PartKind.FILE, None, None)
    assert media.unopened == "broken"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / media.path]


def upload_refused(data: bytes, folder: Path) -> str:
    """What is said to who uploads this over the API, which refuses what cannot be opened."""
    photo = PhotoUpload(data=base64.b64encode(data))
    with pytest.raises(InvalidRequest) as refused:
        store_photos([photo], settings=MediaSettings(folder=folder), zone=SHANGHAI)
    return str(refused.value.errors)


def test_what_does_not_decode_is_refused_where_somebody_waits_for_the_answer(tmp_path: Path) -> None:
    assert "打不开" in upload_refused(jpeg()[:200], tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_voice_is_kept_with_its_length(keep: Keep) -> None:
    media = keep(spoken_amr(seconds=2))
    assert (media.kind, media.mime) == (PartKind.VOICE, "audio/amr")
    assert media.duration == pytest.approx(2, abs=0.2)


def test_a_video_is_kept_with_its_length_and_a_still(keep: Keep, tmp_path: Path) -> None:
    media = keep(silent_mp4(seconds=2, size=(640, 480)))
    assert (media.kind, media.width, media.height) == (PartKind.VIDEO, 640, 480)
    assert media.duration == pytest.approx(2, abs=0.2)
    with Image.open(tmp_path / str(media.thumb_path)) as still:
        assert still.size == (480, 360)


def test_where_a_video_was_taken_does_not_leave(keep: Keep, tmp_path: Path) -> None:
    media = keep(silent_mp4(seconds=1, size=(64, 48), place="+31.8900+121.1600/"))
    assert metadata(tmp_path / media.path)["location"] == "+31.8900+121.1600/"
    assert "location" not in metadata(tmp_path / str(media.clean_path))
    assert clips.probe(tmp_path / str(media.clean_path)).duration == media.duration


def test_the_voice_in_a_video_does_not_leave(keep: Keep, tmp_path: Path) -> None:
    media = keep(spoken_mp4(seconds=1, size=(64, 48)))
    with av.open(str(tmp_path / media.path)) as whole:
        assert len(whole.streams.audio) == 1
    with av.open(str(tmp_path / str(media.clean_path))) as clean:
        assert [stream.type for stream in clean.streams] == ["video"]
        assert sum(1 for _ in clean.decode(video=0)) == 5


def metadata(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return container.metadata


def test_the_handlers_see_an_attachment(keep: Keep) -> None:
    attachment = keep(jpeg(exif=camera_exif())).to_attachment(2)
    assert (attachment.position, attachment.kind, attachment.lat, attachment.lon) == (
        2,
        PartKind.PHOTO,
        31.89,
        121.16,
    )


def test_what_a_crash_left_behind_is_swept(tmp_path: Path) -> None:
    aside = tmp_path / fetching.INCOMING
    aside.mkdir()
    for name, age in (("old", timedelta(hours=2)), ("new", timedelta())):
        (aside / name).touch()
        stamp = time.time() - age.total_seconds()
        os.utime(aside / name, (stamp, stamp))
    assert delete_temp_files(tmp_path) == 1
    assert [path.name for path in aside.iterdir()] == ["new"]


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        settings = MediaSettings(folder=tmp_path / "deep" / "media")
        store_photos([PhotoUpload(data=base64.b64encode(jpeg()))], settings=settings, zone=SHANGHAI)
    finally:
        os.umask(before)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
