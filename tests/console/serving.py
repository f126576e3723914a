"""An application on a port of its own, for as long as a test wants it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from sandbox.server import NO_TRUSTED_CA


@contextmanager
def serve_app(app: FastAPI) -> Iterator[str]:
    """The address of the application, whose lifespan is not run."""
    # IPPROTO_TCP: without it uvicorn leaves Nagle's algorithm on, and every request takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def open_browser(address: str) -> httpx.Client:
    """What a browser is without a script: it keeps cookies, and follows nowhere by itself."""
    return httpx.Client(base_url=address, trust_env=False, timeout=60, verify=NO_TRUSTED_CA)
