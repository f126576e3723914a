"""What customer service says: the examples of the protocol sheet, and the door for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.channels.kf.channel import CustomerService
from bot.channels.kf.settings import KfSettings
from models.database import Database
from tests.bot.channels.conftest import open_host
from tests.bot.channels.vectors import KEY

CORP, TOKEN, DESK, CUSTOMER = "ww0123456789abcdef", "KFtoken01", "wkxxxxxxx", "wmAAA"
SENT = datetime.fromtimestamp(1615478585, UTC)
"""The time of the sheet's first message."""
DATA: dict[str, Any] = {"kind": "kf", "corp_id": CORP, "secret": "kf-secret", "token": TOKEN, "aes_key": KEY}
CALL = (
    f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><CreateTime>1348831860</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
    "<Token><![CDATA[ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR]]></Token>"
    f"<OpenKfId><![CDATA[{DESK}]]></OpenKfId></xml>"
)


def build_settings(**more: Any) -> KfSettings:
    return KfSettings.model_validate({**DATA, **more})


@asynccontextmanager
async def open_channel(
    database: Database, *, clock: Callable[[], datetime] = lambda: SENT, **more: Any
) -> AsyncIterator[CustomerService]:
    async with open_host(database, clock) as host:
        yield CustomerService("service", build_settings(**more), host)


def item(msgtype: str, content: dict[str, Any], *, msgid: str = "m1", origin: int = 3) -> dict[str, Any]:
    """A message as `sync_msg` gives it; of an event the sheet names nobody beside the event itself."""
    named = {} if msgtype == "event" else {"open_kfid": DESK, "external_userid": CUSTOMER}
    return {
        "msgid": msgid, "send_time": 1615478585, "origin": origin, "msgtype": msgtype, msgtype: content, **named,
    }  # fmt: skip


def event(event_type: str, **more: Any) -> dict[str, Any]:
    named = {"open_kfid": DESK, "external_userid": CUSTOMER}
    return item("event", {"event_type": event_type, **named, **more}, msgid="m7", origin=4)
