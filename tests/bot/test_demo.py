"""The demo is set up like an office that has thought of everything."""

from pathlib import Path

from bot import demo
from bot.config import preflight
from bot.config.loader import PACKAGE_ROOT
from models.database import Database
from sandbox.server import SandboxServer


def test_in_the_demo_restricted_cases_reach_their_readers(tmp_path: Path) -> None:
    with SandboxServer(PACKAGE_ROOT / "sandbox" / "haimen.yaml") as box:
        settings = demo.demo_settings(tmp_path, box, port=8000)
    demo.prepare_database(settings)
    demo.open_conversations(settings)
    demo.open_conversations(settings)
    database = Database(settings.database.url)
    with database.read() as session:
        assert list(preflight.check_restricted_readers(session, settings.rules.restricted_to)) == []
    database.dispose()
