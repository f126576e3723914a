"""`gridbot letters …`: list dead letters and queue them again."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Select, select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table, show_progress
from bot.inbox import queue as inbox_queue
from bot.outbox.resending import resend_events
from handlers.notifications import pushes
from handlers.triage.rules.value_errors import format_suggestion
from models.database import Database
from models.inbox import IS_DEAD, InboxRow
from models.pushes import IS_PARKED, Push, PushState

app = typer.Typer(help="没能处理的来信和没能送达的推送", no_args_is_help=True)

_DEAD_IDS: Mapping[str, Select[int]] = {
    "in": select(InboxRow.id).where(IS_DEAD).order_by(InboxRow.id),
    # UNKNOWN may have arrived: such pushes are replayed one by one, by somebody who has checked.
    "out": select(Push.id).where(Push.state == PushState.DEAD).order_by(Push.id),
}
_BOXES: Mapping[str, Callable[..., bool]] = {"in": inbox_queue.replay, "out": pushes.replay}


@app.command("list")
def list_(config: Config = CONFIG, as_json: Json = False) -> None:
    """列出搁置的来信（in）和推送（out），以及原因。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        messages = session.scalars(select(InboxRow).where(IS_DEAD).order_by(InboxRow.id))
        pushes = session.scalars(select(Push).where(IS_PARKED).order_by(Push.id))
        rows = [("in", row.id, row.state, row.error or "", row.received_at) for row in messages]
        rows += [("out", row.id, row.state, row.outcome or "", row.created_at) for row in pushes]
    if as_json:
        keys = ("box", "id", "state", "reason", "at")
        say_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    say_table(
        ("信箱", "号码", "状态", "时间", "原因"),
        [(*row, f"{at.astimezone(settings.zone):%m-%d %H:%M}", reason) for *row, reason, at in rows],
    )
    say(f"共 {len(rows)} 封")


@app.command()
def replay(
    box: Annotated[str, typer.Argument(help="in 或 out")],
    number: Annotated[int | None, typer.Argument(help="list 里的号码")] = None,
    every: Annotated[bool, typer.Option("--all", help="这个信箱里的全部（送达与否不明的除外）")] = False,
    config: Config = CONFIG,
) -> None:
    """再处理（或再发送）一封，或者用 --all 把一个信箱里的全部重新排队。"""
    if box not in _BOXES:
        raise typer.BadParameter("写 in 或 out", param_hint="box")
    if (number is None) != every:
        raise typer.BadParameter("写一个号码，或者写 --all", param_hint="number")
    with open_database(load_settings(config)) as database:
        if number is None:
            say(f"已重新排队 {_replay_all(database, box)} 封")
            return
        with database.write() as session:
            replayed = _BOXES[box](session, number, now=datetime.now(UTC))
    if not replayed:
        refuse(f"没有搁置的 {box} {number}")
    say("已重新排队")


@app.command()
def resend(
    channel: Annotated[str, typer.Argument(help="渠道的名字，kind 是 subscriber")],
    since: Annotated[datetime, typer.Option(help="从什么时候起，如 2026-11-21T08:00")],
    config: Config = CONFIG,
) -> None:
    """把这个时间以来事件的变化再发一遍给一个系统：它丢了数据，或者刚接上时用。"""
    settings = load_settings(config)
    if channel not in settings.channels:
        refuse(f"配置里没有渠道 {channel}{format_suggestion(channel, list(settings.channels))}")
    begin = since if since.tzinfo is not None else since.replace(tzinfo=settings.zone)
    with open_database(settings) as database, database.write() as session:
        queued = resend_events(session, channel, since=begin, now=datetime.now(UTC))
    say(f"已重新排队 {queued} 条")


def _replay_all(database: Database, box: str) -> int:
    """Queue every dead letter of the box again; how many. One transaction each, so that a failure
    holds back none of the others.
    """
    with database.read() as session:
        numbers = list(session.scalars(_DEAD_IDS[box]))
    replayed = 0
    with show_progress("重新排队") as report:
        for nth, number in enumerate(numbers):
            report(nth, len(numbers))
            with database.write() as session:
                replayed += _BOXES[box](session, number, now=datetime.now(UTC))
    return replayed
