"""What the pages get of the process: here the codes that lead residents to a channel."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bot.channels.base import Channel, EntranceRefused
from bot.config.settings import Settings
from bot.process.console_host import ConsoleHost
from bot.process.runtime import Runtime
from console.context import SceneCode, SceneCodeRefused
from tests.bot.posting import FakeChannel


@dataclass
class FakeEntrance:
    """An official account, or customer service, that was asked for these scenes."""

    fault: str = ""
    scenes: list[str] = field(default_factory=list)

    async def draw_code(self, scene: str) -> bytes:
        self.scenes.append(scene)
        if self.fault:
            raise EntranceRefused(self.fault)
        return scene.encode()

    async def make_link(self, scene: str) -> str:
        return f"https://kf.example/{scene}"


class FakeRuntime:
    settings = Settings()

    def __init__(self, **parts: Any) -> None:
        channel = FakeChannel("public")
        for name, part in parts.items():
            setattr(channel, name, part)
        self._channels: dict[str, Channel] = {"grid": FakeChannel("grid"), "public": channel}

    def channels(self) -> dict[str, Channel]:
        return self._channels


def host(**parts: Any) -> ConsoleHost:
    return ConsoleHost(cast("Runtime", FakeRuntime(**parts)))


@pytest.mark.anyio
async def test_a_code_is_asked_of_the_platform_once() -> None:
    entrance = FakeEntrance()
    pages = host(entrance=entrance)
    assert pages.has_scene_codes
    assert [await pages.find_scene_code("HM-1") for _ in range(2)] == [SceneCode(picture=b"HM-1")] * 2
    assert entrance.scenes == ["HM-1"]
    links = host(entrance_links=FakeEntrance())
    assert await links.find_scene_code("HM-1") == SceneCode(address="https://kf.example/HM-1")


@pytest.mark.anyio
async def test_what_the_platform_refuses_is_asked_again_the_next_time() -> None:
    entrance = FakeEntrance("errcode_45009")
    pages = host(entrance=entrance)
    for _ in range(2):
        with pytest.raises(SceneCodeRefused, match="errcode_45009"):
            await pages.find_scene_code("HM-1")
    assert len(entrance.scenes) == 2
    assert not host().has_scene_codes
    with pytest.raises(SceneCodeRefused):
        await host().find_scene_code("HM-1")
