"""`gridbot account …`: what residents come in by: menu and codes of an official account, links."""

import asyncio
import csv
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import select

from bot.channels.base import Channel, Entrance, EntranceLinks, EntranceRefused
from bot.channels.http import new_client
from bot.cli.common import CONFIG, Config, load_settings, open_database, refuse
from bot.cli.entrances.hosting import build_host
from bot.cli.output import say, show_progress
from bot.config.settings import Settings
from handlers.wording import talk
from models.database import Database
from models.organisation import GRIDS, Unit

app = typer.Typer(help="公众号的菜单、网格二维码，微信客服的网格链接", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="公众号在配置里的名字，如 public")]
UnitOption = Annotated[str, typer.Option(help="只做这个单位下面的")]
_REASONS: Mapping[str, str] = {
    "errcode_40001": "secret 不对，改好以后等一分钟再试",
    "errcode_40125": "secret 不对，改好以后等一分钟再试",
    "errcode_40013": "app_id 不对，改好以后等一分钟再试",
    "errcode_40164": "这台机器的 IP 不在公众号后台的 IP 白名单里，加上以后等一分钟再试",
    "errcode_48002": "这个 secret 不能调用微信客服，请看“可调用接口的应用”",
    "errcode_60020": "这台机器的 IP 不在企业可信 IP 里，加上以后等一分钟再试",
    "no_account": "企业微信里还没有客服账号，请先建一个",
    "errcode_48001": "这个公众号没有这项权限，要认证的服务号",
    "errcode_45009": "今天的调用次数用完了",
    "connect_failed": "连不上平台，请看网络和 api_base、qr_base",
    "scene_too_long": "单位编码超过 64 个字符，做不成二维码",
}
T = TypeVar("T")


@app.command()
def menu(name: Name, config: Config = CONFIG) -> None:
    """发布菜单：我要反映、我的事项、帮助。原来的菜单会被换掉。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        _run(settings, database, name, lambda channel: _entrance(channel).publish_menu(talk.MENU))
    say(f"菜单已发布：{'、'.join(entry for entry, _ in talk.MENU)}")


@app.command()
def codes(
    name: Name,
    folder: Annotated[Path, typer.Argument(help="图片存到这个文件夹")],
    unit: UnitOption = "",
    config: Config = CONFIG,
) -> None:
    """给每个网格做一张永久二维码，文件名是网格编码。扫了它的人，说的就是这个网格的事。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        grids = _list_grids(database, unit)
        folder.mkdir(parents=True, exist_ok=True)
        _run(settings, database, name, lambda channel: _draw_all(_entrance(channel), grids, folder))
    say(f"{len(grids)} 张二维码，在 {folder}")


@app.command()
def links(
    name: Annotated[str, typer.Argument(help="微信客服在配置里的名字，如 service")],
    file: Annotated[Path, typer.Argument(help="写到这个 CSV 文件")],
    unit: UnitOption = "",
    config: Config = CONFIG,
) -> None:
    """给每个网格做一个微信客服链接，用任何工具印成二维码。从它进来的人，说的就是这个网格的事。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        grids = _list_grids(database, unit)
        made = _run(settings, database, name, lambda channel: _make_all(_links(channel), grids))
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([("网格编码", "网格", "链接"), *made])
    say(f"{len(made)} 个链接，在 {file}")


def _list_grids(database: Database, above: str) -> dict[str, str]:
    """Codes and names of the grids, of those below this unit (code) where one is named. Ends without any."""
    query = select(Unit.code, Unit.name).where(Unit.kind.in_(GRIDS)).order_by(Unit.code)
    with database.read() as session:
        if above:
            path = session.scalar(select(Unit.path).where(Unit.code == above))
            if path is None:
                refuse(f"没有编码为 {above} 的单位")
            query = query.where(Unit.path.startswith(path, autoescape=True))
        grids = {row.code: row.name for row in session.execute(query)}
    if not grids:
        refuse("没有网格，请先 gridbot org import 组织文件")
    return grids


async def _make_all(links: EntranceLinks, grids: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(code, shown, await links.make_link(code)) for code, shown in grids.items()]


def _entrance(channel: Channel) -> Entrance:
    if channel.entrance is None:
        refuse(f"{channel.name} 没有菜单和二维码，公众号才有")
    return channel.entrance


def _links(channel: Channel) -> EntranceLinks:
    if channel.entrance_links is None:
        refuse(f"{channel.name} 没有链接，微信客服才有")
    return channel.entrance_links


async def _draw_all(entrance: Entrance, grids: Collection[str], folder: Path) -> None:
    with show_progress("二维码") as report:
        for done, code in enumerate(grids, 1):
            (folder / f"{code}.jpg").write_bytes(await entrance.draw_code(code))
            report(done, len(grids))


def _run(settings: Settings, database: Database, name: str, act: Callable[[Channel], Awaitable[T]]) -> T:
    """Let the channel of this name do something. Ends with exit code 1 where it cannot."""
    channel = settings.channels.get(name)
    if channel is None:
        refuse(f"配置里没有渠道 {name}")

    async def run() -> T:
        async with new_client() as client:
            host = build_host(settings, client, database)
            return await act(channel.build_channel(name, host))

    try:
        return asyncio.run(run())
    except EntranceRefused as refused:
        slug = str(refused)
        refuse(f"channels.{name}：平台没有答应，{_REASONS.get(slug, '请稍后再试')}（{slug}）")
