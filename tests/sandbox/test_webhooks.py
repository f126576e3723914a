"""Group webhooks: what is shown and each errcode of the sheet."""

import base64
import hashlib
import io
from typing import Any

import httpx
import PIL.Image
import pytest

from sandbox import samples
from sandbox.server import NO_TRUSTED_CA, SandboxServer
from tests.sandbox.conftest import small_world


def _send(box: SandboxServer, body: dict[str, Any], *, key: str = "key-a") -> int:
    response = httpx.post(
        f"{box.url}/cgi-bin/webhook/send",
        params={"key": key},
        json=body,
        trust_env=False,
        verify=NO_TRUSTED_CA,
    )
    assert response.status_code == 200
    code: int = response.json()["errcode"]
    return code


def _text(content: str = "好", **more: Any) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content, **more}}


def _image(data: bytes, *, md5: str = "") -> dict[str, Any]:
    true = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(data).decode(), "md5": md5 or true}}


def _dot() -> bytes:
    output = io.BytesIO()
    PIL.Image.new("RGB", (1, 1)).save(output, "PNG")
    return output.getvalue()


def _upload(box: SandboxServer, *, kind: str = "file", key: str = "key-a", **files: Any) -> dict[str, Any]:
    url = f"{box.url}/cgi-bin/webhook/upload_media"
    response = httpx.post(
        url, params={"key": key, "type": kind}, trust_env=False, verify=NO_TRUSTED_CA, **files
    )
    answer: dict[str, Any] = response.json()
    return answer


def test_a_mention_rings_members_of_the_group_only(box: SandboxServer) -> None:
    assert _send(box, _text(mentioned_list=["lisi", "stranger"])) == 0
    assert box.messages("wrA")[-1]["mentions"] == ["lisi"]


def test_everyone_can_be_rung(box: SandboxServer) -> None:
    _send(box, _text(mentioned_mobile_list=["@all"]))
    assert box.messages("wrA")[-1]["mentions"] == ["@all"]


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "markdown", "markdown": {"content": "**超时**"}},
        {"msgtype": "markdown_v2", "markdown_v2": {"content": "# 日报"}},
        {"msgtype": "news", "news": {"articles": [{"title": "周报", "url": "https://gov.example"}]}},
        _image(samples.render("clean")),
        {
            "msgtype": "template_card",
            "template_card": {
                "card_type": "text_notice",
                "main_title": {"title": "WG-2026-0001"},
                "card_action": {"type": 1, "url": "https://gov.example"},
            },
        },
    ],
    ids=lambda body: body["msgtype"],
)
def test_every_kind_is_shown(box: SandboxServer, body: dict[str, Any]) -> None:
    assert _send(box, body) == 0
    assert box.messages("wrA")[-1]["msgtype"] == body["msgtype"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"msgtype": "poster"}, 40008),
        ({"msgtype": "text"}, 40058),
        (_text(""), 44004),
        (_text("字" * 683), 45002),
        ({"msgtype": "markdown", "markdown": {"content": "字" * 1366}}, 45002),
        (_image(b"no picture"), 40123),
        (_image(samples.render("clean"), md5="0" * 32), 40123),
        (_image(_dot()), 40123),
        ({"msgtype": "file", "file": {"media_id": "made-up"}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 40058),
        (
            {
                "msgtype": "template_card",
                "template_card": {"card_type": "button_interaction", "main_title": {"title": "a"}},
            },
            40058,
        ),
    ],
)
def test_a_wrong_body_is_told_by_its_errcode(box: SandboxServer, body: dict[str, Any], code: int) -> None:
    assert _send(box, body) == code
    assert box.messages("wrA") == []


def test_an_unknown_key_is_refused(box: SandboxServer) -> None:
    assert _send(box, _text(), key="nobody") == 93000


def test_the_21st_message_of_a_minute_is_refused(box: SandboxServer) -> None:
    assert [_send(box, _text(str(number))) for number in range(21)] == [0] * 20 + [45009]
    box.advance_clock(60)
    assert _send(box, _text()) == 0


def test_a_key_can_be_locked_after_it_exceeded_its_rate() -> None:
    with SandboxServer(small_world(), webhook_per_minute=1, webhook_lock=600) as box:
        assert [_send(box, _text()), _send(box, _text())] == [0, 45009]
        box.advance_clock(599)
        assert _send(box, _text()) == 45009
        box.advance_clock(2)
        assert _send(box, _text()) == 0


def test_an_uploaded_file_can_be_sent_with_the_same_key(box: SandboxServer) -> None:
    answer = _upload(box, files={"media": ("日报.txt", b"hello world")})
    assert _send(box, {"msgtype": "file", "file": {"media_id": answer["media_id"]}}) == 0
    assert box.messages("wrA")[-1]["attachment"]["name"] == "日报.txt"


def test_a_missing_part_is_told_before_a_wrong_key(box: SandboxServer) -> None:
    assert _upload(box, key="nobody")["errcode"] == 44001
    assert _upload(box, key="nobody", files={"media": ("a", b"hello world")})["errcode"] == 93000


def test_a_voice_must_be_amr(box: SandboxServer) -> None:
    assert _upload(box, kind="voice", files={"media": ("a.amr", b"hello world")})["errcode"] == 40005
    assert _upload(box, kind="voice", files={"media": ("a.amr", b"#!AMR\nxxxx")})["errcode"] == 0


def test_an_outage_answers_with_a_status(box: SandboxServer) -> None:
    box.arm_faults(webhook_status=[500, 1])
    url = f"{box.url}/cgi-bin/webhook/send?key=key-a"
    assert httpx.post(url, json=_text(), trust_env=False).status_code == 500
    assert _send(box, _text()) == 0
