"""WXBizMsgCrypt and media encryption, written from the protocol sheet alone (crypto.md).

AES-256-CBC whose IV is the head of the key, PKCS#7 to 32 bytes, SHA-1 over four sorted strings.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class CryptoError(Exception):
    """The input cannot be trusted; `code` is the error number of the official helper."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def decode_key(encoded: str) -> bytes:
    """The 32 bytes of an EncodingAESKey or `aeskey` (base64 of either alphabet, with or without `=`).

    Raises CryptoError.
    """
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4))
    except binascii.Error as error:
        raise CryptoError(-40004, "illegal AES key") from error
    if len(key) != 32:
        raise CryptoError(-40004, "illegal AES key")
    return key


def new_key(*, url_safe: bool = False) -> str:
    """A random 43-character key without padding, or, `url_safe`, in the other alphabet with its padding."""
    if url_safe:
        # Begins with what the two alphabets spell differently.
        return base64.urlsafe_b64encode(b"\xfb\xff\xbf" + secrets.token_bytes(29)).decode()
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def encrypt_bytes(plain: bytes, key: bytes) -> bytes:
    """AES-256-CBC with PKCS#7 padding to 32 bytes."""
    pad = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()


def decrypt_bytes(cipher: bytes, key: bytes) -> bytes:
    """The inverse of `encrypt_bytes`. Raises CryptoError for a wrong length or padding."""
    if not cipher or len(cipher) % 16:
        raise CryptoError(-40007, "ciphertext is not a whole number of blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(cipher) + decryptor.finalize()
    pad = padded[-1]
    if not 1 <= pad <= BLOCK or pad > len(padded) or padded[-pad:] != bytes([pad]) * pad:
        raise CryptoError(-40008, "illegal padding")
    return padded[:-pad]


def compute_signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The msg_signature: SHA-1 over the four strings, sorted and joined, in hex."""
    joined = "".join(sorted([token, timestamp, nonce, encrypted]))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def check_signature(given: str, *, token: str, timestamp: str, nonce: str, encrypted: str) -> None:
    """Raise CryptoError where `given` is not the signature of the other four."""
    if not hmac.compare_digest(
        given.encode(), compute_signature(token, timestamp, nonce, encrypted).encode()
    ):
        raise CryptoError(-40001, "signature mismatch")


def seal(message: str, key: bytes, *, receiveid: str = "", random16: bytes | None = None) -> str:
    """Message text to base64 ciphertext, with 16 random bytes before it and `receiveid` behind it."""
    body = message.encode()
    head = random16 if random16 is not None else secrets.token_hex(8).encode()
    plain = head + struct.pack(">I", len(body)) + body + receiveid.encode()
    return base64.b64encode(encrypt_bytes(plain, key)).decode()


def unseal(encrypted: str, key: bytes, *, receiveid: str = "") -> str:
    """Base64 ciphertext to message text; a non-empty `receiveid` must match. Raises CryptoError."""
    try:
        cipher = base64.b64decode(encrypted, validate=True)
    except binascii.Error as error:
        raise CryptoError(-40010, "not base64") from error
    plain = decrypt_bytes(cipher, key)
    if len(plain) < 20:
        raise CryptoError(-40008, "buffer too short")
    (length,) = struct.unpack(">I", plain[16:20])
    if 20 + length > len(plain):
        raise CryptoError(-40008, "message length exceeds the buffer")
    if receiveid and plain[20 + length :] != receiveid.encode():
        raise CryptoError(-40005, "receiveid mismatch")
    return plain[20 : 20 + length].decode()
