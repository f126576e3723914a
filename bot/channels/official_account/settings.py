"""Settings of an official account."""

from typing import ClassVar, Literal

from pydantic import Field

from bot.channels.setting_types import AESKey, Secret, Text, WebURL
from bot.channels.settings import ChannelSettings


class OfficialAccountSettings(ChannelSettings):
    """公众号/服务号."""

    runnable: ClassVar[bool] = False

    kind: Literal["official_account"]
    app_id: Text = Field(examples=["wxAPP1"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://api.weixin.qq.com"
