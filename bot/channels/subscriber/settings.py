"""Settings of a system that is told what happens to cases, and what it can be told."""

import ipaddress
from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings, SettingDoubt
from bot.channels.subscriber.addresses import is_public
from models.messages import CaseEventPush

_PROVIDER = "subscriber"
"""Nobody has an account there."""


class SubscriberSettings(ChannelSettings):
    """Another system: every event of a case is posted to it, masked and signed."""

    kind: Literal["subscriber"]
    url: WebURL = Field(examples=['"https://jiesu.example.gov.cn/events"'])
    secret: Annotated[SecretStr, Field(min_length=24, examples=['"${JIESU_SECRET}"'])]
    """What the events are signed with; `whsec_…` is read as base64."""
    units: tuple[Text, ...] = ()
    """Codes of the units whose cases it is told of, with everything beneath them; empty: all."""
    private_hosts: Annotated[tuple[Text, ...], Field(examples=['["10.0.0.8"]'])] = ()
    """Hosts that may lie inside one's own network; others are called only where the whole world is."""

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=_PROVIDER,
            capabilities=Capabilities(sends=frozenset({CaseEventPush}), hears_groups=False),
            units=self.units,
        )

    def list_doubts(self) -> Sequence[SettingDoubt]:
        address = urlsplit(self.url)
        found = []
        if address.scheme != "https":
            found.append(SettingDoubt("url", "不是 https，内容在路上可以被人看到", '"https://…"'))
        host = address.hostname or ""
        if _is_private(host) and host not in self.private_hosts:
            problem = f"{host} 是内网地址，不会往那里发；确实要发就写进 private_hosts"
            found.append(SettingDoubt("url", problem, f'private_hosts: ["{host}"]', grave=True))
        return found

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.subscriber.channel import SubscriberChannel

        return SubscriberChannel(name, self, client=host.client, clock=host.clock)


def _is_private(host: str) -> bool:
    """Whether the name itself says that it lies inside a network."""
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        return host == "localhost"
