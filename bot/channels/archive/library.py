"""Tencent's C library through ctypes (wecom-archive.md §2). Loaded by its own process only: it may abort.

Nothing is imported here but the standard library, so that the process starts in a moment.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SIGNATURES = {
    "NewSdk": (ctypes.c_void_p, ()),
    "Init": (ctypes.c_int, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)),
    "DestroySdk": (None, (ctypes.c_void_p,)),
    "GetChatData": (
        ctypes.c_int,
        (
            ctypes.c_void_p, ctypes.c_ulonglong, ctypes.c_uint, ctypes.c_char_p, ctypes.c_char_p,
            ctypes.c_int, ctypes.c_void_p,
        ),
    ),
    "DecryptData": (ctypes.c_int, (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)),
    "GetMediaData": (
        ctypes.c_int,
        (
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p,
            ctypes.c_int, ctypes.c_void_p,
        ),
    ),
    "NewSlice": (ctypes.c_void_p, ()),
    "FreeSlice": (None, (ctypes.c_void_p,)),
    "GetContentFromSlice": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "GetSliceLen": (ctypes.c_int, (ctypes.c_void_p,)),
    "NewMediaData": (ctypes.c_void_p, ()),
    "FreeMediaData": (None, (ctypes.c_void_p,)),
    "GetOutIndexBuf": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "GetData": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "GetIndexLen": (ctypes.c_int, (ctypes.c_void_p,)),
    "GetDataLen": (ctypes.c_int, (ctypes.c_void_p,)),
    "IsMediaDataFinish": (ctypes.c_int, (ctypes.c_void_p,)),
}  # fmt: skip
"""Result and arguments of every function: pointers that ctypes takes for int lose their upper half."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call of the library came to; `code` 0: it went well."""

    code: int
    data: bytes = b""
    next_index: str = ""
    """Of a file: where to go on."""
    is_last: bool = False


class FinanceLibrary:
    """One handle of the library, for one thread."""

    def __init__(self, path: str, corp_id: str, secret: str) -> None:
        """Raises OSError where there is no such library, AttributeError where it is another one."""
        self._library = ctypes.CDLL(path)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, list(arguments)
        self._handle = self._library.NewSdk()
        self.code: int = self._library.Init(self._handle, corp_id.encode(), secret.encode())
        """What `Init` answered."""

    def get_chat_data(self, seq: int, limit: int, *, proxy: str, password: str, timeout: int) -> Answer:
        """The messages after `seq`, at most `limit`, as JSON; `timeout` in seconds."""
        with self._slice() as out:
            code = self._library.GetChatData(
                self._handle, seq, limit, proxy.encode(), password.encode(), timeout, out
            )
            return Answer(code, self._read_slice(out)) if code == 0 else Answer(code)

    def decrypt(self, key: str, message: str) -> Answer:
        """A message in the clear. May abort the process."""
        with self._slice() as out:
            code = self._library.DecryptData(key.encode(), message.encode(), out)
            return Answer(code, self._read_slice(out)) if code == 0 else Answer(code)

    def get_media(self, index: str, file_id: str, *, proxy: str, password: str, timeout: int) -> Answer:
        """The next slice of a file; `index`: where, empty at the beginning."""
        out = self._library.NewMediaData()
        try:
            code = self._library.GetMediaData(
                self._handle, index.encode(), file_id.encode(), proxy.encode(), password.encode(), timeout,
                out,
            )  # fmt: skip
            if code != 0:
                return Answer(code)
            return Answer(
                0,
                _read_bytes(self._library.GetData(out), self._library.GetDataLen(out)),
                _read_bytes(self._library.GetOutIndexBuf(out), self._library.GetIndexLen(out)).decode(),
                bool(self._library.IsMediaDataFinish(out)),
            )
        finally:
            self._library.FreeMediaData(out)

    @contextmanager
    def _slice(self) -> Iterator[int]:
        out = self._library.NewSlice()
        try:
            yield out
        finally:
            self._library.FreeSlice(out)

    def _read_slice(self, out: int) -> bytes:
        return _read_bytes(self._library.GetContentFromSlice(out), self._library.GetSliceLen(out))


def _read_bytes(pointer: int | None, length: int) -> bytes:
    # By its length: files hold zero bytes.
    return ctypes.string_at(pointer, length) if pointer and length > 0 else b""
