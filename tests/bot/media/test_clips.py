"""A video is shown by a picture that shows something, upright, and cannot be taken for a photo."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.media import clips
from bot.media.errors import MediaBroken
from models.messages import PartKind
from tests.bot.media.clips import dark_then_red_mp4, silent_mp4, spoken_amr
from tests.bot.media.conftest import Keep


def test_the_picture_is_of_a_moment_that_shows_something(keep: Keep, tmp_path: Path) -> None:
    media = keep(dark_then_red_mp4())
    with Image.open(tmp_path / str(media.thumb_path)) as still:
        red, green, _ = still.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 150 > green


@pytest.mark.parametrize(("turned", "size"), [(0, (64, 48)), (90, (48, 64)), (180, (64, 48))])
def test_the_picture_is_upright(keep: Keep, turned: int, size: tuple[int, int]) -> None:
    media = keep(dark_then_red_mp4(turned=turned))
    assert (media.width, media.height) == size


def test_the_poster_bears_the_sign_of_a_video_and_its_length(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(silent_mp4(seconds=2, size=(640, 480)))
    found = clips.probe(path)
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(found.poster)
    with Image.open(poster) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (640, 480), {})
        grey = np.asarray(picture.convert("L"))
    assert grey[240, 320] > 200 > grey[20, 600]


def test_a_video_is_kept_with_its_poster(keep: Keep, tmp_path: Path) -> None:
    media = keep(silent_mp4(seconds=1, size=(64, 48)))
    assert media.kind is PartKind.VIDEO
    assert (tmp_path / str(media.poster_path)).is_file()
    assert media.play_path is None


def test_what_holds_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "voice.amr"
    path.write_bytes(spoken_amr(seconds=1))
    assert not clips.has_picture(path)
    with pytest.raises(MediaBroken):
        clips.probe(path)
