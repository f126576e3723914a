"""`gridbot doctor`: what is well and what is not, each with what to do."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.cli.common import CONFIG, Config, Json, load_settings, refuse
from bot.cli.output import say, say_json
from bot.process.doctor import Diagnosis, Level, examine
from bot.process.doctor.diagnoses import Installation
from models.database import Database

_SIGNS = {Level.OK: "正常", Level.WARN: "注意", Level.BAD: "故障"}


def doctor(config: Config = CONFIG, as_json: Json = False) -> None:
    """体检：磁盘、时钟、数据库、进程和端口、文件权限、清理、备份、流水。只看，不改；有故障时以 1 结束。"""
    settings = load_settings(config)
    _require_database(settings.database.url)
    database = Database(settings.database.url)
    try:
        found = list(examine(Installation(settings, config, database, datetime.now(UTC))))
    finally:
        database.dispose()
    bad = [finding for finding in found if finding.level is Level.BAD]
    if as_json:
        rows = [{"name": one.name, "level": str(one.level), "text": one.text} for one in found]
        say_json({"ok": not bad, "findings": rows})
    else:
        _say_findings(found)
    if bad:
        refuse()


def _require_database(url: str) -> None:
    """Looking makes no empty database where there is none."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        refuse(f"没有 {parsed.database} 这个数据库；新装的请先 gridbot db upgrade")


def _say_findings(found: list[Diagnosis]) -> None:
    for finding in found:
        say(f"{_SIGNS[finding.level]}  {finding.text}")
    bad, warned = (sum(one.level is level for one in found) for level in (Level.BAD, Level.WARN))
    say(f"{bad} 处故障，{warned} 处要注意" if bad or warned else "一切正常")
