"""Files in (encrypted links) and out (chunked uploads)."""

import base64
import hashlib
from typing import Any

import httpx

from sandbox import crypto, samples
from sandbox.server import SandboxServer
from tests.sandbox.conftest import RawBot

PHOTO = samples.render("clean")


def _upload(bot: RawBot, data: bytes, *, kind: str = "image", **change: Any) -> dict[str, Any]:
    """Upload in two chunks, the second one first; the acknowledgement of finish or of what failed."""
    half = len(data) // 2
    chunks = [data[:half], data[half:]]
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    init = {"type": kind, "filename": "a.jpg", "total_size": len(data), "total_chunks": 2, "md5": md5}
    answer = bot.ask("aibot_upload_media_init", {**init, **change})
    if answer["errcode"]:
        return answer
    upload_id = answer["body"]["upload_id"]
    for index in (1, 0):
        chunk = {"chunk_index": index, "base64_data": base64.b64encode(chunks[index]).decode()}
        bot.ask("aibot_upload_media_chunk", {"upload_id": upload_id, **chunk})
    return bot.ask("aibot_upload_media_finish", {"upload_id": upload_id})


def test_a_link_opens_with_its_own_key(box: SandboxServer, bot: RawBot) -> None:
    frame = bot.hears(box, text="看", photos=["sample:rubble"])
    image = frame["body"]["mixed"]["msg_item"][1]["image"]
    response = httpx.get(image["url"], trust_env=False)
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    key = crypto.decode_key(image["aeskey"])
    assert crypto.decrypt_bytes(response.content, key) == samples.render("rubble")


def test_a_link_dies_after_five_minutes(box: SandboxServer, bot: RawBot) -> None:
    frame = bot.hears(box, text="看", photos=["sample:rubble"])
    url = frame["body"]["mixed"]["msg_item"][1]["image"]["url"]
    box.advance_clock(299)
    assert httpx.get(url, trust_env=False).status_code == 200
    box.advance_clock(2)
    assert httpx.get(url, trust_env=False).status_code == 403


def test_a_cut_download_does_not_decrypt(box: SandboxServer, bot: RawBot) -> None:
    frame = bot.hears(box, text="看", photos=["sample:rubble"])
    url = frame["body"]["mixed"]["msg_item"][1]["image"]["url"]
    whole = len(httpx.get(url, trust_env=False).content)
    box.arm_faults(cut_media=1)
    assert len(httpx.get(url, trust_env=False).content) < whole


def test_an_uploaded_photo_can_be_pushed(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    media_id = _upload(bot, PHOTO)["body"]["media_id"]
    body = {"chatid": "wrA", "msgtype": "image", "image": {"media_id": media_id}}
    assert bot.ask("aibot_send_msg", body)["errcode"] == 0
    url = box.messages("wrA")[-1]["photos"][0]["url"]
    assert httpx.get(box.url + url, trust_env=False).content == PHOTO


def test_a_media_id_lives_three_days_and_is_of_its_kind(box: SandboxServer, bot: RawBot) -> None:
    bot.hears(box, text="在吗")
    media_id = _upload(bot, PHOTO)["body"]["media_id"]
    as_file = {"chatid": "wrA", "msgtype": "file", "file": {"media_id": media_id}}
    assert bot.ask("aibot_send_msg", as_file)["errcode"] == 40004
    box.advance_clock(3 * 86400 + 1)
    body = {"chatid": "wrA", "msgtype": "image", "image": {"media_id": media_id}}
    assert bot.ask("aibot_send_msg", body)["errcode"] == 40145
    body["image"] = {"media_id": "made-up"}
    assert bot.ask("aibot_send_msg", body)["errcode"] == 40007


def test_a_bad_upload_is_refused(bot: RawBot) -> None:
    assert _upload(bot, PHOTO, type="poster")["errcode"] == 40004
    assert _upload(bot, PHOTO, total_size=11 * 1024 * 1024)["errcode"] == 40006
    assert _upload(bot, PHOTO, kind="video", total_size=11 * 1024 * 1024)["errcode"] == 40011
    assert _upload(bot, PHOTO, total_chunks=101)["errcode"] == 40058
    assert _upload(bot, PHOTO, md5="0" * 32)["errcode"] == 40058
    assert _upload(bot, b"no picture at all")["errcode"] == 40005


def test_an_upload_session_ends_after_half_an_hour(box: SandboxServer, bot: RawBot) -> None:
    init = {"type": "file", "filename": "a", "total_size": 10, "total_chunks": 1, "md5": "0" * 32}
    upload_id = bot.ask("aibot_upload_media_init", init)["body"]["upload_id"]
    box.advance_clock(1801)
    assert bot.ask("aibot_upload_media_finish", {"upload_id": upload_id})["errcode"] == 40007
