"""Sample photos drawn on the fly, so that a newcomer needs no camera and the repository no images."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
_GROUND = 430


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample photo: its key, its title, and the function that draws it."""

    key: str
    title: str
    draw: Callable[[ImageDraw.ImageDraw, random.Random], None]


def render(key: str) -> bytes:
    """The sample photo with this key as JPEG bytes, the same every time. KeyError for an unknown key."""
    sample = SAMPLES[key]
    image = Image.new("RGB", SIZE, (188, 208, 224))
    draw = ImageDraw.Draw(image)
    sample.draw(draw, random.Random(key))  # noqa: S311 - the grain of a drawing
    output = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.8)).save(output, "JPEG", quality=86)
    return output.getvalue()


def _draw_street(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """Sky, a building site behind a fence, pavement and road."""
    for y in range(_GROUND):
        shade = y * 40 // _GROUND
        draw.line([(0, y), (SIZE[0], y)], fill=(168 + shade, 196 + shade // 2, 222))
    draw.rectangle([90, 110, 330, _GROUND], fill=(176, 170, 160))
    for floor in range(5):
        for column in range(4):
            x, y = 112 + column * 54, 136 + floor * 58
            draw.rectangle([x, y, x + 32, y + 36], fill=(92, 104, 116))
    draw.line([(560, 60), (560, _GROUND)], fill=(205, 150, 45), width=10)
    draw.line([(420, 84), (860, 84)], fill=(205, 150, 45), width=8)
    draw.line([(800, 84), (800, 200)], fill=(90, 90, 90), width=2)
    for x in range(0, SIZE[0], 80):
        draw.rectangle([x + 2, 330, x + 78, _GROUND], fill=(58, 128, 168) if x % 160 else (70, 142, 180))
    draw.rectangle([0, _GROUND, SIZE[0], 560], fill=(182, 178, 170))
    for x in range(-200, SIZE[0], 96):
        draw.line([(x, 560), (x + 130, _GROUND)], fill=(164, 160, 152), width=2)
    draw.rectangle([0, 560, SIZE[0], SIZE[1]], fill=(92, 94, 98))
    for x in range(30, SIZE[0], 220):
        draw.rectangle([x, 640, x + 110, 652], fill=(226, 224, 212))
    for _ in range(900):
        x, y = rng.randrange(SIZE[0]), rng.randrange(_GROUND, SIZE[1])
        grey = rng.randrange(80, 170)
        draw.point((x, y), fill=(grey, grey, grey))


def _draw_rubble(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _draw_street(draw, rng)
    draw.polygon([(250, 590), (400, 440), (520, 405), (650, 450), (800, 590)], fill=(120, 108, 96))
    for _ in range(260):
        x = int(rng.gauss(525, 110))
        y = rng.randrange(430, 600)
        if abs(x - 525) > (y - 400) * 1.35:
            continue
        size = rng.randrange(8, 30)
        tone = rng.choice([(168, 84, 62), (150, 142, 132), (126, 116, 104), (190, 180, 166), (98, 90, 84)])
        points = [
            (x + rng.randrange(-size, size), y + rng.randrange(-size // 2, size // 2 + 1)) for _ in range(5)
        ]
        draw.polygon(points, fill=tone, outline=(74, 68, 62))


def _draw_clean(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _draw_street(draw, rng)
    for x in (300, 520, 740):
        draw.polygon([(x - 22, 588), (x + 22, 588), (x + 4, 510), (x - 4, 510)], fill=(226, 98, 34))
        draw.rectangle([x - 13, 542, x + 13, 554], fill=(240, 238, 232))
    draw.ellipse([380, 566, 640, 584], fill=(150, 160, 168))


def _draw_tap(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A kitchen tap; one brown drop says that the water is off."""
    draw.rectangle([0, 0, *SIZE], fill=(214, 222, 222))
    for x in range(0, SIZE[0], 120):
        draw.line([(x, 0), (x, 470)], fill=(190, 200, 202), width=3)
    for y in range(0, 470, 94):
        draw.line([(0, y), (SIZE[0], y)], fill=(190, 200, 202), width=3)
    draw.rectangle([0, 470, SIZE[0], SIZE[1]], fill=(158, 166, 172))
    draw.rounded_rectangle([180, 520, 780, 700], 40, fill=(120, 130, 138))
    draw.rounded_rectangle([430, 250, 490, 500], 20, fill=(196, 202, 208), outline=(120, 126, 132), width=3)
    draw.rounded_rectangle([430, 230, 680, 285], 24, fill=(204, 210, 216), outline=(120, 126, 132), width=3)
    draw.rounded_rectangle([636, 270, 680, 340], 12, fill=(186, 192, 198), outline=(120, 126, 132), width=3)
    draw.rounded_rectangle([400, 170, 520, 215], 20, fill=(176, 66, 60))
    draw.rectangle([450, 200, 470, 250], fill=(150, 156, 162))
    draw.ellipse([650, 372, 666, 398], fill=(132, 96, 60))
    for _ in range(500):
        draw.point((rng.randrange(SIZE[0]), rng.randrange(SIZE[1])), fill=(150, 156, 160))


def _draw_cover(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A broken manhole cover."""
    draw.rectangle([0, 0, *SIZE], fill=(104, 106, 110))
    for _ in range(9000):
        grey = rng.randrange(84, 128)
        draw.point((rng.randrange(SIZE[0]), rng.randrange(SIZE[1])), fill=(grey, grey, grey))
    draw.ellipse([250, 170, 710, 570], fill=(58, 58, 60), outline=(140, 138, 132), width=16)
    for offset in range(-170, 171, 34):
        draw.line([(480 + offset, 220), (480 + offset, 520)], fill=(84, 84, 86), width=9)
    draw.polygon([(480, 360), (700, 300), (704, 430), (600, 540), (500, 470)], fill=(14, 14, 16))
    draw.line([(480, 360), (400, 260)], fill=(20, 20, 22), width=5)


SAMPLES = {
    sample.key: sample
    for sample in (
        Sample("rubble", "工地门口的建筑垃圾", _draw_rubble),
        Sample("clean", "清理后的路面", _draw_clean),
        Sample("tap", "停水的水龙头", _draw_tap),
        Sample("cover", "破损的井盖", _draw_cover),
    )
}
