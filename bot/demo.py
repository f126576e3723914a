"""`gridbot demo`: the bot, a sandbox WeCom and a sample district, in one process.

The only module in which the program meets the sandbox; they talk over real sockets.
"""

import socket
import sys
import webbrowser
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import build_app
from bot.config.loader import PACKAGE_ROOT
from bot.config.rule_files import LOCAL_PACK
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from bot.process.http_server import run_server
from handlers.environment.people import senders
from handlers.triage.learning.local_pack import HEADER
from models import schema
from models.database import Database
from models.messages import Incoming
from models.organisation import Account, Chat, Person
from sandbox.archive.library import ArchiveBook, NoCompiler, compile_library
from sandbox.archive.recording import ArchiveRecorder
from sandbox.server import SandboxServer

_WORLD = PACKAGE_ROOT / "sandbox" / "haimen.yaml"
_ORGANISATION = PACKAGE_ROOT / "examples" / "haimen" / "org.yaml"
_ARCHIVE, _ARCHIVED_GROUP = "rooms", "wrRESIDENTS"


def run(folder: Path, *, port: int, sandbox_port: int, browser: bool) -> None:
    """Run bot and sandbox until interrupted; data are kept in `folder` and used again by the next run.

    Raises PortTaken where another program listens on one of the ports.
    """
    for wanted in (sandbox_port, port):
        _require_free_port(wanted)
    with SandboxServer(_WORLD, port=sandbox_port) as box:
        archive = build_archive_channel(box, folder)
        settings = demo_settings(folder, box, port=port, archive=archive)
        connect_accounts(box, settings.site.base_url)
        prepare_database(settings)
        bind_archive(settings)
        open_conversations(settings)
        if not archive:
            sys.stdout.write("这台机器没有 C 编译器（cc），演示里少了会话存档这扇门；装上 gcc 再来就有。\n")
        sys.stdout.write(f"打开 {box.url} 看网格群，{settings.site.base_url} 看工作台。按 Ctrl-C 结束。\n")
        sys.stdout.flush()
        if browser:
            webbrowser.open(settings.site.base_url)
            webbrowser.open(box.url)
        run_server(build_app(settings, is_demo=True), host="127.0.0.1", port=port)


class PortTaken(Exception):
    """Another program listens on the port; `str` is the sentence for the terminal."""


