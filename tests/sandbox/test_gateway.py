"""The long connection, frame by frame."""

from typing import Any

import pytest

from sandbox.limits import RateLimit, SlidingWindows
from sandbox.server import SandboxServer
from tests.sandbox.conftest import RawBot, small_world


def test_a_wrong_secret_is_refused(box: SandboxServer) -> None:
    with RawBot(box.ws_url) as raw:
        assert raw.subscribe(secret="wrong")["errcode"] == 40001
        assert raw.push() == 846609


def test_ping_is_acknowledged_without_a_cmd(bot: RawBot) -> None:
    assert bot.ask("ping", req_id="ping_1") == {
        "headers": {"req_id": "ping_1"},
        "errcode": 0,
        "errmsg": "ok",
    }


@pytest.mark.parametrize("raw", ["{", "[]", '{"cmd":"ping"}', b"\xff", '{"headers":{"req_id":7}}'])
def test_a_frame_nobody_can_read_is_refused_and_the_socket_lives(bot: RawBot, raw: str | bytes) -> None:
    bot.send_raw(raw)
    answer = bot.receive()
    assert (answer["headers"]["req_id"], answer["errcode"]) == ("", 40058)
    assert bot.ask("ping")["errcode"] == 0


def test_a_group_message_arrives_as_the_sheet_shows_it(box: SandboxServer, bot: RawBot) -> None:
    frame = bot.hears(box, text="3栋楼道灯坏了")
    body = frame["body"]
    url = body.pop("response_url")
    assert url.startswith(f"{box.url}/cgi-bin/aibot/response?response_code=")
    assert body.pop("msgid")
    assert frame["cmd"] == "aibot_msg_callback"
    assert body == {
        "aibotid": "AIB1",
        "chatid": "wrA",
        "chattype": "group",
        "from": {"userid": "zhangsan"},
        "msgtype": "text",
        "text": {"content": "@网格助手 3栋楼道灯坏了"},
    }


def test_a_group_message_without_a_mention_stays_among_people(box: SandboxServer, bot: RawBot) -> None:
    assert box.say("wrA", "zhangsan", "大家早")["delivered"] is False
    assert bot.hears(box, text="在吗")["body"]["text"]["content"] == "@网格助手 在吗"


def test_a_lone_photo_in_a_group_does_not_reach_the_bot(box: SandboxServer, bot: RawBot) -> None:
    assert box.say("wrA", "zhangsan", photos=["sample:rubble"])["delivered"] is False


def test_a_voice_message_in_a_group_cannot_mention_the_bot(box: SandboxServer, bot: RawBot) -> None:
    said = box.say("wrA", "zhangsan", voice="楼下有人乱停车", at_bot=True)
    assert (said["delivered"], said["at_bot"]) == (False, None)


def test_a_photo_alone_in_a_single_chat_is_an_image(box: SandboxServer, bot: RawBot) -> None:
    body = bot.hears(box, chat="AIB1", at_bot=False, photos=["sample:rubble"])["body"]
    assert (body["msgtype"], body["chattype"]) == ("image", "single")
    assert "chatid" not in body
    assert set(body["image"]) == {"url", "aeskey"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"photos": ["sample:rubble"]}, "image"),
        ({"voice": "五号楼门口有人乱停车"}, "voice"),
        ({"video": "AAAAIGZ0eXBpc29t"}, "video"),
        ({"file": "aGVsbG8gd29ybGQ="}, "file"),
        ({"text": "灯坏了"}, "text"),
        ({"text": "垃圾", "photos": ["sample:rubble"]}, "mixed"),
    ],
)
def test_a_quote_carries_the_quoted_thing(
    box: SandboxServer, bot: RawBot, said: dict[str, Any], kind: str
) -> None:
    quoted = box.say("wrA", "lisi", **said)["id"]
    quote = bot.hears(box, text="报事", quote=quoted)["body"]["quote"]
    assert set(quote) == {"msgtype", kind}
    assert quote["msgtype"] == kind


