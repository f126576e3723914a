"""`gridbot db …`."""

import typer

from bot.commands.common import CONFIG, Config, load, say
from models import schema
from models.database import Database

app = typer.Typer(help="数据库", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """数据库。"""


@app.command()
def upgrade(config: Config = CONFIG) -> None:
    """建立数据库，或升级到当前版本。"""
    settings = load(config)
    database = Database(settings.database.url)
    try:
        before = schema.state(database)
        schema.upgrade(database)
        say("数据库已是当前版本" if before is schema.SchemaState.CURRENT else "数据库已升级到当前版本")
    finally:
        database.dispose()
