"""`gridbot notices …`: import a week plan, list notices."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table
from bot.imports import notice_items, week_plan
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.environment.units import find_unit
from handlers.errors import Refused
from handlers.notifications import notices
from handlers.notifications.publishing.library import store_items
from handlers.wording import notices as wording
from models.notices import Notice
from models.organisation import Person

app = typer.Typer(help="通知和周计划", no_args_is_help=True)


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="周计划 .yaml")],
    by: Annotated[str, typer.Option(help="拟稿人的编码；要由另一个人发布")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入一周的通知：要么全部成功，要么一条不留；经另一人 /发布 后才会发送。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        env = EnvironmentBuilder(database, settings)()
        try:
            week = week_plan.read(file)
            with database.write() as session:
                number, written = week_plan.write(session, week, by, env, now=datetime.now(UTC))
        except Refused as refused:
            refuse(refused.sentence)
    if as_json:
        say_json({"plan": number, "notices": written})
        return
    say(f"周计划 {number}（{week.theme}），共 {len(written)} 条：{'、'.join(written)}")
    say(f"请另一位值班员或领导在群里发：/发布 {number}")


@app.command()
def library(
    file: Annotated[Path, typer.Argument(help="素材 .csv，列：标签, 月份, 备用, 内容")],
    unit: Annotated[str, typer.Option(help="单位的编码或名称：发给它和下级的群")],
    by: Annotated[str, typer.Option(help="拟稿人的编码；要由另一个人发布")],
    config: Config = CONFIG,
) -> None:
    """导入宣传素材，每次最多 50 条：要么全部成功，要么一条不留；经另一人 /发布 后才会轮到。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        env = EnvironmentBuilder(database, settings)()
        try:
            items = notice_items.read(file)
            with database.write() as session:
                maker = session.scalar(select(Person).where(Person.code == by))
                if maker is None:
                    refuse(f"没有编码为 {by} 的人")
                number = store_items(
                    session, items, maker, find_unit(session, unit), env=env, now=datetime.now(UTC)
                )
        except Refused as refused:
            refuse(refused.sentence)
    say(f"素材 {number}，共 {len(items)} 条")
    say(f"请另一位值班员或领导在群里发：/发布 {number}")


@app.command("list")
def list_(
    config: Config = CONFIG,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: Json = False,
) -> None:
    """最近的通知：编号、状态、时间、发到几个群。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        found = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(limit))
        rows = [
            {
                "number": one.number,
                "plan": one.plan,
                "theme": one.theme,
                "state": notices.state_of(one),
                "send_at": one.send_at.astimezone(settings.zone),
                "reached": one.reached,
            }
            for one in found
        ]
    if as_json:
        say_json(rows)
        return
    say_table(
        ("编号", "状态", "时间", "主题", "计划", "群数"),
        [
            (
                row["number"],
                wording.SHORT_STATES[str(row["state"])],
                f"{row['send_at']:%m-%d %H:%M}",
                row["theme"],
                row["plan"] or "",
                row["reached"] or 0,
            )
            for row in rows
        ],
    )
    say(f"共 {len(rows)} 条")
