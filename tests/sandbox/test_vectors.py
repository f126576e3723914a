"""The known answers of crypto.md."""

import pytest

from sandbox import crypto

KEY = crypto.decode_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")

V3_MESSAGE = (
    '{"msgid":"MSG-0001","aibotid":"AIBOTID","chatid":"wrGROUP-Aa1","chattype":"group",'
    '"from":{"userid":"zhangsan"},"msgtype":"text","text":{"content":"@网格助手 3栋楼道灯坏了"}}'
)
V3_SEALED = (
    "4j/AuRx71kQlxVlzbpsMWJStntaTppAt1YtwiaiuNBfkkXtcmXoP7Psklzdc47lqtEFesiKlDTDY43XlsZjR9fllUygSH8s9"
    "tn12gCKzLsaIqKWq1aXtvipIbXPaMe50neq96sHSXym+FjTUOtcylhne1Y4MfBGtwW5pFrP9sa8I2yJ9CenDwXweq2DwMw+f"
    "gkHozo3NLli+cUU1o3sWud4r8Ma8gHZmBo8hSCp3AJdLJr6lSrRQIuwEcPWGUC4906yJDvS1RcVNxhbvwMUWg8ZRA5F9pNcX"
    "vIdCwhx+/tc="
)
V4_MESSAGE = '{"msgtype":"stream","stream":{"id":"st-1","finish":true,"content":"已登记：WG-2026-0001"}}'
V4_SEALED = (
    "wrNmYnsdngNwZHPRm4NnS2DUnUAzG8sCQ+8WW1f7txwbR+lD/086ly1D9UMzJojimHtKwR/i0b59HcQ7Gj7Liuxn32akmMBN"
    "z/utDrFz420u6sQB6xv0ieYAY9HfcpL7OMUU2XzNTi2L90fiY6/teXhQaAGCpN3cYGfvcqVqqzQ="
)


@pytest.mark.parametrize(
    ("message", "sealed", "random16"),
    [
        (V3_MESSAGE, V3_SEALED, b"0123456789abcdef"),
        (V4_MESSAGE, V4_SEALED, b"fedcba9876543210"),
    ],
)
def test_messages_are_sealed_and_opened_as_in_v3_and_v4(message: str, sealed: str, random16: bytes) -> None:
    assert crypto.seal(message, KEY, random16=random16) == sealed
    assert crypto.unseal(sealed, KEY) == message


def test_signatures_are_those_of_v3_and_v4() -> None:
    v3 = crypto.compute_signature("AIBOTtoken01", "1767225600", "nonce01", V3_SEALED)
    v4 = crypto.compute_signature("AIBOTtoken01", "1767225601", "nonce01", V4_SEALED)
    assert v3 == "627fa39f4f0cff4aacce4bd068b2a6811db36db0"
    assert v4 == "f3efa1fbe5368e65cce033f643b9a71ad4a36e45"


def test_media_is_encrypted_as_in_v5() -> None:
    plain = bytes.fromhex("ffd8ffe0677269642d70686f746f")
    cipher = bytes.fromhex("1bb0f083239bd4b3dbfaf3bb33bb99b0270b3349d7520a40cca30d318612fb7e")
    assert crypto.encrypt_bytes(plain, KEY) == cipher
    assert crypto.decrypt_bytes(cipher, KEY) == plain


@pytest.mark.parametrize(
    ("sealed", "code"),
    [
        ("4j/AuRx71kQlxVlzbpsMWLCOQqdb3NXyyMK5AbEfLmXH5YNNnAucqc7x1UCpZpDXO9y4DOW+nSvNREtvA7npzA==", -40005),
        ("4j/AuRx71kQlxVlzbpsMWA+s0q54JPNs15Q5VBdua3o=", -40008),
        (
            "4j/AuRx71kQlxVlzbpsMWEJCcUX0hEQ75Dt9sWtHZHlT/6VMtasOWQKqzR4AEbz+zr6WZQCMVvJy3XuE+GZJBg==",
            -40008,
        ),
        ("not base64!", -40010),
    ],
)
def test_what_must_not_open_does_not_open(sealed: str, code: int) -> None:
    with pytest.raises(crypto.CryptoError) as caught:
        crypto.unseal(sealed, KEY, receiveid="wwREAL")
    assert caught.value.code == code
