"""What WeCom sends an app: the examples of the protocol sheet, and the door that takes them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.app.channel import AppChannel
from bot.channels.app.settings import AppSettings
from models.database import Database
from tests.bot.channels.conftest import open_host
from tests.bot.channels.vectors import KEY

CORP, AGENT, TOKEN = "ww0123456789abcdef", 1000002, "APPtoken01"
SENT = datetime(2026, 1, 1, tzinfo=UTC)
"""1767225600, the time of the samples."""
DATA: dict[str, Any] = {
    "kind": "app", "corp_id": CORP, "agent_id": AGENT, "secret": "app-secret", "token": TOKEN, "aes_key": KEY,
}  # fmt: skip


def build_settings(**more: Any) -> AppSettings:
    return AppSettings.model_validate({**DATA, **more})


@asynccontextmanager
async def open_channel(
    database: Database, *, clock: Callable[[], datetime] = lambda: SENT, **more: Any
) -> AsyncIterator[AppChannel]:
    async with open_host(database, clock) as host:
        yield AppChannel("staff", build_settings(**more), host)


def message(kind: str, elements: str, *, msg_id: str = "1234567890123456789", user: str = "ZhangSan") -> str:
    number = f"<MsgId>{msg_id}</MsgId>" if kind != "event" else ""
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]></FromUserName>"
        f"<CreateTime>1767225600</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{elements}{number}"
        f"<AgentID>{AGENT}</AgentID></xml>"
    )


def event(kind: str, elements: str = "", *, user: str = "ZhangSan", later: timedelta = timedelta()) -> str:
    written = message("event", f"<Event><![CDATA[{kind}]]></Event>{elements}", user=user)
    return written.replace("1767225600", str(1767225600 + int(later.total_seconds())))


PRESS = (
    "<EventKey><![CDATA[sign:WG261121-0031]]></EventKey><TaskId><![CDATA[WG261121-0031-2-handling-7]]></TaskId>"
    "<CardType><![CDATA[button_interaction]]></CardType><ResponseCode><![CDATA[RC-1]]></ResponseCode>"
    "<SelectedItems><SelectedItem><QuestionKey><![CDATA[unit]]></QuestionKey><OptionIds>"
    "<OptionId><![CDATA[HM-CG]]></OptionId></OptionIds></SelectedItem></SelectedItems>"
)
