"""WXBizMsgCrypt: what secures every Tencent callback, and the cipher of the bot's media files.

    query + {"encrypt": …} ──check signature──> decrypt ──> strip pad ──> length, receiveid ──> text

Layout, padding and signature are checked here: wechatpy compares signatures in variable time, trusts the
length and the padding it finds, and loads a client of its own with everything that needs.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from bot.channels.base import RefusedInput

_PAD = 32
"""Not AES's own 16: the official libraries pad to 32, so pad bytes up to 32 are legal."""
_URL_SAFE = str.maketrans("-_", "+/")
_HEAD = 20
"""16 random bytes and the length."""


@dataclass(frozen=True, slots=True)
class SealedReply:
    """An encrypted reply and what proves it; the envelope (JSON or XML) is the channel's."""

    encrypt: str
    signature: str
    timestamp: int
    nonce: str


def sign(*values: str) -> str:
    """SHA-1 (Tencent's choice) over the values themselves, sorted, joined with nothing."""
    joined = b"".join(sorted(value.encode("utf-8", "replace") for value in values))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def signature_matches(act_input: str, *values: str) -> bool:
    """Whether this is the signature of the values, compared in constant time."""
    return hmac.compare_digest(act_input.encode("utf-8", "replace"), sign(*values).encode())


def decode_key(text: str) -> bytes:
    """The 32 key bytes of an EncodingAESKey or a file's aeskey. Raises ValueError.

    Base64 of either alphabet, with or without `=`.
    """
    bare = text.strip().rstrip("=").translate(_URL_SAFE)
    key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    if len(key) != 32:
        raise ValueError("an AES key has 43 characters [A-Za-z0-9] that stand for 32 bytes")
    return key


class CallbackCrypto:
    """One callback address: its token, its key, and whom its payloads are addressed to."""

    def __init__(self, token: str, aes_key: str, *, receiveid: str = "") -> None:
        """A wrong key is a ValueError here, at start-up, not an error per request."""
        self._token = token
        self._receiveid = receiveid.encode()
        self._cipher = _build_cipher(decode_key(aes_key))

    def open(self, encrypt: str, *, signature: str, timestamp: str, nonce: str) -> str:
        """The plain text of an authentic payload; RefusedInput otherwise."""
        if not signature_matches(signature, self._token, timestamp, nonce, encrypt):
            raise RefusedInput("signature_mismatch", 403, -40001)
        return self.decrypt(encrypt)

    def decrypt(self, encrypt: str) -> str:
        """The plain text of a payload whose signature was checked; RefusedInput where the layout is wrong."""
        plain = strip_padding(self._decrypt_blocks(encrypt))
        if len(plain) < _HEAD:
            raise RefusedInput("illegal_buffer", 400, -40008)
        (length,) = struct.unpack(">I", plain[16:_HEAD])
        end = _HEAD + length
        if end > len(plain):
            raise RefusedInput("illegal_buffer", 400, -40008)
        # An empty receiveid (AI bots) skips the comparison, as the official helper does.
        if self._receiveid and not hmac.compare_digest(plain[end:], self._receiveid):
            raise RefusedInput("receiveid_mismatch", 403, -40005)
        return _decode_utf8(plain[_HEAD:end])

    def seal(self, text: str, *, timestamp: int, nonce: str, salt: bytes | None = None) -> SealedReply:
        """Encrypt and sign a reply. `salt` is 16 bytes, random unless a test fixes them."""
        message = text.encode()
        salt = secrets.token_bytes(16) if salt is None else salt
        plain = salt + struct.pack(">I", len(message)) + message + self._receiveid
        encrypt = base64.b64encode(_run(self._cipher.encryptor(), add_padding(plain))).decode()
        signature = sign(self._token, str(timestamp), nonce, encrypt)
        return SealedReply(encrypt, signature, timestamp, nonce)

    def _decrypt_blocks(self, encrypt: str) -> bytes:
        try:
            body = base64.b64decode(encrypt, validate=True)
        except ValueError as error:
            raise RefusedInput("base64_broken", 400, -40010) from error
        if not body or len(body) % 16:
            raise RefusedInput("decrypt_failed", 400, -40007)
        return _run(self._cipher.decryptor(), body)


def _build_cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _run(direction: CipherContext, blocks: bytes) -> bytes:
    return direction.update(blocks) + direction.finalize()


class MediaDecryptor:
    """A media file decrypted as it arrives: the same cipher, without any inner layout."""

    def __init__(self, key: str) -> None:
        raw = decode_key(key)
        self._decryptor = _build_cipher(raw).decryptor()
        self._buffer = b""
        self._seen = 0

    def update(self, chunk: bytes) -> bytes:
        """The plain bytes that are certain so far; the last 32 may be padding and are held back."""
        self._seen += len(chunk)
        plain = self._buffer + self._decryptor.update(chunk)
        cut = max(len(plain) - _PAD, 0)
        self._buffer = plain[cut:]
        return plain[:cut]

    def finish(self) -> bytes:
        """The rest, without padding. A cut-off body or a wrong key is a RefusedInput."""
        if not self._seen or self._seen % 16:
            raise RefusedInput("decrypt_failed", 400, -40007)
        return strip_padding(self._buffer)


def decrypt_media(body: bytes, key: str) -> bytes:
    """A whole media file decrypted; `key` as in the message. Raises RefusedInput."""
    decryptor = MediaDecryptor(key)
    return decryptor.update(body) + decryptor.finish()


def add_padding(plain: bytes) -> bytes:
    """The bytes with PKCS#7 padding to 32, as Tencent pads."""
    count = _PAD - len(plain) % _PAD
    return plain + bytes([count]) * count


def strip_padding(plain: bytes) -> bytes:
    """The bytes without their padding. Raises RefusedInput where it is wrong."""
    count = plain[-1] if plain else 0
    if not 1 <= count <= min(_PAD, len(plain)) or plain[-count:] != bytes([count]) * count:
        raise RefusedInput("illegal_buffer", 400, -40008)
    return plain[:-count]


def _decode_utf8(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise RefusedInput("illegal_buffer", 400, -40008) from error
