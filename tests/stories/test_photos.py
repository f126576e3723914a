"""Photos on their way: what a camera wrote stays here, and a result that was refused is no result."""

import base64
import io
from typing import Any

from PIL import ExifTags, Image

from tests.stories.town import StoryHarness

CAMERA = b"SECRET-CAMERA"
RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def make_camera_photo(colour: tuple[int, int, int]) -> str:
    """A JPEG with make, comment and position, as base64."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Make] = CAMERA.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (31.0, 53.0, 6.0), 3: "E", 4: (121.0, 9.0, 54.0)})
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=exif.tobytes(), comment=CAMERA)
    return base64.b64encode(out.getvalue()).decode()


def load_photos(haimen: StoryHarness, chat: str) -> list[bytes]:
    """The pictures that the bot posted in a chat, oldest first."""
    posted = [m for m in haimen.box.messages(chat) if m["sender"]["kind"] != "user"]
    urls = [photo["url"] for m in posted for photo in m["photos"]]
    return [haimen.api.get(f"{haimen.box.url}{url}").raise_for_status().content for url in urls]


def check_clean(data: bytes, colour: tuple[int, int, int]) -> None:
    assert CAMERA not in data
    with Image.open(io.BytesIO(data)) as image:
        assert dict(image.getexif()) == {}
        shown: Any = image.convert("RGB").getpixel((5, 5))
    assert all(abs(one - other) < 12 for one, other in zip(shown, colour, strict=True))


def test_a_refused_photo_and_what_the_camera_wrote_reach_nobody(haimen: StoryHarness) -> None:
    number = haimen.report(
        "wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾", photos=[make_camera_photo(RED)]
    )
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_message("wrCG", number, "新任务")
    haimen.say("wrCG", "cg1", f"/反馈 {number} 清完了", photos=[make_camera_photo(GREEN)])
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 不通过 这是另一条路")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrCG", "cg1", f"/反馈 {number} 这次清完了", photos=[make_camera_photo(BLUE)])
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    haimen.wait_until(lambda: haimen.count_photos("wrINTAKE") == 2, "the photos with the answer")

    for data, colour in zip(load_photos(haimen, "wrINTAKE"), (RED, BLUE), strict=True):
        check_clean(data, colour)
    for data, colour in zip(load_photos(haimen, "wrCG"), (RED,), strict=True):
        check_clean(data, colour)
    shown = haimen.case(number)["photos"]
    assert [photo["role"] for photo in shown] == ["before", "process", "after"]
    for photo, colour in zip(shown, (RED, GREEN, BLUE), strict=True):
        check_clean(haimen.api.get(photo["url"]).raise_for_status().content, colour)
