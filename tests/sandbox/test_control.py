"""The control API, the world files, the command line."""

import json
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from sandbox import __main__ as command
from sandbox.archive.library import ArchiveBook
from sandbox.loading import WorldError, load_default_world, load_world
from sandbox.server import SandboxError, SandboxServer
from tests.sandbox.conftest import RawBot, small_world


def test_the_sample_district_has_the_ids_the_demo_needs() -> None:
    world = load_default_world()
    assert {"wrINTAKE", "wrRESIDENTS", "wrDUTY", "wrCG", "wrZJ", "wrGA", "wrSW"} <= set(world.groups)
    assert {"zhangsf", "liay", "chendy", "duty1", "duty2", "cg1", "cg2", "wgxw", "leader1"} <= set(
        world.members
    )
    assert {hook.chatid for hook in world.webhooks.values()} == set(world.groups)
    assert ("AIB1", "wrCG") in world.pushable_chats


def test_a_wrong_world_is_told_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text("groups:\n  - {id: wrA, members: [nobody]}\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"groups\.wrA\.members: no member nobody"):
        load_world(path)


def test_state_tells_only_what_changed_since(box: SandboxServer) -> None:
    box.say("wrA", "zhangsan", "早")
    seen = httpx.get(f"{box.url}/sandbox/api/state", trust_env=False).json()["revision"]
    box.say("wrA", "lisi", "晚")
    later = httpx.get(f"{box.url}/sandbox/api/state?after={seen}", trust_env=False).json()
    assert [message["text"] for message in later["messages"]] == ["晚"]


def test_events_start_with_the_state_and_go_on(box: SandboxServer) -> None:
    url = box.ws_url.replace("/aibot", "/sandbox/api/events")
    with connect(url, proxy=None) as page:
        assert json.loads(page.recv(5))["type"] == "state"
        box.say("wrA", "zhangsan", "早")
        assert json.loads(page.recv(5))["message"]["text"] == "早"
        with RawBot(box.ws_url) as raw:
            raw.subscribe()
            assert json.loads(page.recv(5)) == {"type": "online", "online": ["AIB1"]}


def test_only_members_speak_in_a_group(box: SandboxServer) -> None:
    with pytest.raises(SandboxError, match="张三不在这个会话里"):
        box.say("wrB", "zhangsan", "早")
    box.post("join", chat="wrB", user="zhangsan")
    assert box.say("wrB", "zhangsan", "早")["text"] == "早"


def test_an_empty_message_is_refused(box: SandboxServer) -> None:
    with pytest.raises(SandboxError, match="没有可发送的内容"):
        box.say("wrA", "zhangsan")


def test_an_upload_can_be_posted_as_a_photo(box: SandboxServer) -> None:
    files = {"file": ("井盖.jpg", b"\xff\xd8\xff\xe0 a photo")}
    made = httpx.post(f"{box.url}/sandbox/api/files", files=files, trust_env=False).json()
    message = box.say("wrA", "zhangsan", photos=[f"file:{made['id']}"])
    assert (message["msgtype"], message["photos"][0]["name"]) == ("image", "井盖.jpg")


def test_entering_is_told_once_a_day(box: SandboxServer, bot: RawBot) -> None:
    assert [box.enter("AIB1", "zhangsan"), box.enter("AIB1", "zhangsan")] == [True, False]
    assert bot.receive()["body"]["event"] == {"eventtype": "enter_chat"}
    box.advance_clock(86400)
    assert box.enter("AIB1", "zhangsan") is True


def test_an_answer_with_feedback_can_be_rated(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    body = {"content": "好", "feedback": {"id": "fb-1"}}
    bot.ask("aibot_send_msg", {"chatid": "wrA", "msgtype": "markdown", "markdown": body})
    box.post("rate", message=box.messages("wrA")[-1]["id"], user="lisi", type=2, content="答非所问")
    event = bot.receive()["body"]["event"]
    assert event["feedback_event"] == {"id": "fb-1", "type": 2, "content": "答非所问"}


def test_a_file_cannot_act_as_a_page(box: SandboxServer) -> None:
    files = {"file": ("a.html", b"<script>alert(1)</script>")}
    made = httpx.post(f"{box.url}/sandbox/api/files", files=files, trust_env=False).json()
    headers = httpx.get(f"{box.url}/sandbox/files/{made['id']}", trust_env=False).headers
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_command_line_takes_every_option() -> None:
    given = command.build_parser().parse_args(["--port", "0", "--media-ttl", "5", "--replay-on-subscribe"])
    assert (given.media_ttl, given.replay_on_subscribe) == (5.0, True)


def test_two_sandboxes_live_side_by_side(box: SandboxServer) -> None:
    with SandboxServer(small_world()) as other:
        box.say("wrA", "zhangsan", "早")
        assert other.messages("wrA") == []


def test_the_page_knows_accounts_that_somebody_hears_and_none_of_their_secrets() -> None:
    world = load_default_world()
    assert world.to_json()["accounts"] == []
    [account] = world.accounts.values()
    account.callback_url = "http://127.0.0.1:1/"
    [shown] = world.to_json()["accounts"]
    assert [phone["name"] for phone in shown["phones"]] == ["孙阿姨"]
    assert shown["menu"] == ["我要反映", "我的事项", "帮助"]
    assert world.to_json()["apps"] == []
    assert not {account.secret, account.token, account.aes_key} & set(str(shown).split("'"))


def test_the_page_shows_the_telephones_of_customer_service_and_calls_their_owners_by_name() -> None:
    world = load_default_world()
    [account] = world.services.values()
    account.callback_url = "http://127.0.0.1:1/"
    [shown] = world.to_json()["services"]
    [phone] = shown["phones"]
    assert world.member_name(phone["user"]) == phone["name"] == "吴师傅"
    assert not {account.token, account.aes_key} & set(str(shown).split("'"))


def test_an_archive_goes_on_where_the_last_run_left_it(tmp_path: Path) -> None:
    first = ArchiveBook(tmp_path)
    key = first.add_key(1).read_bytes()
    first.add({"msgid": "M1"})
    again = ArchiveBook(tmp_path)
    assert again.add_key(1).read_bytes() == key
    assert again.add({"msgid": "M2"}) == 2


def test_a_walk_without_its_telephone_is_told() -> None:
    step = {"phone": "oNOBODY", "do": "扫码"}
    with pytest.raises(WorldError, match="no telephone oNOBODY"):
        load_world({"stories": [{"title": "走一走", "steps": [step]}]})
    with pytest.raises(WorldError, match=r"accounts\.wxA: "):
        load_world({"accounts": [{"id": "wxA", "phones": [{"number": "1"}]}]})
