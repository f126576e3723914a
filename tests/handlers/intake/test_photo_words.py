"""What an engine reads on photos: kept for the staff; a watermark's place opens a report that waits for nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from handlers.intake.files import photo_words
from handlers.intake.files.watermarks import Watermark, read_watermark
from models.photo_readings import PhotoReading
from models.reports import Media
from tests.district import District

SHANGHAI, NOW = ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 30, 1, tzinfo=UTC)
STAMP = ("08:12", "2026-03-30", "星期一多云12", "地点：南通市海门区解放路15号", "经度：121.1704纬度：31.8832")


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (STAMP, "南通市海门区解放路15号"),
        (("2026.03.30 08:12", "江苏省南通市·海门区解放路15号"), "江苏省南通市·海门区解放路15号"),
        (("2026年3月30日08：12星期一", "今日水印相机"), ""),
        (("巡查记录", "时间：2026/3/30 8:12:45", "地址:解放路15号附近"), "解放路15号附近"),
        (("08:12|2026-3-30", "位置：东经121.17北纬31.88海门区解放路"), "东经121.17北纬31.88海门区解放路"),
    ],
)
def test_the_frames_of_several_cameras(lines: Sequence[str], place: str) -> None:
    taken_at = datetime(2026, 3, 30, 0, 12, tzinfo=UTC)
    assert read_watermark(lines, SHANGHAI, now=NOW) == Watermark(taken_at, place)


@pytest.mark.parametrize(
    "lines",
    [
        ("解放路15号", "便民超市", "营业时间 8:00-22:00"),
        ("2026-03-30", "海门区解放路15号"),
        ("2026-13-41 08:12", "地点：解放路15号"),
        ("2027-01-01 08:12", "地点：解放路15号"),
        (),
    ],
)
def test_what_says_no_time_of_the_past_is_no_watermark(lines: Sequence[str]) -> None:
    assert read_watermark(lines, SHANGHAI, now=NOW) is None


@pytest.fixture
def town(sqlite_district: District) -> District:
    sqlite_district.env = replace(sqlite_district.env, reads_photos=True)
    return sqlite_district


def read(town: District, lines: Sequence[str]) -> str:
    """What the engine's words make of the photo that waits."""
    with town.database.write() as session:
        waiting = session.scalars(select(PhotoReading.media_id)).one()
        return photo_words.receive_words(session, waiting, lines, town.env, now=town.now)


def photo(town: District) -> Media:
    with town.database.read() as session:
        assert session.scalars(select(PhotoReading)).all() == []
        return session.scalars(select(Media)).one()


def test_the_place_of_a_watermark_answers_the_question_for_it(town: District) -> None:
    assert town.say("zhangsf", "zhangsf", "路灯不亮", photos=1, direct=True) == "report.waiting"
    assert read(town, STAMP) == "photo.placed"
    assert (town.case().place, town.case().class_id) == ("南通市海门区解放路15号", "fac.lamp")
    assert "地点是照片水印上的，不对请告诉我" in town.chat_text("zhangsf")
    assert "在什么地方" not in town.chat_text("zhangsf")
    shown = photo(town)
    assert shown.stamped_at == datetime(2026, 3, 30, 0, 12, tzinfo=UTC)
    assert "海门区解放路15号" in shown.text


def test_words_that_come_after_the_photo_was_read_find_its_place(town: District) -> None:
    assert town.say("zhangsf", "zhangsf", photos=1, direct=True) == "report.waiting"
    assert read(town, STAMP) == "photo.watermark"
    assert town.say("zhangsf", "zhangsf", "路灯不亮", direct=True) == "case.opened"
    assert town.case().place == "南通市海门区解放路15号"


def test_what_was_said_outweighs_a_watermark_and_a_sign_is_no_place(town: District) -> None:
    assert town.say("zhangsf", "zhangsf", "长江路15号路灯不亮", photos=1, direct=True) == "case.opened"
    assert read(town, STAMP) == "photo.watermark"
    assert town.case().place == "长江路15号"
    assert "水印" not in town.chat_text("zhangsf")


def test_a_sign_on_a_photo_is_kept_and_answers_nothing(town: District) -> None:
    assert town.say("zhangsf", "zhangsf", "路灯不亮", photos=1, direct=True) == "report.waiting"
    assert read(town, ("解放路15号", "便民超市")) == "photo.words"
    assert photo(town).text == "解放路15号\n便民超市"
    assert town.cases() == []


CRY = "快来人，有人拿刀砍人"
SUPPOSED = "地点是照片水印上的"
LAST_WEEK = ("2026-03-24 08:12", *STAMP[2:])


def test_a_danger_without_a_place_is_supposed_where_its_photo_says(town: District) -> None:
    assert town.say("zhangsf", "zhangsf", CRY, photos=1, direct=True) == "case.opened"
    assert read(town, STAMP) == "photo.placed"
    assert town.case().place == "南通市海门区解放路15号"
    for heard in ("wrDUTY", "wrGA", "zhangsf"):
        assert "解放路15号" in town.last_text(heard), heard
        assert SUPPOSED in town.last_text(heard), heard
    assert town.find_drift() == {}


@pytest.mark.parametrize("matter", ["路灯不亮", CRY])
@pytest.mark.parametrize("said", ["在解放新村3幢", "不对，是解放新村3幢"])
def test_who_is_asked_to_put_a_supposed_place_right_may_answer_in_plain_words(
    town: District, matter: str, said: str
) -> None:
    town.say("zhangsf", "zhangsf", matter, photos=1, direct=True)
    assert read(town, STAMP) == "photo.placed"
    assert town.say("zhangsf", "zhangsf", said, direct=True) == "act.place"
    assert [case.place for case in town.cases()] == ["解放新村3幢"]


def test_a_cry_after_its_photo_was_read_says_as_much(town: District) -> None:
    town.say("zhangsf", "zhangsf", photos=1, direct=True)
    assert read(town, STAMP) == "photo.watermark"
    assert town.say("zhangsf", "zhangsf", CRY, direct=True) == "case.opened"
    for heard in ("wrDUTY", "wrGA", "zhangsf"):
        assert SUPPOSED in town.chat_text(heard), heard
    assert ("水印未核对", "08:12 南通市海门区解放路15号") in town.last_card("wrDUTY").rows


def test_a_cry_after_an_old_photo_asks_where(town: District) -> None:
    town.say("zhangsf", "zhangsf", photos=1, direct=True)
    assert read(town, LAST_WEEK) == "photo.watermark"
    assert town.say("zhangsf", "zhangsf", CRY, direct=True) == "case.opened"
    assert SUPPOSED not in town.chat_text("wrDUTY")
    assert "在什么地方" in town.chat_text("zhangsf")


@pytest.mark.parametrize(("said", "stamp"), [("在解放新村3幢", STAMP), ("", LAST_WEEK)])
def test_a_danger_goes_neither_elsewhere_than_was_said_nor_where_something_was(
    town: District, said: str, stamp: Sequence[str]
) -> None:
    assert town.say("zhangsf", "zhangsf", CRY, photos=1, direct=True) == "case.opened"
    if said:
        assert town.say("zhangsf", "zhangsf", said, direct=True) == "act.place"
    before = town.case().place
    assert read(town, stamp) == "photo.watermark"
    assert town.case().place == before
    assert SUPPOSED not in town.chat_text("wrDUTY")
