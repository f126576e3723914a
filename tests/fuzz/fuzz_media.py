"""Photos and clips with holes: stored with copies that open, or refused as the book says."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.media import fetching, images, store
from bot.media.errors import MediaError
from bot.media.fetching import FetchedFile
from bot.media.kinds import sniff
from models.messages import PartKind
from tests.bot.media.clips import silent_mp4, spoken_amr
from tests.bot.media.conftest import SHANGHAI
from tests.bot.media.heics import heic
from tests.fuzz import damage
from tests.fuzz.conftest import Explore

HELD = sorted((Path(__file__).parents[1] / "bot" / "media" / "data").glob("*.heic"))
Keep = Callable[[bytes], None]


def picture(kind: str, mode: str = "RGB") -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2026:03:30 09:05:00"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (31.0, 53.0, 6.0), 3: "E", 4: (121.0, 9.0, 54.0)})
    image = Image.radial_gradient("L").resize((64, 48)).convert(mode)
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    aside = tmp_path / fetching.INCOMING
    aside.mkdir()

    def keep(data: bytes) -> None:
        path = aside / "tmp1"
        path.write_bytes(data)
        fetched = FetchedFile(path, sniff(data[:64]), len(data), hashlib.sha256(data).hexdigest())
        try:
            stored = store(fetched, folder=tmp_path, zone=SHANGHAI)
        except MediaError:
            assert list(tmp_path.glob("??/*")) == [], "of what is refused nothing is kept"
            return
        finally:
            assert list(aside.glob("*")) == [], "nothing is left lying about"
        if stored.kind is PartKind.PHOTO:
            with Image.open(tmp_path / str(stored.clean_path)) as clean:
                clean.load()
                assert max(clean.size) <= images.CLEAN_SIDE
                assert not clean.getexif()
            assert stored.gps is None or (-90 <= stored.gps[0] <= 90 and -180 <= stored.gps[1] <= 180)
            assert stored.taken_at is None or stored.taken_at.tzinfo is not None
        for path in tmp_path.glob("??/*"):
            path.unlink()

    return keep


# What Pillow says about EXIF that is damaged is no failure.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def fuzz_photos(explore: Explore, keep: Keep) -> None:
    seeds = [
        picture("JPEG"),
        picture("PNG"),
        picture("PNG", "P"),
        picture("PNG", "LA"),
        picture("WEBP"),
        picture("AVIF"),
    ]
    still = io.BytesIO()
    Image.new("P", (20, 20)).save(still, "GIF")
    explore(damage.damaged([*seeds, still.getvalue()]), keep, cpu=20)


def fuzz_heic(explore: Explore, keep: Keep) -> None:
    gradient = Image.radial_gradient("L").resize((96, 64)).convert("RGB")
    seeds = [heic(gradient), heic(gradient, tile=64), *(path.read_bytes() for path in HELD)]
    explore(damage.damaged(seeds), keep, cpu=20)


def fuzz_clips(explore: Explore, keep: Keep) -> None:
    seeds = [spoken_amr(seconds=1), silent_mp4(seconds=1, size=(64, 48), place="+31.8850+121.1650/")]
    explore(damage.damaged(seeds), keep, cpu=20)
