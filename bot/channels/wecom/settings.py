"""The settings of whatever belongs to a corporation and is called back by WeCom (wecom-app.md §1, §2)."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.channels.setting_types import AESKey, Length, Secret, Text, WebURL
from bot.channels.settings import ChannelSettings, SettingDoubt
from handlers.environment.areas import CRS

_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


class CorpSettings(ChannelSettings):
    """An account of one corporation: its secret, and the address that WeCom calls."""

    corp_id: Text = Field(examples=["wwCORP1"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://qyapi.weixin.qq.com"
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, Tencent's map is GCJ-02."""

    def list_doubts(self) -> Sequence[SettingDoubt]:
        doubts = []
        if not self.corp_id.startswith(("ww", "wx")):
            problem = "企业 ID 一般以 ww 开头，在“我的企业 → 企业信息”最下面"
            doubts.append(SettingDoubt("corp_id", problem, "wwCORP1"))
        if not _TOKEN.fullmatch(self.token.get_secret_value()):
            doubts.append(
                SettingDoubt("token", "Token 是 3 到 32 位字母和数字，和“设置 API 接收”里的一样", "QDG6eK")
            )
        if self.secret.get_secret_value() in (self.token.get_secret_value(), self.aes_key.get_secret_value()):
            problem = "Secret 和 Token、EncodingAESKey 是三样东西：Secret 在应用（微信客服）的详情页上"
            doubts.append(SettingDoubt("secret", problem, '"${APP_SECRET}"'))
        return doubts

    def awaits_calls(self) -> bool:
        return True
