"""Programs of ours that live in a process of their own: they may hang or die, and take nothing with them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1


def start_child(module: str, *options: str, patience: float) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a module with the number of a socket as its first argument; the process, and our end of it.

    `patience`: seconds until reading or writing on our end gives up. What the program prints is dropped.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-m", module, str(theirs.fileno()), *options],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # Whatever a library prints is nobody's protocol.
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
    ours.settimeout(patience)
    return process, ours


def end_with_parent() -> None:
    """In the child: a call may take half a minute, and whoever asked may be killed meanwhile."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
