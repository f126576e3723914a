"""The database server: does it answer, is it new enough, is its clock ours, is its schema this program's."""

from collections.abc import Iterator

from bot.process.doctor.diagnoses import Diagnosis, Installation, Level
from models import schema
from models.schema import SchemaState

_LEAST = {"sqlite": (3, 35), "postgresql": (13,)}
"""SQLite since it has RETURNING; PostgreSQL since the version before is not mended any more."""
_SKEW, _GREAT_SKEW = 2.0, 60.0
"""Seconds between two clocks: worth a word, and so many that times in messages are wrong."""
_SCHEMAS = {
    SchemaState.CURRENT: (Level.OK, "数据库结构是最新的"),
    SchemaState.AHEAD: (Level.WARN, "数据库已由更新的版本升级，本程序还能用，请把它也升级"),
    SchemaState.OUTDATED: (Level.BAD, "数据库结构是旧版本的，请 gridbot db upgrade"),
    SchemaState.EMPTY: (Level.BAD, "数据库里还没有表，请 gridbot db upgrade"),
    SchemaState.UNKNOWN: (Level.BAD, "这个数据库不是 gridbot 的，或者是新得多的版本建的"),
}


def check_version(installation: Installation) -> Iterator[Diagnosis]:
    """The version of the database."""
    with installation.database.engine.connect() as connection:
        kind = connection.dialect.name
        version = connection.dialect.server_version_info or ()
    name = "SQLite" if kind == "sqlite" else "PostgreSQL"
    told = f"{name} {'.'.join(map(str, version))}"
    if version < _LEAST[kind]:
        least = ".".join(map(str, _LEAST[kind]))
        yield Diagnosis("version", Level.BAD, f"{told} 太旧，至少要 {least}")
    else:
        yield Diagnosis("version", Level.OK, told)


def check_clock(installation: Installation) -> Iterator[Diagnosis]:
    """This machine's clock against the database's, which all processes share."""
    database = installation.database
    if database.sqlite:
        yield Diagnosis("clock", Level.OK, "数据库就在本机，时钟是同一个")
        return
    skew = (installation.now - database.read_clock()).total_seconds()
    told = f"本机时钟比数据库{'快' if skew > 0 else '慢'} {abs(skew):.1f} 秒"
    if abs(skew) > _GREAT_SKEW:
        yield Diagnosis("clock", Level.BAD, f"{told}，请打开时间同步（timedatectl set-ntp true）")
    elif abs(skew) > _SKEW:
        yield Diagnosis("clock", Level.WARN, f"{told}，请打开时间同步")
    else:
        yield Diagnosis("clock", Level.OK, "本机时钟和数据库一致")


def check_schema(installation: Installation) -> Iterator[Diagnosis]:
    """Whether the migrations are at the newest one."""
    with installation.database.engine.connect() as connection:
        revision = schema.read_revision(connection)
        level, told = _SCHEMAS[schema.compute_state(connection)]
    yield Diagnosis("schema", level, f"{told}（{revision}）" if revision else told)
