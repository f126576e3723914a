"""What is said aloud: with words of the platform, or with none but the duty desk's; and a short video."""

import base64
import io
from datetime import timedelta
from typing import Any

import av

from tests.bot.media.clips import hummed, spoken_mp4
from tests.stories.town import MovableClock, StoryHarness, make_photo

BOT, PRIVATE = "AIB1", "AIB1/zhangsf"
WORDS = "长江路静海路口工地门口建筑垃圾"
DANGER = "解放新村3幢燃气泄漏味道很重，快来"


def encode(data: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(data).decode()}"


def list_files(haimen: StoryHarness, chat: str) -> list[dict[str, Any]]:
    """The files, other than pictures, that the bot posted in a chat, oldest first."""
    posted = (m for m in haimen.box.messages(chat) if m["sender"]["kind"] != "user")
    return [message["attachment"] for message in posted if message["attachment"]]


def download(haimen: StoryHarness, file: dict[str, Any]) -> bytes:
    return haimen.api.get(f"{haimen.box.url}{file['url']}").raise_for_status().content


def speak_into_phone(haimen: StoryHarness, clock: MovableClock) -> str:
    """A voice without words, in private; the number of the case, once the desk was asked to listen."""
    haimen.say(BOT, "zhangsf", file=encode(hummed("amr", "libopencore_amrnb", seconds=3, rate=8_000)))

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
