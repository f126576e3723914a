"""The stand-in for the C library, and what it reads: entries sealed as the platform seals them.

The library (finance_stub.c) is compiled into a folder and serves what lies there.
"""

import base64
import hashlib
import json
import secrets
import shutil
import subprocess
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sandbox.wire import Json

_SOURCE = Path(__file__).with_name("finance_stub.c")
LIBRARY = "libWeWorkFinanceSdk_C.so"


class NoCompiler(Exception):
    """There is no C compiler: `apt-get install gcc`."""


def compile_library(folder: Path, *, slice_bytes: int = 512 * 1024) -> Path:
    """Compile the library into a folder. Raises NoCompiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("no cc on this machine: apt-get install gcc libc6-dev")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / LIBRARY
    options = ["-shared", "-fPIC", "-O1", f"-DSLICE_BYTES={slice_bytes}"]
    command = [compiler, *options, "-o", str(target), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own source, a compiler by path
    return target


class ArchiveBook:
    """The entries and files that the library in this folder hands out, newest last.

    What an earlier book left in the folder is kept, and goes on.
    """

    def __init__(self, folder: Path, *, keys_of: "ArchiveBook | None" = None) -> None:
        """`keys_of`: another book, whose keys it has as well; to make one takes a while."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._keys: dict[int, rsa.RSAPrivateKey] = {}
        for version, key in keys_of.list_keys() if keys_of is not None else ():
            self._keep_key(version, key)
        entries = folder / "chatdata"
        self._seq = entries.read_bytes().count(b"\n") if entries.exists() else 0
        self._lock = threading.Lock()

    @property
    def seq(self) -> int:
        """Number of the newest entry."""
        return self._seq

    def add_key(self, version: int) -> Path:
        """The file of this version's private key, as an administrator keeps it; made where there is none."""
        kept = self.folder / f"private-{version}.pem"
        if kept.exists():
            key = load_pem_private_key(kept.read_bytes(), password=None)
            assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - written by a book
            return self._keep_key(version, key)
        return self._keep_key(version, rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def list_keys(self) -> list[tuple[int, rsa.RSAPrivateKey]]:
        """Versions and keys."""
        return list(self._keys.items())

    def _keep_key(self, version: int, key: rsa.RSAPrivateKey) -> Path:
        self._keys[version] = key
        path = self.folder / f"private-{version}.pem"
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
        return path

    def add(self, entry: Json, *, version: int | None = None) -> int:
        """Add an entry in the clear, sealed for the newest key or that of a version; its number."""
        text = json.dumps(entry, ensure_ascii=False)
        key = secrets.token_hex(16)
        return self.add_sealed(str(entry["msgid"]), self.seal_key(key, version), seal(text, key), version)

    def add_sealed(
        self, message_id: str, random_key: str, ciphertext: str, version: int | None = None
    ) -> int:
        """Add an entry as it is, be it nonsense; its number."""
        with self._lock:
            self._seq += 1
            row = {
                "seq": self._seq,
                "msgid": message_id,
                "publickey_ver": version or max(self._keys),
                "encrypt_random_key": random_key,
                "encrypt_chat_msg": ciphertext,
            }
            with (self.folder / "chatdata").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, separators=(",", ":")) + "\n")
        return self._seq

    def add_file(self, data: bytes) -> Json:
        """Keep a file; the fields by which a message names it."""
        file_id = secrets.token_hex(16)
        (self.folder / f"media-{file_id}").write_bytes(data)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return {"md5sum": md5, "filesize": len(data), "sdkfileid": file_id}

    def set_fault(self, code: int) -> None:
        """Every call to the platform answers with this code; 0: as it should."""
        fault = self.folder / "fault"
        if code:
            fault.write_text(str(code), encoding="ascii")
        else:
            fault.unlink(missing_ok=True)

    def expire(self, seq: int) -> None:
        """The entries up to this number are deleted."""
        (self.folder / "expired").write_text(str(seq), encoding="ascii")

    def list_slices(self) -> list[str]:
        """Which slices of files were asked for: file id and range, in order."""
        calls = self.folder / "calls"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def seal_key(self, key: str, version: int | None = None) -> str:
        """The key of one message, sealed for the newest key pair or that of a version."""
        public = self._keys[version or max(self._keys)].public_key()
        return base64.b64encode(public.encrypt(key.encode(), padding.PKCS1v15())).decode()


def seal(text: str, key: str) -> str:
    """A ciphertext as finance_stub.c opens it."""
    data, letters = text.encode(), key.encode()
    mixed = bytes(byte ^ letters[at % len(letters)] for at, byte in enumerate(data))
    return base64.b64encode(b"GB1" + (sum(data) & 0xFFFFFFFF).to_bytes(4, "little") + mixed).decode()
