"""A voice is a report like any other, whoever finds its words: an engine, its speaker, or the duty desk."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.talk.heard import transcripts
from models.cases import Case
from models.messages import FilePush, PartKind, PhotoPush
from models.voices import VoiceState
from models.workflow import Status
from tests.district import GAS, LAMP, RUBBLE, District, make_photo, make_voice

DESK, ME = "wrDUTY", "zhangsf"


@pytest.fixture
def listening(district: District) -> District:
    """An engine is configured."""
    district.env = replace(district.env, has_speech_engine=True)
    return district


def give_up(district: District) -> str:
    newest = max(voice.media_id for voice in district.voices())
    with district.database.write() as session:
        return transcripts.give_up(session, media_id=newest, env=district.env, now=district.now)


def list_files(district: District, chat: str) -> list[int]:
    return [push.body.media for push in district.pushes(chat) if isinstance(push.body, FilePush)]


def test_the_words_of_a_voice_open_the_case_as_if_they_had_been_typed(listening: District) -> None:
    assert listening.speak(ME, ME) == "report.waiting"
    assert listening.cases() == []
    assert listening.hear(ME, RUBBLE) == "case.opened"
    case = listening.case()
    assert (case.text, case.class_id) == (RUBBLE, "env.rubble")
    (media,) = listening.media()
    assert (media.case_id, media.text) == (case.id, RUBBLE)
    assert {message.text for message in listening.messages()} == {RUBBLE}
    assert "已收到" in listening.last_text(ME)
    assert list_files(listening, DESK) == [media.id]


def test_the_unit_reads_the_words_and_never_gets_the_voice(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, RUBBLE)
    listening.say(DESK, "duty1", f"/交办 {listening.case().number} 城管局")
    assert any(RUBBLE in push.text for push in listening.pushes("wrCG"))
    assert list_files(listening, "wrCG") == []


def test_a_photo_and_a_voice_are_one_report(listening: District) -> None:
    listening.say(ME, ME, photos=1, direct=True)
    listening.speak(ME, ME)
    assert listening.hear(ME, RUBBLE) == "case.opened"
    case = listening.case()
    assert {media.case_id for media in listening.media()} == {case.id}
    assert len(listening.cases()) == 1


def test_nobody_is_asked_for_what_their_voice_may_say(listening: District) -> None:
    listening.say(ME, ME, "路灯不亮", direct=True)
    listening.speak(ME, ME)
    assert listening.tick(listening.advance(seconds=29)) == 0
    assert listening.hear(ME, "在解放路15号") == "case.opened"
    assert listening.case().place == "解放路15号"


def test_a_danger_that_is_heard_is_a_danger(listening: District) -> None:
    listening.say(ME, ME, photos=1, direct=True)
    listening.speak(ME, ME)
    assert listening.hear(ME, GAS, doubted=True) == "case.opened"
    assert listening.case().urgent
    assert len(listening.cases()) == 1


def test_a_thank_you_in_a_voice_opens_nothing(listening: District) -> None:
    listening.speak(ME, ME)
    assert listening.hear(ME, "谢谢你们啊").startswith("talk.")
    assert listening.tick(listening.advance(hours=1)) == 0
    assert listening.cases() == []


def test_a_voice_rates_a_case(listening: District) -> None:
    case = listening.verify_case()
    listening.speak(ME, ME)
    assert listening.hear(ME, "已经修好了，很满意") == "act.rate"
    assert listening.case(case.number).status == Status.CLOSED
    assert listening.tick(listening.advance(hours=1)) == 0
    assert len(listening.cases()) == 1


def test_words_that_come_after_the_case_was_opened_become_its_words(listening: District) -> None:
    listening.speak(ME, ME)
    listening.tick(listening.advance(minutes=4))
    case = listening.case()
    assert case.text == ""
    assert any("正在听写" in push.text for push in listening.pushes(DESK))
    assert listening.hear(ME, RUBBLE) == "act.transcribe"
    case = listening.case()
    assert (case.text, case.class_id, case.place) == (RUBBLE, "env.rubble", "长江路静海路口工地门口")
    assert listening.find_drift() == {}


def test_without_an_engine_the_desk_listens_and_types(district: District) -> None:
    district.speak(ME, ME)
    assert district.tick(district.advance(seconds=30)) == 1
    case = district.case()
    (voice,) = district.media()
    assert list_files(district, DESK) == [voice.id]
    assert any(f"/转写 {case.tail} 听到的话" in push.text for push in district.pushes(DESK))
    assert any("（语音 24 秒，等值班员转写）" in push.text for push in district.pushes(DESK))
    assert district.say(DESK, "duty1", f"/转写 {case.tail} {RUBBLE}") == "act.transcribe"
    case = district.case()
    assert (case.text, case.class_id, case.place) == (RUBBLE, "env.rubble", "长江路静海路口工地门口")
    assert [district.media()[0].text, district.voices()[0].state] == [RUBBLE, VoiceState.KNOWN]
    assert district.find_drift() == {}


def describe(district: District, case: Case) -> dict[str, Any]:
    """What the rules made of a case, and who has it."""
    shares = {(one.unit_id, one.role) for one in district.assignments() if one.case_id == case.id}
    columns = (
        "text", "class_id", "nature", "place", "area_id", "suggested_unit_id", "unit_id", "urgent", "risk",
        "restricted", "status",
    )  # fmt: skip
    return {name: getattr(case, name) for name in columns} | {"shares": shares}


@pytest.mark.parametrize("words", [RUBBLE, LAMP, GAS, "举报解放路15号窗口办事员收受商户红包"])
@pytest.mark.parametrize("mode", ["never", "urgent", "confident"])
def test_what_the_desk_types_does_what_the_words_of_the_reporter_do(
    district: District, mode: str, words: str
) -> None:
    district.env = replace(district.env, auto_dispatch=mode)
    assert district.say(ME, ME, words, direct=True) == "case.opened"
    typed = district.case()
    district.tick(district.advance(hours=1))
    district.speak(ME, ME)
    district.tick(district.advance(seconds=30))
    spoken = district.case()
    assert spoken.number != typed.number
    assert district.say(DESK, "duty1", f"/转写 {spoken.tail} {words}") == "act.transcribe"
    spoken = district.case(spoken.number)
    assert describe(district, spoken) == describe(district, typed)
    assert (spoken.reporter_id, spoken.source) == (typed.reporter_id, typed.source)
    assert district.find_drift() == {}


def test_whoever_spoke_of_a_danger_is_told_whom_to_call_once_it_is_heard(district: District) -> None:
    district.speak(ME, ME)
    district.tick(district.advance(seconds=30))
    district.say(DESK, "duty1", f"/转写 {district.case().tail} {GAS}")
    assert "危急时先拨打" in district.chat_text(ME)


def test_a_place_that_is_heard_completes_the_words_of_the_case(district: District) -> None:
    district.say(ME, ME, "路灯不亮", direct=True)
    district.speak(ME, ME)
    district.tick(district.advance(seconds=30))
    assert district.case().place != "解放路15号"
    district.say(DESK, "duty1", f"/转写 {district.case().tail} 在解放路15号")
    case = district.case()
    assert (case.text, case.class_id, case.place) == ("路灯不亮\n在解放路15号", "fac.lamp", "解放路15号")


def test_what_the_desk_decided_by_hand_stays(district: District) -> None:
    district.speak(ME, ME)
    district.tick(district.advance(seconds=30))
    district.say(DESK, "duty1", f"/改类 {district.case().tail} fac.lamp")
    district.say(DESK, "duty1", f"/转写 {district.case().tail} {RUBBLE}")
    assert (district.case().class_id, district.case().text) == ("fac.lamp", RUBBLE)


def test_the_desk_corrects_what_an_engine_misheard(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, "解放路15号路灯不灵")
    listening.tick(listening.advance(minutes=2))
    case = listening.case()
    assert listening.say(DESK, "duty1", f"/转写 {case.tail} {LAMP}") == "act.transcribe"
    assert listening.case().text == LAMP


def test_only_the_desk_types_and_only_where_there_is_a_voice(district: District) -> None:
    district.speak("wrINTAKE", ME)
    district.tick(district.advance(seconds=30))
    number = district.case().tail
    assert district.say("wrCG", "cg1", f"/转写 {number} 话").startswith("refused.")
    assert district.say("wrINTAKE", ME, f"/转写 {number} 话").startswith("refused.")
    other = district.report_case(LAMP)
    assert district.say(DESK, "duty1", f"/转写 {other.number} 话") == "refused.wrong_state"
    assert "没有语音" in district.last_text(DESK)


def test_a_doubtful_transcript_is_shown_and_confirmed(listening: District) -> None:
    listening.speak(ME, ME)
    assert listening.hear(ME, RUBBLE, doubted=True) == "voice.doubted"
    assert f"听到的是：「{RUBBLE}」" in listening.last_text(ME)
    assert listening.cases() == []
    assert listening.say(ME, ME, "对的", direct=True) == "case.opened"
    assert listening.case().text == RUBBLE
    assert {media.case_id for media in listening.media()} == {listening.case().id}


def test_a_doubtful_transcript_is_corrected_by_writing_it(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, "长江路有天主阿姨", doubted=True)
    assert listening.say(ME, ME, RUBBLE, direct=True) == "case.opened"
    assert listening.case().text == RUBBLE
    assert len(listening.cases()) == 1


def test_what_is_added_to_a_doubtful_transcript_does_not_replace_it(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, "路灯不亮", doubted=True)
    assert listening.say(ME, ME, "在解放路15号", direct=True) == "case.opened"
    assert listening.case().text == "路灯不亮\n在解放路15号"


def test_not_so_leaves_the_voice_to_the_desk(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, "长江路有天主阿姨", doubted=True)
    assert listening.say(ME, ME, "不对", direct=True) == "voice.refused"
    listening.tick(listening.advance(minutes=6))
    assert listening.case().text == ""
    assert "天主阿姨" not in str([push.text for push in listening.pushes(DESK)])
    assert any("/转写" in push.text for push in listening.pushes(DESK))


def test_who_does_not_answer_is_taken_at_their_doubtful_word(listening: District) -> None:
    listening.speak(ME, ME)
    listening.hear(ME, RUBBLE, doubted=True)
    listening.tick(listening.advance(minutes=6))
    case = listening.case()
    assert (case.text, case.class_id) == (f"{RUBBLE}（语音听写，没有核对）", "env.rubble")


def test_an_engine_that_gives_up_leaves_the_voice_to_the_desk(listening: District) -> None:
    listening.speak(ME, ME)
    assert give_up(listening) == "voice.unheard"
    assert listening.tick(listening.now) == 1
    assert len(list_files(listening, DESK)) == 1
    assert any("/转写" in push.text for push in listening.pushes(DESK))
    assert listening.hear(ME, RUBBLE) == "voice.settled"


def test_a_voice_that_is_added_to_a_case_is_an_addition(listening: District) -> None:
    listening.say("wrINTAKE", ME, RUBBLE)
    listening.say(DESK, "duty1", f"/交办 {listening.case().number} 城管局")
    assert listening.speak("wrINTAKE", ME) == "case.added"
    assert "补充了语音" in listening.last_text("wrCG")
    assert listening.hear(ME, "晚上十点以后倒的") == "act.transcribe"
    assert "语音内容：晚上十点以后倒的" in listening.last_text("wrCG")
    assert listening.case().text == RUBBLE
    assert list_files(listening, "wrCG") == []
    assert len(list_files(listening, DESK)) == 1


def test_a_silent_voice_is_said_to_be_silent(listening: District) -> None:
    listening.speak(ME, ME)
    assert listening.hear(ME, "") == "voice.silent"
    assert "没有声音" in listening.last_text(ME)
    assert listening.tick(listening.advance(hours=1)) == 0
    assert listening.cases() == []


def test_a_voice_that_brings_its_words_waits_for_nobody_and_is_played_by_the_desk(district: District) -> None:
    assert district.speak(ME, ME, RUBBLE) == "case.opened"
    case = district.case()
    assert (case.text, case.class_id, district.voices()) == (RUBBLE, "env.rubble", [])
    (media,) = district.media()
    assert (media.case_id, media.text) == (case.id, RUBBLE)
    assert list_files(district, DESK) == [media.id]
    assert "/转写" not in district.chat_text(DESK)


def test_a_danger_with_the_words_of_the_platform_rings_at_once(district: District) -> None:
    assert district.speak("wrINTAKE", ME, GAS) == "case.opened"
    assert (district.case().urgent, district.case().status) == (True, Status.DISPATCHED)
    assert "危急时先拨打" in district.chat_text("wrINTAKE")


def test_words_that_came_with_their_voice_are_words(district: District) -> None:
    assert district.speak(ME, ME, "谢谢你们啊").startswith("talk.")
    assert district.tick(district.advance(hours=1)) == 0
    case = district.verify_case()
    assert district.speak(ME, ME, "已经修好了，很满意") == "act.rate"
    assert [one.id for one in district.cases()] == [case.id]


def test_a_confidence_that_is_heard_is_kept(listening: District) -> None:
    listening.speak("wrINTAKE", ME)
    listening.hear(ME, "举报解放路15号窗口办事员收受商户红包")
    assert listening.case().restricted
    assert list_files(listening, DESK) == []


def test_a_line_of_the_desk_gets_the_words_of_its_voice(district: District) -> None:
    assert district.say(ME, ME, "/转人工", photos=[make_voice(0)], direct=True) == "desk.line"
    assert len(list_files(district, DESK)) == 1
    number = district.last_card(DESK).desc
    assert district.say(DESK, "duty1", f"/转写 {number} {LAMP}") == "desk.transcribed"
    assert district.say(DESK, "duty1", f"/转写 {number} {LAMP}") == "refused.wrong_state"
    assert district.say(DESK, "duty1", f"/立案 {number}") == "desk.opened"
    assert (district.case().text, district.case().class_id) == (LAMP, "fac.lamp")


def test_a_danger_that_is_heard_in_a_line_is_a_case_at_once(district: District) -> None:
    district.say(ME, ME, "/转人工", photos=[make_voice(0)], direct=True)
    number = district.last_card(DESK).desc
    assert district.say(DESK, "duty1", f"/转写 {number} {GAS}") == "desk.opened"
    case = district.case()
    assert (case.urgent, case.status, case.text) == (True, Status.DISPATCHED, GAS)


def test_a_video_is_shown_by_its_picture_and_staff_get_it_without_sound(district: District) -> None:
    clip = replace(make_photo(0), kind=PartKind.VIDEO, poster_path="p.jpg", clean_path="c.mp4", duration=12.3)
    district.say("wrINTAKE", ME, RUBBLE, photos=[clip])
    district.say(DESK, "duty1", f"/交办 {district.case().number} 城管局")
    shown = [push.body for push in district.pushes("wrCG") if isinstance(push.body, PhotoPush)]
    (media,) = district.media()
    assert shown == [PhotoPush(media.id, "视频 12 秒")]
    assert list_files(district, "wrCG") == [media.id]
