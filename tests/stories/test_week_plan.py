"""Story 8 (requirements E13): a theme week, an item a day, one holiday skipped. 72 groups of it: test_notices_week."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.imports import week_plan
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database
from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, build_settings

SUNDAY = datetime(2026, 4, 5, 10, 0, tzinfo=SHANGHAI)
PLAN = """
theme: 防诈骗宣传周
unit: HM-HM
uses: [residents]
week: 2026-04-06
time: "08:00"
skip: [2026-04-06]
items:
  - {day: 周一, text: 清明安全提示。}
  - {day: 周二, text: 先挂断再核实。}
  - {day: 周三, text: 不点陌生链接。}
  - {day: 周四, text: 不说验证码。}
  - {day: 周五, text: 刷单都是诈骗。}
  - {day: 2026-04-11, text: 保健品不治病。}
  - {day: 2026-04-12, text: 有疑问打 96110。}
"""


def test_a_theme_week_reaches_the_residents_day_by_day(
    haimen: StoryHarness, clock: MovableClock, database: Database, tmp_path: Path
) -> None:
    clock.move_to(SUNDAY)
    (tmp_path / "week.yaml").write_text(PLAN, encoding="utf-8")
    week = week_plan.read(tmp_path / "week.yaml")
    url = database.engine.url.render_as_string(hide_password=False)
    env = EnvironmentBuilder(database, build_settings(tmp_path, url, haimen.box))()
    with database.write() as session:
        plan, written = week_plan.write(session, week, "duty1", env, now=SUNDAY)
    assert (plan, len(written)) == ("JH260405-001", 6)

    haimen.wait_for_message("wrDUTY", plan, "将发到 1 个群", "先挂断再核实", "96110")
    haimen.say("wrDUTY", "duty2", f"/发布 {plan}")
    haimen.wait_for_message("wrDUTY", "已同意发布，共 6 条")
    for days, tip in enumerate(("先挂断", "陌生链接", "验证码", "刷单", "保健品", "96110"), start=2):
        clock.move_to(SUNDAY.replace(hour=7, minute=59) + timedelta(days=days, minutes=1))
        haimen.wait_for_message("wrRESIDENTS", "【防诈骗宣传周】", tip)
    said = [m for m in haimen.box.messages("wrRESIDENTS") if "防诈骗宣传周" in (m.get("text") or "")]
    assert len(said) == 6
    assert "清明" not in str(said)
    assert "防诈骗宣传周" not in str(haimen.box.messages("wrINTAKE"))
