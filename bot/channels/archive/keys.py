"""The private keys by version: a message names the one that opens it (wecom-archive.md §2, Decrypt)."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class KeyProblem(Exception):
    """The message cannot be opened; the message of the exception is a slug: `no_key` or `key_refused`."""


class KeyFileProblem(Exception):
    """A file is no private key that could be used; the message is a slug."""


class PrivateKeys:
    """Old versions stay: what was sealed with them comes as long as the platform keeps it."""

    def __init__(self, files: Mapping[int, Path]) -> None:
        """Raises KeyFileProblem."""
        self._keys = {version: load_key(path) for version, path in files.items()}

    @property
    def versions(self) -> frozenset[int]:
        return frozenset(self._keys)

    def open_random_key(self, version: int, sealed: str) -> str:
        """The key of one message, sealed with the public key of this version. Raises KeyProblem."""
        key = self._keys.get(version)
        if key is None:
            raise KeyProblem("no_key")
        try:
            opened = key.decrypt(base64.b64decode(sealed, validate=True), padding.PKCS1v15()).decode("ascii")
        except (binascii.Error, ValueError) as error:
            raise KeyProblem("key_refused") from error
        # OpenSSL answers chance instead of an error where the padding is wrong.
        if not opened or not opened.isprintable():
            raise KeyProblem("key_refused")
        return opened


def load_key(path: Path) -> RSAPrivateKey:
    """The key in a PEM file. Raises KeyFileProblem."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileProblem("unreadable") from error
    except (ValueError, TypeError) as error:
        raise KeyFileProblem("no_key") from error
    if not isinstance(key, RSAPrivateKey):
        raise KeyFileProblem("not_rsa")
    return key
