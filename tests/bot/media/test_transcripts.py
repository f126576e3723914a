"""How far an engine is believed."""

import numpy as np
import pytest

from bot.media.transcripts import Segment, Transcript, judge_transcript
from bot.media.voices import RATE, Speech
from handlers.talk.heard.words import SpokenWords
from tests.district import GAS, RUBBLE

PROMPT = "海门区，长江路，静海路，解放新村"


def sound(seconds: float = 5.0, level: int = 8_000) -> Speech:
    return Speech((level * np.sin(np.arange(int(RATE * seconds)) / 10)).astype(np.int16).tobytes())


def judge(text: str, *segments: Segment, speech: Speech | None = None) -> SpokenWords | None:
    return judge_transcript(Transcript(text, segments), speech or sound(), prompt=PROMPT)


@pytest.mark.parametrize("text", [RUBBLE, "长江路", "3号楼的3号门坏了", "哈哈哈"])
def test_what_is_plainly_said_is_believed(text: str) -> None:
    assert judge(text) == SpokenWords(text)


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("山河河河河河河河河", "山河"),
        ("这种人,这种人,这种人,这种人,这种人", "这种人"),
        ("救命救命救命救命救命", "救命"),
    ],
)
def test_a_loop_is_said_once_and_doubted(text: str, once: str) -> None:
    assert judge(text) == SpokenWords(once, is_doubted=True)


@pytest.mark.parametrize(
    "text", ["长江路，静海路", "解放新村。", "字幕by索兰娅", "请不吝点赞 订阅 转发", "谢谢大家观看", "", "。"]
)
def test_an_echo_or_a_sentence_of_films_is_left_to_a_person(text: str) -> None:
    assert judge(text) is None


def test_a_voice_in_which_nobody_speaks_is_silent() -> None:
    assert judge("谢谢观看", speech=sound(level=20)) == SpokenWords("")
    assert judge("", speech=Speech(b"")) == SpokenWords("")


def test_faster_than_people_speak_is_doubted() -> None:
    assert judge(GAS * 2, speech=sound(2.0)) == SpokenWords(GAS * 2, is_doubted=True)


def test_the_engine_says_itself_how_sure_it_is() -> None:
    sure, unsure = Segment(RUBBLE, -0.3, 0.01, 1.2), Segment("没人管", -1.4, 0.2, 1.1)
    made_up = Segment("谢谢", -1.3, 0.9)
    assert judge("x", sure) == SpokenWords(RUBBLE)
    assert judge("x", sure, unsure) == SpokenWords(f"{RUBBLE}没人管", is_doubted=True)
    assert judge("x", sure, made_up) == SpokenWords(RUBBLE)
    assert judge("x", Segment(RUBBLE, -0.3, 0.0, 3.1)) == SpokenWords(RUBBLE, is_doubted=True)
