"""What the platform sends an official account: the examples of the protocol sheet, and the door for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.channels.official_account.channel import OfficialAccount
from bot.channels.official_account.settings import OfficialAccountSettings
from models.database import Database
from tests.bot.channels.conftest import open_host
from tests.bot.channels.vectors import KEY

APP_ID, TOKEN, ACCOUNT, OPENID = "wx0123456789abcdef", "OAtoken01", "gh_0123456789ab", "oOPENID0001"
SENT = datetime(2026, 1, 1, tzinfo=UTC)
"""1767225600, the time of the samples."""
DATA: dict[str, Any] = {
    "kind": "official_account", "app_id": APP_ID, "secret": "oa-secret", "token": TOKEN, "aes_key": KEY,
}  # fmt: skip
TEMPLATE: dict[str, Any] = {
    "id": "TPL-CASE",
    "fields": {"number": "character_string1", "what": "thing2", "state": "phrase3", "time": "time4"},
}


def build_settings(**more: Any) -> OfficialAccountSettings:
    return OfficialAccountSettings.model_validate({**DATA, **more})


@asynccontextmanager
async def open_channel(
    database: Database, *, clock: Callable[[], datetime] = lambda: SENT, **more: Any
) -> AsyncIterator[OfficialAccount]:
    async with open_host(database, clock) as host:
        yield OfficialAccount("public", build_settings(**more), host)


def message(kind: str, elements: str = "", *, msg_id: str = "24812345678901234") -> str:
    number = f"<MsgId>{msg_id}</MsgId>" if kind != "event" else ""
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<FromUserName><![CDATA[{OPENID}]]></FromUserName>"
        f"<CreateTime>1767225600</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{elements}{number}</xml>"
    )


def event(kind: str, elements: str = "") -> str:
    return message("event", f"<Event><![CDATA[{kind}]]></Event>{elements}")


def text(words: str, *, menu: str = "") -> str:
    pressed = f"<bizmsgmenuid>{menu}</bizmsgmenuid>" if menu else ""
    return message("text", f"<Content><![CDATA[{words}]]></Content>{pressed}")
