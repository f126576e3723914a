"""What the tests of channels share."""

from pathlib import Path

import pytest
from PIL import Image

from bot.channels.base import Delivery, Handle, StoredFile
from models.messages import PushBody


@pytest.fixture
def photo(tmp_path: Path) -> StoredFile:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), "red").save(path)
    return StoredFile(path, "photo.jpg", "image/jpeg")


def delivery(
    body: PushBody,
    *,
    push_id: int = 1,
    chat_id: str = "wrCHAT",
    direct: bool = False,
    file: StoredFile | None = None,
    handles: tuple[Handle, ...] = (),
    address: str | None = None,
) -> Delivery:
    return Delivery(push_id, chat_id, direct, body, file, handles, address)
