"""`gridbot letters resend`: what a system was told of cases, once more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.cli.tree import app
from models.database import Database
from models.messages import CaseEventPush
from models.pushes import Push
from tests.bot.posting import OutboxHarness


def test_events_since_a_local_time_are_sent_again(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(
        f"database: {{url: '{sqlite_database.url}'}}\n"
        "channels: {jiesu: {kind: subscriber, url: 'https://example.gov.cn/x', secret: 'sssssssssssssssssssssssss'}}",
        encoding="utf-8",
    )
    post = OutboxHarness(sqlite_database)
    chat = post.add_chat("jiesu", use="subscriber", channel="jiesu")
    for hour in (7, 9):
        at = datetime(2026, 11, 21, hour, tzinfo=UTC)
        body = CaseEventPush({"id": f"WG261121-0001-{hour}"})
        post.add_push(body, chat=chat, channel="jiesu", now=at, purpose="event", state="sent")
    run = CliRunner().invoke
    done = run(app, ["letters", "resend", "jiesu", "--since", "2026-11-21T16:00"])
    assert (done.exit_code, "1 条" in done.output) == (0, True), done.output
    with sqlite_database.read() as session:
        assert list(session.scalars(select(Push.state).order_by(Push.id))) == ["sent", "ready"]
    wrong = run(app, ["letters", "resend", "jiesuu", "--since", "2026-11-21"])
    assert wrong.exit_code == 1
    assert "jiesu" in wrong.output
