"""Tencent's own npm package as a witness: what it seals we open, what we seal is what it seals, to the letter.

Its answers are kept in tests/data/wecom_crypto.json; the script that made them lies beside it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.crypto import CallbackCrypto
from sandbox import crypto as platform

_ANSWERS = Path(__file__).parents[2] / "data" / "wecom_crypto.json"
ANSWERS: list[dict[str, str]] = json.loads(_ANSWERS.read_text(encoding="utf-8"))


def name_answer(answer: dict[str, Any]) -> str:
    return f"{len(answer['message'])} characters to {answer['id'] or 'nobody'}"


@pytest.mark.parametrize("answer", ANSWERS, ids=name_answer)
def test_gridbot_and_sandbox_seal_and_open_as_tencents_package_does(answer: dict[str, str]) -> None:
    ours = CallbackCrypto(answer["token"], answer["key"], receiveid=answer["id"])
    seen = {name: answer[name] for name in ("signature", "timestamp", "nonce")}
    assert ours.open(answer["sealed"], **seen) == answer["message"]
    salt = answer["random"].encode()
    sealed = ours.seal(
        answer["message"], timestamp=int(answer["timestamp"]), nonce=answer["nonce"], salt=salt
    )
    assert (sealed.encrypt, sealed.signature) == (answer["sealed"], answer["signature"])

    key = platform.decode_key(answer["key"])
    assert platform.unseal(answer["sealed"], key, receiveid=answer["id"]) == answer["message"]
    assert platform.seal(answer["message"], key, receiveid=answer["id"], random16=salt) == answer["sealed"]
    signed = platform.compute_signature(
        answer["token"], answer["timestamp"], answer["nonce"], answer["sealed"]
    )
    assert signed == answer["signature"]
