"""Settings of a self-built app."""

from typing import ClassVar, Literal

from pydantic import Field

from bot.channels.setting_types import AESKey, Secret, Text, WebURL
from bot.channels.settings import ChannelSettings


class AppSettings(ChannelSettings):
    """企业微信自建应用."""

    runnable: ClassVar[bool] = False

    kind: Literal["app"]
    corp_id: Text = Field(examples=["wwCORP1"])
    agent_id: int = Field(examples=["1000002"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://qyapi.weixin.qq.com"
