"""`gridbot letters …`: dead letters, looked at and replayed."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse, say, say_json
from bot.inbox import queue as inbox_queue
from bot.outbox import queue as outbox_queue
from models.inbox import IS_DEAD, InboxRow
from models.pushes import Push, PushState

app = typer.Typer(help="没能处理的来信和没能送达的推送", no_args_is_help=True)

_LOST = (PushState.DEAD, PushState.UNKNOWN)


@app.command("list")
def list_(config: Config = CONFIG, as_json: Json = False) -> None:
    """列出搁置的来信（in）和推送（out），以及原因。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        messages = session.scalars(select(InboxRow).where(IS_DEAD).order_by(InboxRow.id))
        pushes = session.scalars(select(Push).where(Push.state.in_(_LOST)).order_by(Push.id))
        rows = [("in", row.id, row.state, row.error or "", row.received_at) for row in messages]
        rows += [("out", row.id, row.state, row.outcome or "", row.created_at) for row in pushes]
    if as_json:
        keys = ("box", "id", "state", "reason", "at")
        say_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    for box, number, state, reason, at in rows:
        say(f"{box} {number}  {state}  {at.astimezone(settings.zone):%m-%d %H:%M}  {reason}")
    say(f"共 {len(rows)} 封")


@app.command()
def replay(
    box: Annotated[str, typer.Argument(help="in 或 out")],
    number: Annotated[int, typer.Argument(help="list 里的号码")],
    config: Config = CONFIG,
) -> None:
    """再处理（或再发送）一封。"""
    boxes = {"in": inbox_queue.replay, "out": outbox_queue.replay}
    if box not in boxes:
        raise typer.BadParameter("写 in 或 out", param_hint="box")
    with open_database(load_settings(config)) as database, database.write() as session:
        replayed = boxes[box](session, number, now=datetime.now(UTC))
    if not replayed:
        refuse(f"没有搁置的 {box} {number}")
    say("已重新排队")
