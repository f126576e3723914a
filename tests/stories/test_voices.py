"""What is said aloud: with words of the platform, of an engine, or of the duty desk; and a short video."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest

from models.database import Database
from tests.bot.channels.http_server import Answer, FakePlatform, fake_platform
from tests.bot.media.clips import hummed, spoken_mp4
from tests.stories.town import MovableClock, StoryHarness, make_photo, run_story

BOT, PRIVATE = "AIB1", "AIB1/zhangsf"
WORDS = "长江路静海路口工地门口建筑垃圾"
DANGER = "解放新村3幢燃气泄漏味道很重，快来"


@pytest.fixture
def engine() -> Iterator[FakePlatform]:
    """A speech server on this machine."""
    with fake_platform() as server:
        yield server


@pytest.fixture
def listening(
    database: Database, clock: MovableClock, tmp_path: Path, engine: FakePlatform
) -> Iterator[StoryHarness]:
    """The sample district with that server."""
    url = database.engine.url.render_as_string(hide_password=False)
    speech = {"engine": "http", "url": engine.url}
    with run_story(tmp_path, url, clock, config={"speech": speech}) as people:
        yield people


def hear(engine: FakePlatform, words: str, **figures: float) -> None:
    """What the server answers from now on, and how sure it is."""
    data = {"text": words, "segments": [{"text": words, **figures}]}
    engine.default = Answer(json.dumps(data, ensure_ascii=False).encode())


def encode(data: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(data).decode()}"


VOICE = encode(hummed("amr", "libopencore_amrnb", seconds=3, rate=8_000))


def list_files(haimen: StoryHarness, chat: str) -> list[dict[str, Any]]:
    """The files, other than pictures, that the bot posted in a chat, oldest first."""
    posted = (m for m in haimen.box.messages(chat) if m["sender"]["kind"] != "user")
    return [message["attachment"] for message in posted if message["attachment"]]


def download(haimen: StoryHarness, file: dict[str, Any]) -> bytes:
    return haimen.api.get(f"{haimen.box.url}{file['url']}").raise_for_status().content


def speak_into_phone(haimen: StoryHarness, clock: MovableClock) -> str:
    """A voice without words, in private; the number of the case, once the desk was asked to listen."""
    haimen.say(BOT, "zhangsf", file=VOICE)

    def wait_for_case() -> bool:
        clock.move_to(clock.now + timedelta(seconds=1))
        return bool(haimen.cases())

    haimen.wait_until(wait_for_case, "the case of the voice")
    number = str(haimen.cases()[0]["number"])
    haimen.wait_for_message("wrDUTY", number, "没有转成文字", "/转写")
    return number


def test_the_words_of_the_platform_are_the_report(haimen: StoryHarness) -> None:
    haimen.say(BOT, "zhangsf", voice=WORDS)
    haimen.wait_for_message(PRIVATE, "已收到")
    case = haimen.cases()[0]
    assert (case["text"], case["place"]) == (WORDS, "长江路静海路口工地门口")
    haimen.say("wrDUTY", "duty1", f"/交办 {case['number']} 城管局")
    haimen.wait_for_card("wrCG", case["number"], WORDS)
    assert list_files(haimen, "wrCG") == []


def test_a_danger_in_the_words_of_the_platform_rings_at_once(haimen: StoryHarness) -> None:
    haimen.say(BOT, "zhangsf", voice=DANGER)
    haimen.wait_for_message(PRIVATE, "危急时先拨打")
    case = haimen.cases()[0]
    assert (case["urgent"], case["status"]) == (True, "DISPATCHED")
    ring = haimen.wait_for_message("wrDUTY", case["number"], "紧急")
    assert ring["sender"]["kind"] != "user"


def test_a_voice_without_words_is_heard_and_typed_by_the_desk(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    number = speak_into_phone(haimen, clock)
    haimen.wait_until(lambda: bool(list_files(haimen, "wrDUTY")), "the voice at the desk")
    (file,) = list_files(haimen, "wrDUTY")
    with av.open(io.BytesIO(download(haimen, file))) as played:
        assert (played.format.name, len(played.streams.audio)) == ("mp3", 1)
        assert set(played.metadata) <= {"encoder"}
    haimen.say("wrDUTY", "duty1", f"/转写 {number} {WORDS}")
    haimen.wait_until(lambda: haimen.case(number)["text"] == WORDS, "the words of the case")
    case = haimen.case(number)
    assert (case["class"], case["place"]) == ("env.rubble", "长江路静海路口工地门口")

    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_card("wrCG", number, WORDS)
    haimen.say("wrCG", "cg1", f"/反馈 {number} 清完了", photos=[make_photo()])
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    haimen.wait_for_message(PRIVATE, number, "已处理")
    assert [list_files(haimen, chat) for chat in ("wrCG", PRIVATE, "wrINTAKE")] == [[], [], []]


def test_a_danger_that_the_desk_hears_goes_its_way_at_once(haimen: StoryHarness, clock: MovableClock) -> None:
    number = speak_into_phone(haimen, clock)
    haimen.say("wrDUTY", "duty1", f"/转写 {number} {DANGER}")
    haimen.wait_for_message(PRIVATE, number, "危急时先拨打")
    haimen.wait_for_status(number, "DISPATCHED")
    assert haimen.case(number)["urgent"] is True


def test_a_short_video_is_shown_by_a_picture_and_says_nothing(haimen: StoryHarness) -> None:
    haimen.say(BOT, "zhangsf", WORDS)
    haimen.wait_for_message(PRIVATE, "已收到")
    number = haimen.cases()[0]["number"]
    haimen.say(BOT, "zhangsf", video=encode(spoken_mp4(seconds=2, size=(320, 240))))
    haimen.wait_for_message(PRIVATE, number, "补充")
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_card("wrCG", number)
    haimen.wait_until(lambda: haimen.count_photos("wrCG") == 1, "the picture of the video")
    haimen.wait_until(lambda: bool(list_files(haimen, "wrCG")), "the video")
    (file,) = list_files(haimen, "wrCG")
    with av.open(io.BytesIO(download(haimen, file))) as shown:
        assert [stream.type for stream in shown.streams] == ["video"]


def test_an_engine_writes_down_what_is_said(listening: StoryHarness, engine: FakePlatform) -> None:
    hear(engine, WORDS, avg_logprob=-0.2)
    listening.say(BOT, "zhangsf", file=VOICE)
    listening.wait_for_message(PRIVATE, "已收到")
    case = listening.cases()[0]
    assert (case["text"], case["class"]) == (WORDS, "env.rubble")
    listening.say("wrDUTY", "duty1", f"/交办 {case['number']} 城管局")
    listening.wait_for_card("wrCG", case["number"], WORDS)
    assert list_files(listening, "wrCG") == []


def test_a_doubtful_transcript_is_put_right_by_whoever_spoke(
    listening: StoryHarness, engine: FakePlatform
) -> None:
    hear(engine, "长江路静海路口有天主阿姨", avg_logprob=-1.4)
    listening.say(BOT, "zhangsf", file=VOICE)
    listening.wait_for_message(PRIVATE, "天主阿姨", "不对请直接写一遍")
    listening.say(BOT, "zhangsf", WORDS)
    listening.wait_for_message(PRIVATE, "已收到")
    assert [case["text"] for case in listening.cases()] == [WORDS]


def test_a_dead_engine_delays_nobody_and_leaves_the_voice_to_the_desk(
    listening: StoryHarness, engine: FakePlatform, clock: MovableClock
) -> None:
    engine.default = Answer(hang=600.0)
    listening.say(BOT, "zhangsf", file=VOICE)
    listening.wait_until(lambda: bool(engine.requests), "the engine is asked")
    listening.report("wrINTAKE", "zhangsf", "解放路15号路灯不亮")
    engine.default = Answer(status=500)
    engine.stopping.set()

    def wait_for_desk() -> bool:
        clock.move_to(clock.now + timedelta(seconds=1))
        return any("没有转成文字" in (m["text"] or "") for m in listening.box.messages("wrDUTY"))

    listening.wait_until(wait_for_desk, "the desk is asked to listen")
    assert list_files(listening, "wrDUTY") != []
