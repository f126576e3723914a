"""Which kinds of channel there are, and the configured channels of one process."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Union, get_args

from pydantic import Field, TypeAdapter

from bot.channels.aibot.settings import AibotSettings
from bot.channels.app.settings import AppSettings
from bot.channels.archive.settings import ArchiveSettings
from bot.channels.base import Channel
from bot.channels.kf.settings import KfSettings
from bot.channels.official_account.settings import OfficialAccountSettings
from bot.channels.settings import ChannelHost, ChannelSettings
from bot.channels.subscriber.settings import SubscriberSettings
from bot.channels.webhook.robot_settings import GroupRobotSettings
from bot.channels.webhook.settings import WebhookSettings


class ChannelKinds:
    """The kinds of channel that a configuration may name. Never changes; `extend` makes another."""

    def __init__(self, models: Iterable[type[ChannelSettings]]) -> None:
        self._models = {_read_kind(model): model for model in models}
        known: Any = tuple(self._models.values())
        union: Any = Annotated[Union[known], Field(discriminator="kind")]  # noqa: UP007 - made at run time
        self._adapter: TypeAdapter[ChannelSettings] = TypeAdapter(union)

    def extend(self, *models: type[ChannelSettings]) -> "ChannelKinds":
        """The same kinds and the kinds of these settings."""
        return ChannelKinds([*self._models.values(), *models])

    def parse_settings(self, data: Any) -> ChannelSettings:
        """One entry of `channels`. Raises pydantic's ValidationError, whose paths begin with the kind."""
        return self._adapter.validate_python(data)

    @property
    def names(self) -> frozenset[str]:
        """Every kind there is."""
        return frozenset(self._models)

    def find_model(self, kind: str) -> type[ChannelSettings] | None:
        """The settings model of a kind; None where there is no such kind."""
        return self._models.get(kind)


def _read_kind(model: type[ChannelSettings]) -> str:
    (kind,) = get_args(model.model_fields["kind"].annotation)
    return str(kind)


SHIPPED_KINDS = ChannelKinds(
    [
        AibotSettings,
        WebhookSettings,
        AppSettings,
        OfficialAccountSettings,
        KfSettings,
        GroupRobotSettings,
        ArchiveSettings,
        SubscriberSettings,
    ]
)


def build_channels(configured: Mapping[str, ChannelSettings], host: ChannelHost) -> dict[str, Channel]:
    """Every configured channel, by name."""
    return {name: settings.build_channel(name, host) for name, settings in configured.items()}
