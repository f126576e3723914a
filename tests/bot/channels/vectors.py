"""Known answers: official samples and vectors agreed on by several independent implementations."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.crypto import add_padding, decode_key

_V1 = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911"
    "L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLx"
    "AUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9"
    "nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/u"
    "h9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)

_V3 = (
    "4j/AuRx71kQlxVlzbpsMWJStntaTppAt1YtwiaiuNBfkkXtcmXoP7Psklzdc47lqtEFesiKlDTDY43XlsZjR9fllUygSH8s9"
    "tn12gCKzLsaIqKWq1aXtvipIbXPaMe50neq96sHSXym+FjTUOtcylhne1Y4MfBGtwW5pFrP9sa8I2yJ9CenDwXweq2DwMw+f"
    "gkHozo3NLli+cUU1o3sWud4r8Ma8gHZmBo8hSCp3AJdLJr6lSrRQIuwEcPWGUC4906yJDvS1RcVNxhbvwMUWg8ZRA5F9pNcX"
    "vIdCwhx+/tc="
)

_V4 = (
    "wrNmYnsdngNwZHPRm4NnS2DUnUAzG8sCQ+8WW1f7txwbR+lD/086ly1D9UMzJojimHtKwR/i0b59HcQ7Gj7Liuxn32akmMBN"
    "z/utDrFz420u6sQB6xv0ieYAY9HfcpL7OMUU2XzNTi2L90fiY6/teXhQaAGCpN3cYGfvcqVqqzQ="
)

_V6 = (
    "vyx3HuuV3UaeH6CffeASr2tgSot5dbAmG+ipr2GYl7NJxvQA76oOUdJ3w33eKvh23kHSEKNSlBiL4bj8EzdKNfLXSdrVQuYY"
    "Mttck5EXQjtkyi+PX5mI8S6HT0h//oEp0s90fNO9ysv524Ou3wgo+nKoyH2v9Ulxe6vim7WtqzUieAP+MS7luU35/Thgjbmv"
    "DS6mNRVGdln1BPUlD2LK7RWddoCq+/758zoks/1hpYE4LBjG/S1FKwvd4N06w6uD9WW9qNVwV15fxc2g/J+//xdv2POgncB9"
    "qkQUES23n9wE8d4I7KjTCKIcoW0oZdi4oVWi6EdzTfnrzcD0hfiPEIL54scslHokr7fKmaLmBIt5LXprP2WnsRJu3TyI+Cmw"
    "TVhZJwQybqS7rGbBm7FJuqQk/DLKZDDltzyMFDnSbQqjmrRspjeRCT+XipJ+R5Qh0WlaoBWV92v8AKbtKONEVw=="
)

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
OFFICIAL_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


@dataclass(frozen=True, slots=True)
class Vector:
    token: str
    key: str
    receiveid: str
    timestamp: str
    nonce: str
    signature: str
    encrypt: str
    plain: str
    salt: bytes


V1 = Vector(
    "QDG6eK",
    OFFICIAL_KEY,
    "wx5823bf96d3bd56c7",
    "1409659813",
    "1372623149",
    "477715d11cdb4164915debcba66cb864d751f3e6",
    _V1,
    """<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName>
<CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId>
<AgentID>218</AgentID>
</xml>""",
    b"0960688932c47ef1",
)
V2 = Vector(
    "QDG6eK",
    OFFICIAL_KEY,
    "wx5823bf96d3bd56c7",
    "1409659589",
    "263014780",
    "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    "1616140317555161061",
    b"c41b64491c2468d0",
)
V3 = Vector(
    "AIBOTtoken01",
    KEY,
    "",
    "1767225600",
    "nonce01",
    "627fa39f4f0cff4aacce4bd068b2a6811db36db0",
    _V3,
    '{"msgid":"MSG-0001","aibotid":"AIBOTID","chatid":"wrGROUP-Aa1","chattype":"group",'
    '"from":{"userid":"zhangsan"},"msgtype":"text","text":{"content":"@网格助手 3栋楼道灯坏了"}}',
    b"0123456789abcdef",
)
V4 = Vector(
    "AIBOTtoken01",
    KEY,
    "",
    "1767225601",
    "nonce01",
    "f3efa1fbe5368e65cce033f643b9a71ad4a36e45",
    _V4,
    '{"msgtype":"stream","stream":{"id":"st-1","finish":true,"content":"已登记：WG-2026-0001"}}',
    b"fedcba9876543210",
)
V6 = Vector(
    "OAtoken01",
    KEY,
    "wx0123456789abcdef",
    "1767225600",
    "998877",
    "c1fc55e8a9a636fe3d033898b96d20f9b92fba4f",
    _V6,
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oOPENID0001]]>"
    "</FromUserName><CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[路灯不亮!!!!!!!!!!!!!!!!!!!!!!]]></Content><MsgId>24812345678901234</MsgId></xml>",
    b"ABCDEFGHIJKLMNOP",
)
VECTORS = {"V1": V1, "V2": V2, "V3": V3, "V4": V4, "V6": V6}

V5_PLAIN = bytes.fromhex("ffd8ffe0677269642d70686f746f")
V5_CIPHER = bytes.fromhex("1bb0f083239bd4b3dbfaf3bb33bb99b0270b3349d7520a40cca30d318612fb7e")


@dataclass(frozen=True, slots=True)
class RejectedVector:
    """An authentic signature over a payload that must not be believed."""

    encrypt: str
    signature: str
    slug: str
    status: int
    code: int


NEGATIVES = {
    "wrong receiveid": RejectedVector(
        "4j/AuRx71kQlxVlzbpsMWLCOQqdb3NXyyMK5AbEfLmXH5YNNnAucqc7x1UCpZpDXO9y4DOW+nSvNREtvA7npzA==",
        "2b49917708455ab7b0dfe0bdcdea1235e15e9542",
        "receiveid_mismatch",
        403,
        -40005,
    ),
    "length beyond the buffer": RejectedVector(
        "4j/AuRx71kQlxVlzbpsMWA+s0q54JPNs15Q5VBdua3o=",
        "2e3c4e11c5846ea1d08a575247d7a87ba257743e",
        "illegal_buffer",
        400,
        -40008,
    ),
    "pad byte 33": RejectedVector(
        "4j/AuRx71kQlxVlzbpsMWEJCcUX0hEQ75Dt9sWtHZHlT/6VMtasOWQKqzR4AEbz+zr6WZQCMVvJy3XuE+GZJBg==",
        "4e393f05a4afa3fdaec451848bfe2e52911df581",
        "illegal_buffer",
        400,
        -40008,
    ),
}


def encrypt_media(plain: bytes, key: str) -> bytes:
    """As the platform encrypts a file; V5 proves it."""
    raw = decode_key(key)
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return encryptor.update(add_padding(plain)) + encryptor.finalize()
