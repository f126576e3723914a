"""A voice of any make becomes a copy that every player plays, as far as it was sent."""

import io
import wave
from pathlib import Path

import av
import pytest

from bot.media.voices import MAX_SECONDS
from models.messages import PartKind
from tests.bot.media.clips import hummed, record_with_cover, spoken_amr
from tests.bot.media.conftest import Keep

MAKES = [
    ("amr", "libopencore_amrnb", 8_000),
    ("wav", "pcm_s16le", 8_000),
    ("ipod", "aac", 16_000),
    ("mp4", "aac", 16_000),
    ("adts", "aac", 16_000),
    ("mp3", "libmp3lame", 16_000),
    ("ogg", "libopus", 16_000),
    ("webm", "libopus", 16_000),
    ("flac", "flac", 16_000),
]


@pytest.mark.parametrize(("form", "codec", "rate"), MAKES)
def test_every_make_is_played(keep: Keep, tmp_path: Path, form: str, codec: str, rate: int) -> None:
    media = keep(hummed(form, codec, rate=rate))
    assert (media.kind, media.unopened) == (PartKind.VOICE, None)
    assert media.duration == pytest.approx(2, abs=0.2)
    with av.open(str(tmp_path / str(media.play_path))) as copy:
        (sound,) = copy.streams.audio
        assert (copy.format.name, sound.channels, sound.rate) == ("mp3", 1, 16_000)
        assert sum(frame.samples for frame in copy.decode(sound)) / 16_000 == pytest.approx(2, abs=0.3)


def test_a_record_with_a_cover_is_a_voice_and_no_video(keep: Keep) -> None:
    media = keep(record_with_cover())
    assert (media.kind, media.thumb_path) == (PartKind.VOICE, None)
    assert media.play_path is not None


def test_a_voice_that_was_cut_off_is_heard_as_far_as_it_goes(keep: Keep) -> None:
    whole = spoken_amr(seconds=4)
    media = keep(whole[: len(whole) // 2])
    assert media.duration == pytest.approx(2, abs=0.3)
    assert media.play_path is not None


def test_of_a_voice_nothing_but_the_copy_may_leave(keep: Keep) -> None:
    media = keep(spoken_amr(seconds=1))
    assert (media.clean_path, media.thumb_path, media.poster_path) == (None, None, None)


@pytest.mark.parametrize("start", [b"#!SILK_V3", b"\x02#!SILK_V3"])
def test_what_nobody_can_decode_is_kept_and_named(keep: Keep, start: bytes) -> None:
    media = keep(start + bytes(64))
    assert (media.kind, media.unopened) == (PartKind.FILE, "silk")


def test_a_voice_without_end_is_not_decoded(keep: Keep) -> None:
    out = io.BytesIO()
    with wave.open(out, "wb") as endless:
        endless.setnchannels(1)
        endless.setsampwidth(1)
        endless.setframerate(100)
        endless.writeframes(bytes(100 * (MAX_SECONDS + 1)))
    assert keep(out.getvalue()).unopened == "too_long"