def test_a_quoted_push_is_quoted_as_text(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    bot.push("〔WG261121-0001〕已派单")
    pushed = box.messages("wrA")[-1]["id"]
    body = bot.hears(box, text="办结", quote=pushed)["body"]
    assert body["quote"] == {"msgtype": "text", "text": {"content": "〔WG261121-0001〕已派单"}}


def test_a_newer_subscribe_takes_the_bot_over(box: SandboxServer, bot: RawBot) -> None:
    with RawBot(box.ws_url) as newer:
        assert newer.subscribe()["errcode"] == 0
        assert bot.receive()["body"]["event"] == {"eventtype": "disconnected_event"}
        assert bot.ask("ping")["errcode"] == 0
        assert bot.push() == 846609
        assert newer.hears(box, text="谁在")["body"]["msgtype"] == "text"


def test_plain_text_is_no_reply_and_no_push(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    text = {"msgtype": "text", "text": {"content": "好"}}
    assert bot.ask("aibot_respond_msg", text, req_id=req_id)["errcode"] == 40008
    assert bot.ask("aibot_send_msg", {"chatid": "wrA", **text})["errcode"] == 40008


def test_only_a_chat_that_spoke_may_be_pushed_to(box: SandboxServer, bot: RawBot) -> None:
    assert [bot.push(chat=chat) for chat in ("wrA", "wrNONE", "zhangsan")] == [93006] * 3
    bot.hears(box, text="在吗")
    bot.hears(box, chat="AIB1", at_bot=False, text="你好")
    assert [bot.push(chat=chat) for chat in ("wrA", "wra", "zhangsan")] == [0, 93006, 0]


def test_a_req_id_nobody_issued_is_refused(bot: RawBot) -> None:
    body = {"msgtype": "markdown", "markdown": {"content": "好"}}
    assert bot.ask("aibot_respond_msg", body, req_id="SRV-1")["errcode"] == 846605


def test_a_req_id_dies_with_its_connection(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    body = {"msgtype": "markdown", "markdown": {"content": "好"}}
    with RawBot(box.ws_url) as newer:
        newer.subscribe()
        assert newer.ask("aibot_respond_msg", body, req_id=req_id)["errcode"] == 846605


def test_an_answer_after_a_day_is_too_late(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    box.advance_clock(86401)
    body = {"msgtype": "markdown", "markdown": {"content": "好"}}
    assert bot.ask("aibot_respond_msg", body, req_id=req_id)["errcode"] == 846604


def _stream(text: str, *, finish: bool = False) -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": "s", "finish": finish, "content": text}}


def test_stream_frames_fill_one_bubble(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    bot.ask("aibot_respond_msg", _stream("登记"), req_id=req_id)
    assert box.messages("wrA")[-1]["open_stream"] is True
    bot.ask("aibot_respond_msg", _stream("登记好了", finish=True), req_id=req_id)
    bubbles = box.messages("wrA")
    assert [(bubble["text"], bubble["open_stream"]) for bubble in bubbles[1:]] == [("登记好了", False)]


def test_a_finished_stream_takes_no_more(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    bot.ask("aibot_respond_msg", _stream("好", finish=True), req_id=req_id)
    assert bot.ask("aibot_respond_msg", _stream("又"), req_id=req_id)["errcode"] == 846608


def test_the_31st_message_of_a_minute_is_refused(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    assert [bot.push(str(number)) for number in range(31)] == [0] * 30 + [45009]
    assert box.stats()["refused_for_rate"] == {"wrA": 1}
    box.advance_clock(60)
    assert bot.push() == 0


def test_replies_and_pushes_share_one_window(box: SandboxServer, bot: RawBot) -> None:
    req_id = bot.hears(box, text="在吗")["headers"]["req_id"]
    for number in range(29):
        bot.push(str(number))
    body = {"msgtype": "markdown", "markdown": {"content": "好"}}
    codes = [bot.ask("aibot_respond_msg", body, req_id=req_id)["errcode"] for _ in range(2)]
    assert codes == [0, 45009]


def test_the_window_can_be_made_short() -> None:
    with SandboxServer(small_world(), rate_scale=0.0001, chat_per_minute=1) as box, RawBot(box.ws_url) as raw:
        raw.subscribe()
        raw.hears(box, text="在吗")
        # The minute is now 6 ms.
        box.wait_for(lambda: raw.push() == 0)
        box.wait_for(lambda: raw.push() == 0)


def test_the_hour_has_a_limit_of_its_own() -> None:
    windows = SlidingWindows(RateLimit(30, 60.0), RateLimit(1000, 3600.0))
    taken = [windows.take("chat", second * 2.0) for second in range(1001)]
    assert taken == [True] * 1000 + [False]
    assert windows.take("chat", 3600.5) is True


def test_a_welcome_after_five_seconds_is_too_late(box: SandboxServer, bot: RawBot) -> None:
    box.enter("AIB1", "zhangsan")
    req_id = bot.receive()["headers"]["req_id"]
    box.advance_clock(6)
    body = {"msgtype": "text", "text": {"content": "您好"}}
    assert bot.ask("aibot_respond_welcome_msg", body, req_id=req_id)["errcode"] == 846604


def test_a_late_ack_still_comes(box: SandboxServer, bot: RawBot) -> None:
    box.arm_faults(ack_delay=[0.05, 1])
    bot.send("ping", req_id="ping_slow")
    bot.send("ping", req_id="ping_fast")
    assert [bot.receive()["headers"]["req_id"] for _ in range(2)] == ["ping_fast", "ping_slow"]


def test_an_armed_errcode_answers_the_next_pushes(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    box.arm_faults(push_errors=[600039, 1])
    assert [bot.push(), bot.push()] == [600039, 0]
    assert len(box.messages("wrA")) == 2


def test_a_lost_ack_leaves_the_push_carried_out(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    box.arm_faults(lost_acks=1)
    bot.send("aibot_send_msg", {"chatid": "wrA", "msgtype": "markdown", "markdown": {"content": "好"}})
    assert bot.ask("ping", req_id="ping_9")["headers"]["req_id"] == "ping_9"
    assert box.messages("wrA")[-1]["text"] == "好"


def test_a_zombie_session_hears_single_chats_only(box: SandboxServer, bot: RawBot) -> None:
    box.arm_faults(zombie="AIB1")
    assert box.say("wrA", "zhangsan", "在吗", at_bot=True)["delivered"] is False
    assert bot.hears(box, chat="AIB1", at_bot=False, text="你好")["body"]["chattype"] == "single"
    with RawBot(box.ws_url) as again:
        again.subscribe()
        assert again.hears(box, text="在吗")["body"]["chattype"] == "group"


def test_messages_while_the_bot_is_away_are_lost(box: SandboxServer) -> None:
    assert box.say("wrA", "zhangsan", "在吗", at_bot=True)["delivered"] is False
    assert box.stats()["lost"] == 1


def test_messages_while_the_bot_is_away_can_be_replayed() -> None:
    with SandboxServer(small_world(), replay_on_subscribe=True) as box, RawBot(box.ws_url) as raw:
        box.say("wrA", "zhangsan", "在吗", at_bot=True)
        raw.subscribe()
        assert raw.receive()["body"]["text"]["content"] == "@网格助手 在吗"


def test_a_dropped_socket_frees_the_bot(box: SandboxServer, bot: RawBot) -> None:
    box.arm_faults(drop="AIB1")
    box.wait_for(lambda: not box.is_online("AIB1"))
