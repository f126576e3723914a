"""`gridbot person …`: write out what is stored of a person, and list what was asked for."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table
from bot.media.stores import StoreUnreachable, open_store
from bot.retention import erasures
from handlers.errors import Refused
from models.personal_data import DataRequest, DataRequestKind

app = typer.Typer(help="个人信息：导出、查看申请", no_args_is_help=True)

_KINDS = {DataRequestKind.EXPORT: "导出", DataRequestKind.ERASE: "删除"}


@app.command()
def export(
    number: Annotated[str, typer.Argument(help="两个人办好的申请，GR261121-001")],
    file: Annotated[Path, typer.Argument(help="写到哪个 .zip 文件")],
    config: Config = CONFIG,
) -> None:
    """把存着的一个人的信息写成文件，只有自己能读；要先在私聊里提出，并经另一人同意。"""
    settings = load_settings(config)
    store = open_store(settings.storage, settings.media.folder)
    with open_database(settings) as database:
        try:
            erasures.export_person(database, number, store, file, now=datetime.now(UTC))
        except Refused as refused:
            refuse(refused.sentence)
        except FileExistsError:
            refuse(f"{file} 已经存在，不会覆盖")
        except StoreUnreachable as error:
            file.unlink(missing_ok=True)
            refuse(f"存放附件的桶用不了（{error.slug}）；gridbot check 会说明原因")
    say(f"已写到 {file}。请当面交给本人，交完删掉")


@app.command("list")
def list_(config: Config = CONFIG, as_json: Json = False) -> None:
    """列出导出和删除的申请，以及办到哪一步。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        asked = session.scalars(select(DataRequest).order_by(DataRequest.id)).all()
    if as_json:
        keys = ("number", "kind", "asked_at", "approved_at", "done_at", "counts")
        say_json([{key: getattr(one, key) for key in keys} for one in asked])
        return
    say_table(
        ("编号", "申请", "办到哪一步", "时间"),
        [
            (
                one.number,
                _KINDS[DataRequestKind(one.kind)],
                _state_of(one),
                f"{one.asked_at.astimezone(settings.zone):%Y-%m-%d %H:%M}",
            )
            for one in asked
        ],
    )
    say(f"共 {len(asked)} 件")


def _state_of(request: DataRequest) -> str:
    if request.done_at is not None:
        return "已办"
    return "待办" if request.approved_at is not None else "待同意"
