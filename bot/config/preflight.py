"""`gridbot check`: everything that can be known to be wrong before the program runs.

The configuration first; where it holds, the rule packs, the media folder, the database, and in
the database the organisation: units without anybody responsible, groups that no channel reaches.
"""

import ipaddress
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels.declaration import Capabilities
from bot.config import archives, loader, rule_files
from bot.config.problems import ConfigProblem
from bot.config.settings import LEAST_TOKEN, DatabaseSettings, Settings, SpeechModelSettings
from bot.config.sign_in import OidcSettings
from bot.config.speech_folder import TOKENS, find_model
from handlers.environment import restricted_readers
from handlers.environment.limit_table import LimitTable
from handlers.environment.units import path_covers
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.value_errors import format_suggestion
from handlers.triage.unit_directory import OWN_TOWN
from models import schema
from models.database import Database
from models.organisation import REPORTING, Chat, ChatUse, Person, Role, Unit, UnitKind
from models.pushes import Push, PushState
from models.schema import SchemaState

_STATES = {
    SchemaState.EMPTY: ConfigProblem("database.url", "数据库里还没有表", "gridbot db upgrade", grave=False),
    SchemaState.OUTDATED: ConfigProblem("database.url", "数据库是旧版本的，需要升级", "gridbot db upgrade"),
    SchemaState.AHEAD: ConfigProblem(
        "database.url",
        "数据库已由更新的版本升级，本程序还能用，请把它也升级",
        "pip install --upgrade gridbot",
        grave=False,
    ),
    SchemaState.UNKNOWN: ConfigProblem("database.url", "这个数据库不是 gridbot 的，或是更新的版本建的"),
}
RESTRICTED_TO = "rules.restricted_to"
"""Where the configuration names the readers of restricted cases."""
_HANDLING_ROLES = (Role.HANDLER, Role.COORDINATOR, Role.GRID)


def check(path: Path, *, environ: Mapping[str, str]) -> list[ConfigProblem]:
    """Every mistake in the configuration at `path` and in what it points to, the grave ones first."""
    try:
        settings = loader.load(path, environ=environ)
    except loader.ConfigError as error:
        return list(error.problems)
    found = [
        *check_settings(settings),
        *rule_files.check_local_pack(settings.rules.packs, path.absolute().parent),
    ]
    return sorted(found, key=lambda mistake: not mistake.grave)


def check_settings(settings: Settings) -> list[ConfigProblem]:
    """Every mistake in what valid settings point to: rule files, folder, database, organisation."""
    mistakes = list(check_media(settings.media.folder))
    if not settings.channels:
        mistakes.append(ConfigProblem("channels", "还没有渠道，收不到也发不出消息", grave=False))
    mistakes += _check_channel_settings(settings)
    if settings.channels and _is_local(settings.site.base_url):
        mistakes.append(_warn_of_local_pages(settings.site.base_url))
    mistakes += [*check_tokens(settings), *_check_engines(settings), *_check_oidc(settings.console.oidc)]
    pack, found = rule_files.check_rule_files(settings.rules)
    return [*mistakes, *found, *_check_database(settings, pack)]


def check_tokens(settings: Settings) -> Iterator[ConfigProblem]:
    """Tokens that can be guessed: everybody who may reach the port can try."""
    tokens = {f"api.tokens.{name}": token.secret for name, token in settings.api.tokens.items()}
    if settings.monitor.token is not None:
        tokens["monitor.token"] = settings.monitor.token
    for path, secret in tokens.items():
        if len(secret.get_secret_value()) < LEAST_TOKEN:
            yield ConfigProblem(path, f"口令太短，至少 {LEAST_TOKEN} 个字符", "openssl rand -hex 24")


def _check_engines(settings: Settings) -> Iterator[ConfigProblem]:
    """Engines on this machine that are wanted and not installed."""
    if isinstance(settings.speech, SpeechModelSettings):
        if find_spec("sherpa_onnx") is None:
            yield ConfigProblem("speech.engine", "没有装语音识别的库", "pip install 'gridbot[speech]'")
        try:
            find_model(settings.speech.folder)
        except FileNotFoundError:
            problem = f"{settings.speech.folder} 里没有 model.int8.onnx（或 model.onnx）和 {TOKENS}"
            yield ConfigProblem("speech.folder", problem, "folder: models/sense-voice")
    if settings.ocr.engine != "none" and find_spec(settings.ocr.engine) is None:
        yield ConfigProblem("ocr.engine", "没有装认字的库", "pip install 'gridbot[ocr]'")


def _check_oidc(oidc: OidcSettings | None) -> Iterator[ConfigProblem]:
    """Signing in by another system that cannot work, or could be listened to."""
    if oidc is None:
        return
    if find_spec("authlib") is None:
        yield ConfigProblem("console.oidc", "没有装统一身份认证的组件", "pip install 'gridbot[oidc]'")
    if urlsplit(oidc.issuer).scheme != "https" and not _is_local(oidc.issuer):
        yield ConfigProblem("console.oidc.issuer", "不是 https，登录可以被人冒充", '"https://…"')


