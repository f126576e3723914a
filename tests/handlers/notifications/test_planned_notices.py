"""Notices at a time, before an event, again and again from the library: each once a second person said so."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from handlers.clocks import recurrence
from handlers.notifications.publishing import sending
from models.notices import Notice
from models.organisation import Chat
from tests.district import District

SHANGHAI = ZoneInfo("Asia/Shanghai")


def tick(district: District, day: int, hour: int, month: int = 4) -> str:
    """Run all that is due at this local hour; what the residents' group then read anew."""
    before = len(district.pushes("wrRESIDENTS"))
    district.now = datetime(2026, month, day, hour, 0, 30, tzinfo=SHANGHAI).astimezone(UTC)
    with district.database.write() as session:
        while sending.send_due_notices(session, district.env, now=district.now):
            pass
    return "\n".join(push.text for push in district.pushes("wrRESIDENTS")[before:])


def draft(district: District, words: str) -> str:
    """The number of what is drafted after its preview was confirmed."""
    assert district.say("wrDUTY", "duty1", words) == "command.preview"
    assert district.press("wrDUTY", "duty1", "确认执行") == "notice.drafted"
    with district.database.read() as session:
        notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice is not None
    return notice.plan or notice.number


def test_the_library_is_sent_in_turn_and_nothing_comes_again_too_soon(sqlite_district: District) -> None:
    town = sqlite_district
    asked = "/通知 海门街道 居民群 每周一8:00 截止=6月30日 素材=防诈骗"
    assert town.say("wrDUTY", "duty1", asked) == "refused.not_found"
    for item in (
        "防诈骗 先挂断再核实。",
        "防诈骗、老年 3-5月 不说验证码。",
        "防诈骗 12-2月 冬天的提示。",
        "防诈骗 备用 有疑问打 96110。",
    ):
        assert town.say("wrDUTY", "duty1", f"/素材 {item}") == "library.stored"
    assert town.say("wrDUTY", "duty1", "/发布 SC260330-001") == "refused.not_allowed"
    assert town.say("wrDUTY", "duty1", asked) == "refused.not_found", "nobody approved the items"
    for n in range(1, 5):
        assert town.say("wrDUTY", "duty2", f"/发布 SC260330-00{n}") == "library.approved"
    number = draft(town, asked)
    assert number == "JH260330-001"
    assert town.say("wrDUTY", "leader1", f"/发布 {number}") == "notice.published"
    read = [tick(town, day, 8) for day in (6, 7, 13, 20, 27)] + [
        tick(town, day, 8, month=5) for day in (4, 11)
    ]
    tips = ("先挂断", "", "验证码", "96110", "96110", "96110", "先挂断")
    for said, tip in zip(read, tips, strict=True):
        assert (tip in said) if tip else said == ""
    assert "【通知】先挂断再核实。\n——海门区，4月6日" in read[0]
    assert town.say("wrDUTY", "duty1", "/通知统计 2026-04") == "notice.totals"
    assert "4 条，共 4 群次，其中素材库 4 条。按主题：防诈骗 4" in town.last_text("wrDUTY")
    assert town.say("wrDUTY", "duty1", "/撤回通知 SC260330-004") == "library.withdrawn"
    assert town.say("wrDUTY", "duty1", f"/撤回通知 {number}") == "notice.withdrawn"
    assert tick(town, 18, 8, month=5) == ""


def test_an_event_is_reminded_of_before_it_and_said_no_more_after(sqlite_district: District) -> None:
    town = sqlite_district
    assert (
        town.say("wrDUTY", "duty1", "/通知 海门街道 居民群 活动=3月20日9:00 义诊。") == "refused.missing_need"
    )
    number = draft(town, "/通知 海门街道 居民群 活动=4月3日上午9点 提前=2小时 社区广场义诊，请带医保卡。")
    town.say("wrDUTY", "duty2", f"/发布 {number}")
    assert "【通知】社区广场义诊" in tick(town, 30, 10, month=3)
    assert tick(town, 2, 9) == ""
    assert "【提醒】4月3日（周五） 09:00：社区广场义诊" in tick(town, 3, 7)
    late = draft(town, "/通知 海门街道 居民群 活动=4月5日上午9点 植树。")
    assert "活动时间 4月5日" in town.chat_text("wrDUTY")
    tick(town, 5, 10)
    assert town.say("wrDUTY", "duty2", f"/发布 {late}") == "refused.wrong_state", "it is over by now"


def test_only_groups_of_the_kind_and_tag_hear_it_and_when_it_was_said(sqlite_district: District) -> None:
    town = sqlite_district
    assert town.say("wrDUTY", "duty1", "/通知 海门街道 标签=老年 体检。") == "refused.not_found"
    with town.database.write() as session:
        session.scalars(select(Chat).where(Chat.chat_id == "wrRESIDENTS")).one().tags = ["老年", "小区"]
    assert town.say("wrDUTY", "duty1", "/通知 海门街道 明天8:00 标签=老年 体检。") == "command.preview"
    shown = town.last_card("wrDUTY").body
    assert "标签 老年" in shown
    assert "范围：海门街道" in shown
    assert "1 个群" in shown
    assert town.press("wrDUTY", "duty1", "确认执行") == "notice.drafted"
    town.say("wrDUTY", "duty2", "/发布 TZ260330-001")
    assert tick(town, 30, 20, month=3) == ""
    assert tick(town, 31, 8, month=3).endswith("体检。\n——海门区，3月31日")
    assert "体检" not in town.chat_text("wrINTAKE")


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("每天", "2026-03-30T09:00", "2026-03-31T08:00"),
        ("每周一", "2026-03-30T07:59", "2026-03-30T08:00"),
        ("每周日", "2026-03-30T09:00", "2026-04-05T08:00"),
        ("每月15日", "2026-12-15T08:00", "2027-01-15T08:00"),
        ("每月31日", "2027-02-01T00:00", "2027-02-28T08:00"),
    ],
)
def test_a_rule_names_the_next_day(rule: str, after: str, expected: str) -> None:
    local = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = recurrence.find_next(rule, after=local, at=time(8))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)
    assert found - local <= timedelta(days=32)
