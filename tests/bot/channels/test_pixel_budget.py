"""However many photos come at once, only so many pixels are decoded at once in the whole process."""

import io
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.pictures import image_fit
from bot.channels.pictures.pixel_budget import DECODING, MAX_PIXELS, PixelBudget
from bot.media import clips, images
from tests.bot.media.conftest import SHANGHAI
from tests.conftest import ROOT

_HARNESS = """
import resource, sys, threading
from pathlib import Path
from zoneinfo import ZoneInfo
from bot.media import images

threads = [
    threading.Thread(target=images.prepare_photo, args=(Path(sys.argv[1]), ZoneInfo("Asia/Shanghai")))
    for _ in range(3)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_no_more_pixels_than_the_budget_are_held_at_once() -> None:
    budget, held, most, lock = PixelBudget(100), 0, 0, threading.Lock()

    def decode(pixels: int) -> None:
        nonlocal held, most
        with budget.take(pixels):
            with lock:
                held += min(pixels, 100)
                most = max(most, held)
            with lock:
                held -= min(pixels, 100)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(decode, [60, 50, 1, 1000, 30, 30, 30] * 20))
    assert 0 < most <= 100


def test_a_large_picture_is_not_overtaken_for_ever() -> None:
    budget = PixelBudget(100)
    order: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        with budget.take(50):
            large = pool.submit(lambda: _note(budget, 100, order))
            while not budget.waiting:
                pass
            small = pool.submit(lambda: _note(budget, 50, order))
        large.result(5)
        small.result(5)
    assert order == [100, 50]


def _note(budget: PixelBudget, pixels: int, order: list[int]) -> None:
    with budget.take(pixels):
        order.append(pixels)


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("p.png", lambda path: images.prepare_photo(path, SHANGHAI)),
        ("p.jpg", lambda path: images.prepare_photo(path, SHANGHAI)),
        ("p.png", lambda path: image_fit.fit(path, 10_000)),
        ("p.gif", clips.probe),
    ],
)
def test_every_decoder_waits_for_its_pixels(
    tmp_path: Path, name: str, decode: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    out = io.BytesIO()
    Image.effect_noise((200, 200), 90).convert("RGB").save(out, name[2:].replace("jpg", "jpeg"))
    path.write_bytes(out.getvalue())
    with ThreadPoolExecutor(1) as pool:
        with DECODING.take(MAX_PIXELS):
            decoding = pool.submit(decode, path)
            with pytest.raises(TimeoutError):
                decoding.result(0.3)
        decoding.result(10)


def test_three_small_files_of_81_megapixels_take_the_memory_of_one(tmp_path: Path) -> None:
    """36 of them took 13 GB; three took 3 GB."""
    path = tmp_path / "bomb.png"
    Image.new("RGBA", (9000, 9000), (10, 20, 30, 128)).save(path, "PNG")
    assert path.stat().st_size < 1_000_000
    ended = subprocess.run(
        [sys.executable, "-c", _HARNESS, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(ended.stdout) < 1300
