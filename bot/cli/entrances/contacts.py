"""`gridbot contacts …`: the list of members of the corporation, and groups of them that an app makes."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.base import Channel, Directory, DirectoryRefused, GroupRefused
from bot.channels.http import new_client
from bot.cli.common import CONFIG, Config, load_settings, open_database, refuse
from bot.cli.entrances.hosting import build_host
from bot.cli.output import say
from bot.config.settings import Settings
from bot.inbox.writer import InboxWriter
from models.account_ids import WECOM
from models.cases import increment_counter
from models.database import Database
from models.organisation import OUTSIDERS, Account, Chat, ChatUse, Person, Unit

app = typer.Typer(help="企业微信的通讯录，和应用建的群", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="应用在配置里的名字，如 staff")]
_REASONS: Mapping[str, str] = {
    "errcode_40001": "secret 不对",
    "errcode_40013": "corp_id 不对",
    "errcode_48002": "应用没有这项权限；建群要求应用的可见范围是整个企业",
    "errcode_60011": "应用的可见范围里没有他们",
    "errcode_60020": "这台机器的 IP 不在应用的“企业可信 IP”里",
    "errcode_86006": "群里至少要两个人",
    "errcode_86216": "有人不在企业的通讯录里",
    "errcode_40058": "同名的群建过了，或者参数不对",
    "errcode_45009": "调用太多，过一会儿再试",
    "wrong_size": "群里至少要两个人，最多两千人",
    "connect_failed": "连不上平台，请看网络和 api_base",
}
T = TypeVar("T")


@app.command()
def sync(name: Name, config: Config = CONFIG) -> None:
    """读一遍通讯录：谁来了、走了、调了。有变化的交给正在运行的 gridbot 处理，走了的人权限马上停。"""
    settings = load_settings(config)

    async def read(channel: Channel, database: Database) -> bool:
        if channel.directory is None:
            refuse(f"{name} 没有通讯录")
        return await _store_changes(channel.directory, name, database)

    with open_database(settings) as database:
        changed = _run(settings, database, name, read)
    say("通讯录有变化，已交给 gridbot 处理" if changed else "通讯录没有变化")


@app.command()
def group(
    name: Name,
    unit: Annotated[str, typer.Argument(help="单位编码，如 HM-CG")],
    config: Config = CONFIG,
) -> None:
    """用应用给一个单位建处置群，群里是这个单位的工作人员。应用只能往里发，听不到群里说话。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        with database.read() as session:
            title, members = _list_staff(session, unit)

        async def make(channel: Channel, _database: Database) -> str:
            if channel.groups is None:
                refuse(f"{name} 不能建群")
            chat_id = re.sub(r"[^0-9A-Za-z]", "", unit)[:32]
            return await channel.groups.create_group(
                title, owner=members[0], members=members, chat_id=chat_id
            )

        chat_id = _run(settings, database, name, make)
        with database.write() as session:
            _store_group(session, name, chat_id, title, unit)
    say(f"群已建好：{title}，{len(members)} 人，处置用")


async def _store_changes(directory: Directory, name: str, database: Database) -> bool:
    now = datetime.now(UTC)
    changes = await directory.read_changes(now.isoformat())
    if changes is None:
        return False
    writer = InboxWriter(database, clock=lambda: now, on_stored=lambda: None)
    writer.start()
    try:
        await writer.put(name, changes)
    finally:
        writer.stop()
    return True


def _list_staff(session: Session, code: str) -> tuple[str, list[str]]:
    """Name of the group, and user ids of the unit's staff, the lead first."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        refuse(f"没有编码为 {code} 的单位")
    staff = select(Person.code, Account.user_id).join(Account).where(
        Person.unit_id == unit.id, Person.role.not_in(OUTSIDERS), Account.provider == WECOM
    )  # fmt: skip
    found = session.execute(staff.order_by(Person.id)).all()
    if not found:
        refuse(f"{unit.name}没有工作人员")
    first = sorted(found, key=lambda row: row.code != unit.lead)
    return f"{unit.display_name}处置群", [row.user_id for row in first]


def _store_group(session: Session, channel: str, chat_id: str, title: str, code: str) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == code)).one()
    session.add(
        Chat(
            code=f"{channel}:{chat_id}", name=title, use=ChatUse.HANDLING, unit_id=unit.id, channel=channel,
            chat_id=chat_id,
        )
    )  # fmt: skip
    increment_counter(session, "organisation")


def _run(
    settings: Settings, database: Database, name: str, act: Callable[[Channel, Database], Awaitable[T]]
) -> T:
    """Let the channel of this name do something. Ends with exit code 1 where it cannot."""
    configured = settings.channels.get(name)
    if configured is None:
        refuse(f"配置里没有渠道 {name}")

    async def run() -> T:
        async with new_client() as client:
            return await act(configured.build_channel(name, build_host(settings, client, database)), database)

    try:
        return asyncio.run(run())
    except (DirectoryRefused, GroupRefused) as refused:
        slug = str(refused)
        refuse(f"channels.{name}：平台没有答应，{_REASONS.get(slug, '请稍后再试')}（{slug}）")