def _check_token_codes(
    settings: Settings, units: Sequence[Unit], people: Sequence[Person]
) -> Iterator[ConfigProblem]:
    """Units and people that a token or a channel names and nobody knows."""
    unit_codes, people_codes = [unit.code for unit in units], [person.code for person in people]
    named = [
        *((f"api.tokens.{name}.units", token.units) for name, token in settings.api.tokens.items()),
        *((f"channels.{name}.units", one.declare().units) for name, one in settings.channels.items()),
    ]
    for path, codes in named:
        yield from _check_codes(path, codes, unit_codes, "单位")
    for name, token in settings.api.tokens.items():
        yield from _check_codes(f"api.tokens.{name}.as", token.people, people_codes, "人员")


def _check_codes(path: str, codes: Sequence[str], known: Sequence[str], what: str) -> Iterator[ConfigProblem]:
    for code in codes:
        if code not in known:
            yield ConfigProblem(path, f"没有代码为 {code} 的{what}{format_suggestion(code, known)}")


def _check_channel_settings(settings: Settings) -> Iterator[ConfigProblem]:
    """What each channel finds doubtful in its own settings, and whether its platform can call us."""
    base_url = settings.site.base_url
    for name, channel in settings.channels.items():
        path = f"channels.{name}"
        for doubt in channel.list_doubts():
            yield ConfigProblem(f"{path}.{doubt.key}", doubt.problem, doubt.example, grave=doubt.grave)
        if channel.awaits_calls() and _is_local(base_url):
            problem = f"平台要能访问 {base_url}/callback/{name}，这个地址只有本机能访问"
            yield ConfigProblem(path, problem, 'site: {base_url: "https://grid.example.gov.cn"}', grave=False)


def _warn_of_local_pages(base_url: str) -> ConfigProblem:
    """What is said in private names the page of the case: people must be able to open it."""
    problem = f"居民收到的网页链接是 {base_url}/c/…，只有本机打得开"
    return ConfigProblem("site.base_url", problem, '"https://grid.example.gov.cn"', grave=False)


def _is_local(url: str) -> bool:
    """Whether the address names this very machine, so that nobody else can reach it."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_capabilities(settings: Settings, name: str) -> Capabilities | None:
    """The capabilities of a configured channel; None where there is none."""
    channel = settings.channels.get(name)
    return channel.declare().capabilities if channel is not None else None


def check_media(folder: Path) -> Iterator[ConfigProblem]:
    """Problems with the media folder: files cannot be stored in it, or it cannot be made."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not nearest.is_dir():
        yield ConfigProblem("media.folder", f"{nearest} 不是文件夹", "folder: data/media")
    elif not os.access(nearest, os.W_OK | os.X_OK):
        yield ConfigProblem("media.folder", f"{nearest} 不可写", f"chown gridbot {nearest}")


