"""The sample district with more people and groups, and the messages they send."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from models import schema
from models.database import Database
from models.organisation import Account, Chat, ChatUse, Person, Role, Unit

BOT = "网格助手"
CHANNEL = "grid"
GROUPS = tuple(f"wrBENCH{number}" for number in range(40))
REPORTERS = tuple(f"reporter{number}" for number in range(800))
TALKERS = tuple(f"talker{number}" for number in range(200))
"""People who only chat: what a reporter says right after a report is taken as a piece of it."""

_ORGANISATION = PACKAGE_ROOT / "examples" / "haimen" / "org.yaml"
_ROADS = ("长江路", "静海路", "解放路", "人民路", "北京路", "江海路")
_MATTERS = (
    "门口的窨井盖坏了，骑车差点摔进去", "路灯坏了一个星期，晚上看不见", "垃圾堆了三天没人清，味道很大",
    "对面工地半夜施工，吵得睡不着", "门口占道经营，人行道走不过去", "下水道堵了，污水流到路上",
    "有人把车停在消防通道上", "绿化带里的树倒了，挡住半边路", "停水一整天了，没有人来修", "路面塌了一个坑",
)  # fmt: skip
_TALK = (
    "今天天气不错，出去走走", "晚上一起吃个饭吧", "孩子考得很好，大家都高兴", "刚买的西瓜又甜又便宜", "收到",
    "谢谢各位", "早上好", "周末去爬山的报名了吗", "哈哈哈哈", "这个快递到了没有人拿",
)  # fmt: skip


def report_text(number: int) -> str:
    """The text of a complete report; every number gives another place."""
    return f"{place_name(number)}{_MATTERS[number % len(_MATTERS)]}"


def place_name(number: int) -> str:
    """The place named in `report_text` of the same number."""
    return f"{_ROADS[number % len(_ROADS)]}{number + 1}号"


def chatter_text(number: int) -> str:
    """The text of a message that is no report."""
    return _TALK[number % len(_TALK)]


def build_settings(folder: Path, ws_url: str = "ws://127.0.0.1:1/", *, url: str = "") -> Settings:
    """Settings of gridbot with one bot that hears everything in its groups; data are kept in `folder`.

    `url`: the database, where it is not a file in the folder.
    """
    bot = {"kind": "aibot", "bot_id": "AIB1", "bot_name": BOT, "secret": "sandbox-secret"}
    return Settings.parse(
        {
            "database": {"url": url or f"sqlite:///{folder / 'gridbot.db'}"},
            "channels": {CHANNEL: {**bot, "ws_url": ws_url, "hears_all": True}},
            "media": {"folder": folder / "media"},
            "rules": {"packs": [PACKAGE_ROOT / "rules" / "default.yaml"]},
        }
    )


def prepare_database(database: Database, channel: str = CHANNEL) -> None:
    """The sample district, more people in its town, and groups of a channel for them to report in."""
    schema.upgrade(database)
    with database.write() as session:
        import_org(session, parse_organisation(_ORGANISATION))
        town = session.scalars(select(Unit.id).where(Unit.code == "HM-HM")).one()
        people = [
            Person(code=code, name="张三", role=Role.INFORMANT, unit_id=town)
            for code in (*REPORTERS, *TALKERS)
        ]
        session.add_all(people)
        session.flush()
        session.add_all(Account(person_id=p.id, provider="wecom", user_id=p.code) for p in people)
        session.add_all(
            Chat(code=code, name=code, use=ChatUse.INTAKE, unit_id=town, channel=channel, chat_id=code)
            for code in GROUPS
        )


def build_payload(number: int, text: str, people: Sequence[str]) -> dict[str, Any]:
    """A message callback of the platform, from one of these people in one of the groups."""
    return {
        "msgid": f"bench-{number}",
        "aibotid": "AIB1",
        "chatid": GROUPS[number % len(GROUPS)],
        "chattype": "group",
        "from": {"userid": people[number % len(people)]},
        "msgtype": "text",
        "text": {"content": text},
    }
