"""Over the real door: what the bot cannot read is answered, and what a phone does to a photo costs nothing."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.database import Database
from tests.stories.town import MovableClock, StoryHarness, make_photo, run_story

RUBBLE = "长江路静海路口工地门口建筑垃圾"
PRIVATE = "AIB1/zhangsf"
LINK = {"msgtype": "link", "link": {"title": "公告", "link_url": "https://x.example"}}


@pytest.fixture
def town(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    """With the keys of files in the other alphabet."""
    with run_story(tmp_path, sqlite_database.url, clock, url_safe_keys=True) as people:
        yield people


def encode(image: Image.Image, form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (LINK, "链接我打不开"),
        ({"msgtype": "chatrecord", "chatrecord": {"title": "群聊", "item": []}}, "转发的聊天记录，我看不到"),
        ({"msgtype": "weapp", "weapp": {"title": "随手拍"}}, "小程序我打不开"),
        ({"msgtype": "card", "card": {"userid": "lisi"}}, "名片我打不开"),
        ({"msgtype": "redpacket", "redpacket": {"type": 1}}, "红包我不能收"),
        ({"msgtype": "location", "location": {}}, "这个位置没有带上地址"),
        ({"msgtype": "tomorrow", "tomorrow": {}}, "这种消息我读不了"),
    ],
)
def test_what_cannot_be_read_is_answered_in_private(
    town: StoryHarness, other: dict[str, Any], words: str
) -> None:
    town.box.say(PRIVATE, "zhangsf", other=other)
    town.wait_for_message(PRIVATE, words, "请直接说什么问题、在哪里")
    assert town.cases() == []
    town.box.say(PRIVATE, "zhangsf", RUBBLE)
    town.wait_for_message(PRIVATE, "已收到")


def test_a_link_that_is_quoted_to_the_bot_is_answered_and_an_overheard_one_is_not(town: StoryHarness) -> None:
    link = town.box.say("wrINTAKE", "zhangsf", other=LINK)
    assert not link["delivered"]
    town.say("wrINTAKE", "zhangsf", "看看这个", quote=link["id"])
    town.wait_for_message("wrINTAKE", "链接我打不开", "请直接说")
    town.say("wrINTAKE", "zhangsf", RUBBLE, quote=link["id"])
    town.wait_for_message("wrINTAKE", "已收到", "长江路静海路口")
    town.wait_for_message("wrINTAKE", "链接我打不开", "要紧的请写成文字")


def test_photos_as_phones_send_them_reach_the_unit(town: StoryHarness) -> None:
    whole = encode(Image.effect_noise((1600, 1200), 90).convert("RGB"))
    screenshot = encode(Image.linear_gradient("L").resize((1080, 12_000)), "PNG")
    grey = encode(Image.new("I;16", (64, 64), 0x4000), "PNG")
    photos = [as_base64(whole[:-500]), as_base64(screenshot), as_base64(grey)]
    number = town.report("wrINTAKE", "zhangsf", RUBBLE, photos=photos)
    town.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    town.wait_until(lambda: town.count_photos("wrCG") == 3, "the photos with the task")
    shown = [m["photos"][0]["url"] for m in town.box.messages("wrCG") if m["photos"]]
    cut, long, plain = (
        Image.open(io.BytesIO(town.api.get(f"{town.box.url}{url}").raise_for_status().content))
        for url in shown
    )
    assert cut.size == (1600, 1200)
    assert min(long.size) >= 720
    assert plain.convert("L").tobytes()[0] < 100


def test_a_photo_that_cannot_be_opened_is_said_and_the_report_is_kept(town: StoryHarness) -> None:
    good, broken = make_photo(), as_base64(b"\xff\xd8\xff" + bytes(3000))
    number = town.report("wrINTAKE", "zhangsf", RUBBLE, photos=[broken, good, as_base64(b"no photo at all")])
    town.wait_for_message("wrINTAKE", "有照片打不开（可能没有传完整），请重新拍一张，或截屏后再发。")
    town.wait_for_message("wrINTAKE", "有照片打不开（格式不支持），请截屏后再发。文字已经收下。")
    assert len(town.case(number)["photos"]) == 1