def _check_database(settings: Settings, pack: Pack | None) -> list[ConfigProblem]:
    url = make_url(settings.database.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return [_STATES[SchemaState.EMPTY]]  # opening it would create it
    try:
        database = Database(settings.database.url)
    except ModuleNotFoundError:
        return [ConfigProblem("database.url", "没有装 PostgreSQL 的驱动", "pip install 'gridbot[postgres]'")]
    try:
        return [*_check_other_ways(settings.database), *_check_contents(database, settings, pack)]
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return [ConfigProblem("database.url", f"数据库用不了：{reason}")]
    finally:
        database.dispose()


def _check_other_ways(settings: DatabaseSettings) -> Iterator[ConfigProblem]:
    """Problems with the ways into a PostgreSQL beside `database.url`."""
    for key in ("listen_url", "read_url"):
        url = getattr(settings, key)
        if url is None:
            continue
        database = Database(url)
        try:
            database.read_clock()
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            yield ConfigProblem(f"database.{key}", f"连不上：{reason}")
        finally:
            database.dispose()


def _check_contents(database: Database, settings: Settings, pack: Pack | None) -> list[ConfigProblem]:
    state = schema.read_state(database)
    found = [] if state is SchemaState.CURRENT else [_STATES[state]]
    if not state.is_usable:
        return found
    with database.read() as session:
        return [*found, *check_organisation(session, settings, pack)]


def check_organisation(session: Session, settings: Settings, pack: Pack | None) -> list[ConfigProblem]:
    """Problems in the organisation: units, people and chats against each other, the channels and the classes.

    `pack` is None where it cannot be used; the class table is not checked then.
    """
    units = session.scalars(select(Unit)).all()
    if not units:
        return [ConfigProblem("units", "还没有组织数据", "gridbot org import org.yaml", grave=False)]
    people = session.scalars(select(Person)).all()
    chats = session.scalars(select(Chat)).all()
    return [
        *_check_channels(chats, settings),
        *archives.check_archives(session, settings),
        *_check_unreachable_chats(session, _list_steady(chats, settings)),
        *_check_leads(units, people),
        *_check_duty(people, chats),
        *check_restricted_readers(session, settings.rules.restricted_to),
        *_check_signers(rule_files.read_rule_files(settings.rules).limits, people),
        *_check_token_codes(settings, units, people),
        *(_check_class_units(units, people, chats, pack) if pack else ()),
    ]


def check_restricted_readers(session: Session, listed: Sequence[str]) -> Iterator[ConfigProblem]:
    """Whether restricted cases reach somebody; `listed`: codes of the people the configuration names.

    Nothing before an organisation is imported: an empty database starts, so that one can import.
    """
    if session.scalar(select(Unit.id).limit(1)) is None:
        return
    path, example = RESTRICTED_TO, "[jw_lead]"
    readers = restricted_readers.find_readers(session, listed)
    if not readers:
        yield ConfigProblem(path, "限阅事件没有人可以看，请写上人员代码，或指定最上级单位的负责人", example)
        return
    if unknown := restricted_readers.find_unknown(session, listed):
        yield ConfigProblem(path, f"没有代码为 {'、'.join(unknown)} 的人员", example, grave=False)
    if not listed or len(unknown) == len(listed):
        names = "、".join(sorted(readers))
        yield ConfigProblem(path, f"没有指定谁看限阅事件，默认给 {names}", example, grave=False)
    silent = [person.name for person in restricted_readers.find_unreachable(session, readers)]
    if len(silent) == len(readers):
        yield ConfigProblem(path, f"限阅事件现在送不到任何人：请{'、'.join(silent)}先私聊一次", grave=False)
    elif silent:
        yield ConfigProblem(path, f"还联系不上{'、'.join(silent)}：请先私聊一次", grave=False)


def _check_channels(chats: Sequence[Chat], settings: Settings) -> Iterator[ConfigProblem]:
    known = list(settings.channels)
    for chat in chats:
        if chat.use in (ChatUse.DIRECT, ChatUse.UNBOUND, ChatUse.SUBSCRIBER):
            continue
        path = f"chats/{chat.code}"
        if chat.channel not in settings.channels:
            yield ConfigProblem(
                f"{path}.channel", f"配置里没有渠道 {chat.channel}{format_suggestion(chat.channel, known)}"
            )
        elif _needs_address(settings, chat.channel):
            kind = settings.channels[chat.channel].kind
            yield ConfigProblem(f"{path}.channel", f"{chat.channel} 是 {kind}，只能写在 webhook.channel 里")
        elif not _hears_groups(settings, chat.channel):
            yield _describe_deaf_group(chat, path)
        yield from _check_webhook(chat, path, settings)
        yield from archives.check_chat(chat, settings)


def _hears_groups(settings: Settings, name: str) -> bool:
    capabilities = _read_capabilities(settings, name)
    return capabilities is None or capabilities.hears_groups


def _describe_deaf_group(chat: Chat, path: str) -> ConfigProblem:
    """A group whose members cannot be heard: none to report in, and one to read in at most."""
    reports = chat.use in REPORTING
    about = "报不了事" if reports else "只能看通知，卡片上没有按钮，回复也收不到"
    return ConfigProblem(
        f"{path}.channel", f"{chat.channel} 听不到群里说的话：这个群{about}", "channel: grid", grave=reports
    )


def _needs_address(settings: Settings, name: str) -> bool:
    capabilities = _read_capabilities(settings, name)
    return capabilities is not None and capabilities.needs_address


def _check_webhook(chat: Chat, path: str, settings: Settings) -> Iterator[ConfigProblem]:
    example = 'webhook: {channel: rings, key: "…"}'
    own = _read_capabilities(settings, chat.channel)
    addressed = [name for name in settings.channels if _needs_address(settings, name)]
    if chat.webhook_channel is None:
        if chat.use in (ChatUse.HANDLING, ChatUse.DUTY) and not (own and own.mention):
            yield ConfigProblem(f"{path}.webhook", "没有群机器人，催办时 @ 不到人", example, grave=False)
    elif chat.webhook_channel not in addressed:
        hint = format_suggestion(chat.webhook_channel, addressed)
        yield ConfigProblem(
            f"{path}.webhook.channel", f"配置里没有 webhook 渠道 {chat.webhook_channel}{hint}"
        )
    elif not chat.webhook_key:
        yield ConfigProblem(f"{path}.webhook.key", "缺少 key", example)


def _list_steady(chats: Sequence[Chat], settings: Settings) -> Iterator[Chat]:
    """The chats without those of residents who come and go as they like, and are told of at the desk."""
    terse = {name for name, channel in settings.channels.items() if channel.declare().is_terse}
    return (chat for chat in chats if chat.channel not in terse)


def _check_unreachable_chats(session: Session, chats: Iterable[Chat]) -> Iterator[ConfigProblem]:
    """Groups that the bot was removed from, and pushes that did not arrive."""
    lost = select(Push.chat_id, func.count()).where(Push.state == PushState.DEAD).group_by(Push.chat_id)
    dead = dict(session.execute(lost).all())
    for chat in chats:
        letters = f"{dead[chat.id]} 条消息没有送到" if chat.id in dead else ""
        if chat.gone_at is not None:
            problem = "，".join(part for part in ("机器人已不在这个群里", letters) if part)
            yield ConfigProblem(f"chats/{chat.code}", problem, "把机器人重新拉进群，并 @ 它一次", grave=False)
        elif letters:
            yield ConfigProblem(f"chats/{chat.code}", letters, "gridbot letters list", grave=False)


def _check_leads(units: Sequence[Unit], people: Sequence[Person]) -> Iterator[ConfigProblem]:
    codes = {person.code for person in people}
    for unit in units:
        for role, code in (("lead", unit.lead), ("deputy", unit.deputy)):
            if code and code not in codes:
                yield ConfigProblem(f"units/{unit.code}.{role}", f"没有代码为 {code} 的人员", grave=False)


def _check_signers(limits: LimitTable | None, people: Sequence[Person]) -> Iterator[ConfigProblem]:
    """Whether those who sign answers are there; None: the table cannot be used, which is told elsewhere."""
    codes = {person.code for person in people}
    for number, rule in enumerate(limits.sign_offs if limits is not None else ()):
        if unknown := [code for code in rule.codes if code not in codes]:
            path = f"rules.limits/sign_offs.{number}"
            yield ConfigProblem(path, f"没有代码为 {'、'.join(unknown)} 的人员，不会请他们审签", grave=False)


def _check_duty(people: Sequence[Person], chats: Sequence[Chat]) -> Iterator[ConfigProblem]:
    if not any(person.role == Role.DUTY for person in people):
        yield ConfigProblem("people", "没有受理员，拿不准的事没有人定", "role: duty", grave=False)
    if not any(chat.use == ChatUse.DUTY for chat in chats):
        yield ConfigProblem("chats", "没有值班群", "use: duty", grave=False)


def _check_class_units(
    units: Sequence[Unit], people: Sequence[Person], chats: Sequence[Chat], pack: Pack
) -> Iterator[ConfigProblem]:
    """Every unit the class table names: is there one, has it somebody, has it a group?"""
    classes: dict[str, list[str]] = {}
    for info in pack.classes.values():
        classes.setdefault(info.unit, []).append(info.id)
    staffed = _reach(units, {person.unit_id for person in people if person.role in _HANDLING_ROLES})
    heard = _reach(units, {chat.unit_id for chat in chats if chat.use in (ChatUse.HANDLING, ChatUse.DUTY)})
    for name, ids in classes.items():
        named = [unit for unit in units if _has_name(unit, name)]
        if not named:
            problem = f"没有叫“{name}”的单位，这 {len(ids)} 类要由值班员指定"
            yield ConfigProblem(f"classes/{ids[0]}.unit", problem, f"short: {name}", grave=False)
        for unit in named:
            yield from _check_unit(unit, staffed, heard)


def _has_name(unit: Unit, name: str) -> bool:
    if name == OWN_TOWN:
        return unit.kind == UnitKind.TOWN
    return name in (unit.name, unit.short, *unit.aliases) or unit.name.endswith(name)


def _reach(units: Sequence[Unit], unit_ids: set[int | None]) -> Callable[[Unit], bool]:
    """A test whether a unit, one above it other than the district, or one below it, is among `unit_ids`."""
    paths = [unit.path for unit in units if unit.id in unit_ids and unit.kind != UnitKind.DISTRICT]

    def is_within_reach(unit: Unit) -> bool:
        return any(path_covers(unit.path, path) or path_covers(path, unit.path) for path in paths)

    return is_within_reach


def _check_unit(
    unit: Unit, has_staff: Callable[[Unit], bool], has_chat: Callable[[Unit], bool]
) -> Iterator[ConfigProblem]:
    if unit.kind == UnitKind.DISTRICT:
        return
    if not (unit.lead or has_staff(unit)):
        yield ConfigProblem(
            f"units/{unit.code}.lead", f"{unit.display_name} 没有负责人，也没有承办员", grave=False
        )
    if not has_chat(unit):
        yield ConfigProblem(
            f"units/{unit.code}", f"{unit.display_name} 没有处置群", "use: handling", grave=False
        )