def _require_free_port(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise PortTaken(f"端口 {port} 已被占用，请用 --port 和 --sandbox-port 换别的") from error


def build_channels(box: SandboxServer) -> dict[str, dict[str, str]]:
    """The `channels` branch of the settings, with every channel connected to the sandbox."""
    bot = box.world.bots["AIB1"]
    return {
        "grid": {
            "kind": "aibot",
            "mode": "socket",
            "bot_id": bot.bot_id,
            "bot_name": bot.name,
            "secret": bot.secret,
            "ws_url": box.ws_url,
        },
        "rings": {"kind": "webhook", "api_base": box.url},
    }


def build_account_channels(box: SandboxServer) -> dict[str, dict[str, Any]]:
    """A channel for each official account, customer service and app of the sandbox, by its id."""
    accounts: dict[str, dict[str, Any]] = {
        account.app_id: {
            "kind": "official_account",
            "app_id": account.app_id,
            "bot_name": account.name,
            "secret": account.secret,
            "token": account.token,
            "aes_key": account.aes_key,
            "api_base": f"{box.url}/wechat",
            "qr_base": f"{box.url}/wechat",
            "oauth_base": f"{box.url}/wechat",
        }
        for account in box.world.accounts.values()
    }
    apps: dict[str, dict[str, Any]] = {
        app.app_id: {
            "kind": "app",
            "corp_id": app.corp_id,
            "agent_id": int(app.app_id),
            "secret": app.secret,
            "token": app.token,
            "aes_key": app.aes_key,
            "api_base": box.url,
        }
        for app in box.world.apps.values()
    }
    services: dict[str, dict[str, Any]] = {
        service.open_kfid: {
            "kind": "kf",
            "corp_id": box.world.apps[service.app_id].corp_id,
            "secret": box.world.apps[service.app_id].secret,
            "token": service.token,
            "aes_key": service.aes_key,
            "api_base": box.url,
            "accounts": [service.open_kfid],
            "hand_over": "pool",
        }
        for service in box.world.services.values()
    }
    return accounts | apps | services


def build_archive_channel(box: SandboxServer, folder: Path) -> dict[str, dict[str, Any]]:
    """A channel that reads one group of the sandbox whole; none where no compiler can make its library."""
    home = folder.resolve() / "archive"
    try:
        library = compile_library(home)
    except NoCompiler:
        return {}
    book = ArchiveBook(home)
    key = book.add_key(1)
    ArchiveRecorder(box.world, book, groups=[_ARCHIVED_GROUP])
    corp_id = next(iter(box.world.apps.values())).corp_id
    return {
        _ARCHIVE: {
            "kind": "archive",
            "corp_id": corp_id,
            "secret": "sandbox-archive-secret",
            "library": library,
            "private_keys": {"1": key},
            "api_base": box.url,
        }
    }


def connect_accounts(box: SandboxServer, url: str) -> None:
    """Tell the sandbox where its accounts and apps call (`url`: of gridbot), as in the platform's pages."""
    for account in (*box.world.accounts.values(), *box.world.apps.values()):
        account.callback_url = f"{url}/callback/{account.app_id}"
    for service in box.world.services.values():
        service.callback_url = f"{url}/callback/{service.open_kfid}"


def demo_settings(
    folder: Path, box: SandboxServer, *, port: int, archive: dict[str, dict[str, Any]] | None = None
) -> Settings:
    """Settings of the demo: database, media and own rules in `folder`, channels to the sandbox."""
    own_rules = folder.resolve() / "rules" / LOCAL_PACK
    if not own_rules.exists():
        own_rules.parent.mkdir(parents=True, exist_ok=True)
        own_rules.write_text(HEADER, encoding="utf-8")
    return Settings.parse(
        {
            "site": {"name": "海门区网格接诉中心（演示）", "base_url": f"http://127.0.0.1:{port}"},
            "database": {"url": f"sqlite:///{folder.resolve() / 'gridbot.db'}"},
            "server": {"port": port},
            "channels": build_channels(box) | build_account_channels(box) | (archive or {}),
            "media": {"folder": folder.resolve() / "media", "hosts": [f"127.0.0.1:{box.port}"]},
            "rules": {
                "packs": [PACKAGE_ROOT / "rules" / "default.yaml", own_rules],
                "limits": PACKAGE_ROOT / "rules" / "limits.yaml",
                "spot_checks": PACKAGE_ROOT / "rules" / "spot_checks.yaml",
                "restricted_to": ["duty2", "leader1"],
            },
        }
    )


def prepare_database(settings: Settings) -> None:
    """Upgrade the database of the settings and import the sample district."""
    database = Database(settings.database.url)
    try:
        schema.upgrade(database)
        with database.write() as session:
            import_org(session, parse_organisation(_ORGANISATION))
    finally:
        database.dispose()


def bind_archive(settings: Settings) -> None:
    """The archive, where there is one, reads the residents' group beside the bot."""
    if _ARCHIVE not in settings.channels:
        return
    database = Database(settings.database.url)
    try:
        with database.write() as session:
            chat = session.scalars(select(Chat).where(Chat.chat_id == _ARCHIVED_GROUP)).one()
            chat.archive_channel, chat.archive_room_id = _ARCHIVE, _ARCHIVED_GROUP
    finally:
        database.dispose()


def open_conversations(settings: Settings) -> None:
    """The readers of restricted cases as if each had spoken to the bot once: else it could not reach them."""
    database = Database(settings.database.url)
    try:
        with database.write() as session:
            for code in settings.rules.restricted_to:
                account = session.scalars(select(Account).join(Person).where(Person.code == code)).one()
                user, provider = account.user_id, account.provider
                opened = Incoming("grid", "", user, direct=True, sender=user, provider=provider, bot_name="")
                senders.find_chat_and_sender(session, opened)
    finally:
        database.dispose()
