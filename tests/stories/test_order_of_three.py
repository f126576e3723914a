"""One order of three units, a leader's charge with the first receiver, twenty cases and the calls drawn of them,
and a suggestion over eight months: requirements A04 and B19, B15, B09, C25, E11, over the real doors.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database
from models.pushes import Push, is_live
from models.spot_checks import SpotCheck
from sandbox.world import single_chat_id
from scheduler import daily_checks
from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, make_photo, run_story

LEADER = single_chat_id("AIB1", "leader1")
MONDAY = datetime(2026, 3, 30, 9, 5, tzinfo=SHANGHAI)
RULES = {
    "packs": [PACKAGE_ROOT / "rules" / "default.yaml"],
    "limits": PACKAGE_ROOT / "rules" / "limits.yaml",
}


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock(MONDAY.astimezone(ZoneInfo("UTC")))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('town') / 'town.db'}"


@pytest.fixture(scope="module")
def haimen(clock: MovableClock, url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryHarness]:
    """One town for all four stories, since each has cases of its own. The platform counts hours as seconds."""
    with run_story(tmp_path_factory.mktemp("files"), url, clock, rate_scale=0.002) as people:
        for person in ("leader1", "duty1", "duty2"):
            people.say("AIB1", person, "你好")
            people.wait_for_message(single_chat_id("AIB1", person), "")
        yield people


@pytest.fixture
def office(url: str) -> Iterator[Database]:
    """The same database, for what another process does at night."""
    database = Database(url)
    yield database
    database.dispose()


def run_night(database: Database, url: str, moment: datetime) -> None:
    """The daily checks of another process."""
    env = EnvironmentBuilder(database, Settings.parse({"database": {"url": url}, "rules": RULES}))()
    with database.write() as session:
        daily_checks.run_checks(session, env, now=moment)


def wait_until_told(haimen: StoryHarness, clock: MovableClock, database: Database) -> None:
    """Let time pass until nothing waits for the rate of its group."""

    def is_told() -> bool:
        clock.move_to(clock.now + timedelta(seconds=20))
        live = select(func.count()).select_from(Push).where(is_live(), Push.not_before <= clock.now)
        with database.read() as session:
            return session.scalar(live) == 0

    haimen.wait_until(is_told, "everything told")


def dispatch(haimen: StoryHarness, text: str, unit: str, group: str) -> str:
    number = haimen.report("wrINTAKE", "zhangsf", f"/上报 {text}")
    haimen.say("wrDUTY", "duty1", f"/交办 {number} {unit}")
    haimen.wait_for_card(group, number, "签收")
    return number


def test_three_units_on_one_order_read_what_the_others_do(haimen: StoryHarness) -> None:
    number = dispatch(haimen, "长江路静海路口工地门口建筑垃圾", "城管局", "wrCG")
    haimen.say("wrCG", "cg1", f"/签收 {number}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrDUTY", "duty1", f"/吹哨 {number} 住建局 公安局")
    for group in ("wrZJ", "wrGA"):
        haimen.wait_for_card(group, number, "报到")
    shown = haimen.count_photos("wrDUTY")
    haimen.say("wrCG", "cg1", f"/到场 {number} 人已到，正在清", photos=[make_photo("navy")])
    haimen.wait_for_message("wrDUTY", number, "城管一号已到场报到", "人已到，正在清")
    haimen.wait_until(lambda: haimen.count_photos("wrDUTY") > shown, "the photo of the arrival")
    haimen.say("wrGA", "ga1", f"/报到 {number} 两人到场")
    for group in ("wrCG", "wrZJ"):
        haimen.wait_for_message(group, number, "🤝 公安局 公安一号报到：两人到场")
    haimen.say("wrCG", "cg1", f"/进展 {number} 已围挡，等吊车")
    for group in ("wrZJ", "wrGA"):
        haimen.wait_for_message(group, number, "🤝 城管局 城管一号进展：已围挡，等吊车")
    haimen.say("wrZJ", "zj1", f"/协办完成 {number} 路面已修")
    for group in ("wrCG", "wrGA"):
        haimen.wait_for_message(group, number, "路面已修")
    haimen.say("wrCG", "cg1", f"/反馈 {number} 全部清完", photos=[make_photo()])
    haimen.wait_for_message("wrGA", number, "全部清完")
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    haimen.wait_for_message("wrINTAKE", number, "全部清完")
    assert "全部清完" not in str(haimen.box.messages("wrZJ")), "who is done hears no more"
    assert not any("张师傅" in str(haimen.box.messages(group)) for group in ("wrZJ", "wrGA"))


def test_a_leader_in_charge_is_reminded_and_the_first_receiver_hears_of_the_end(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    number = dispatch(haimen, "解放路15号路灯不亮", "城管局 10小时", "wrCG")
    haimen.say("wrCG", "cg1", f"/签收 {number}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrDUTY", "duty1", f"/包案 {number} 周主任")
    haimen.wait_for_message("wrCG", number, "由周主任包案，城管局照常办理")
    haimen.wait_for_message(LEADER, number, "您包案了")
    began, due = clock.now, datetime.fromisoformat(haimen.case(number)["due_at"])
    for share, said in ((0.52, "过了 50%"), (0.82, "过了 80%")):
        clock.move_to(began + (due - began) * share)
        haimen.wait_for_message(LEADER, number, said)
    haimen.say("wrCG", "cg1", f"/退回 {number} 不归我们")
    haimen.wait_for_status(number, "ACCEPTED")
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    haimen.wait_for_message("wrCG", f"你们首接的〔{number}〕由住建局办", "待签收", "前办结")
    clock.move_to(due + timedelta(minutes=1))
    haimen.wait_for_message(LEADER, number, "已到期")
    haimen.say("wrZJ", "zj1", f"/反馈 {number} 线路已修好", photos=[make_photo()])
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    haimen.wait_for_message("wrINTAKE", number, "线路已修好")
    haimen.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决 满意")
    haimen.wait_for_message(LEADER, number, "您包案的这件结束了：已办结")
    haimen.wait_for_message("wrCG", f"你们首接的〔{number}〕结束了：已办结")
    assert "线路" not in str(haimen.box.messages("wrCG"))


def test_of_twenty_cases_two_are_drawn_and_called(
    haimen: StoryHarness, clock: MovableClock, office: Database, url: str
) -> None:
    clock.move_to((MONDAY + timedelta(days=2)).astimezone(clock.now.tzinfo))
    before = {case["number"] for case in haimen.cases()}
    for at in range(20):
        haimen.say("wrINTAKE", "zhangsf", f"/上报 北京路{at * 20 + 1}号有建筑垃圾")

    def mine(status: str) -> list[str]:
        found = [one for one in haimen.cases() if one["number"] not in before]
        return sorted(one["number"] for one in found if one["status"] == status)

    def have_all(status: str) -> bool:
        # A group is told thirty things a minute.
        clock.move_to(clock.now + timedelta(seconds=20))
        return len(mine(status)) == 20

    def wait_for_all(status: str) -> None:
        haimen.wait_until(lambda: have_all(status), f"twenty cases {status}")

    wait_for_all("NEW")
    numbers = mine("NEW")
    haimen.say("wrDUTY", "duty1", f"/交办 {' '.join(numbers)} 城管局")
    wait_for_all("DISPATCHED")
    for number in numbers:
        haimen.say("wrCG", "cg1", f"/反馈 {number} 已清运")
    wait_for_all("SUBMITTED")
    for number in numbers:
        haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    wait_for_all("CALLBACK")
    for number in numbers:
        haimen.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决 满意")
    wait_for_all("CLOSED")

    night = (MONDAY + timedelta(days=3)).replace(hour=2, minute=30)
    clock.move_to(night.astimezone(clock.now.tzinfo))
    run_night(office, url, clock.now)
    with office.read() as session:
        checks = session.scalars(select(SpotCheck)).all()
    assert len(checks) == 2
    clock.move_to(night.replace(hour=9).astimezone(clock.now.tzinfo))
    asked = {who: single_chat_id("AIB1", who) for who in ("duty1", "duty2")}

    def list_told() -> dict[str, str]:
        return {
            number: who
            for who, chat in asked.items()
            for message in haimen.box.messages(chat)
            if "抽查回访" in str(message.get("text"))
            for number in numbers
            if number in str(message["text"])
        }

    haimen.wait_until(lambda: len(list_told()) == 2, "two calls to make")
    for number, who in list_told().items():
        haimen.say("AIB1", who, f"/回访 {number} 联系上 已解决 不满意 等了两天")
        haimen.wait_for_message(asked[who], number, "抽查回访已记下")
        assert [event["act"] for event in haimen.case(number)["events"]][-1] == "call_back"
    assert "抽查" not in str(haimen.box.messages("wrCG"))
    haimen.say("wrDUTY", "duty1", "/月报 2026-04")
    wait_until_told(haimen, clock, office)
    haimen.wait_for_message(
        "wrDUTY", "抽查回访 2 件：联系上 2，已解决 2，满意 0/2，未能联系 0（不算在评价里）"
    )


def test_a_section_without_a_group_is_told_in_the_group_of_its_department(haimen: StoryHarness) -> None:
    number = dispatch(haimen, "人民路30号门口乱停车", "公安交警", "wrGA")
    assert haimen.case(number)["unit"] == "HM-GA-JJ"


def test_a_suggestion_is_built_in_eight_months_and_made_public_by_two(
    haimen: StoryHarness, clock: MovableClock, office: Database, url: str
) -> None:
    number = dispatch(haimen, "建议在解放路15号旁边的篮球场装几盏灯", "住建局", "wrZJ")
    haimen.say("wrZJ", "zj1", f"/采纳 {number} 部分 先装东侧")
    haimen.wait_for_message("wrINTAKE", number, "住建局答复您的建议：部分采纳。先装东侧")
    haimen.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决 满意")
    haimen.wait_for_status(number, "CLOSED")
    for step in ("图纸完成 到2026-06-01", "灯杆装好 到2026-11-30"):
        haimen.say("wrZJ", "zj1", f"/里程碑 {number} {step}")
        haimen.wait_for_message("wrZJ", number, step.split(" 到")[0])
    began = clock.now
    for month in range(1, 9):
        clock.move_to(began + timedelta(days=30 * month))
        run_night(office, url, clock.now)
        if month in (2, 8):
            haimen.wait_for_message("wrZJ", number, "图纸完成" if month == 2 else "灯杆装好")
            haimen.say("wrZJ", "zj1", f"/里程碑完成 {number} {'图纸定了' if month == 2 else '灯都亮了'}")
            haimen.wait_for_message("wrINTAKE", number, "图纸定了" if month == 2 else "灯都亮了")
    haimen.say("wrDUTY", "duty1", "/超时")
    haimen.wait_for_message("wrDUTY", "超时")
    told = [str(one.get("text")) for one in haimen.box.messages("wrZJ") if number in str(one.get("text"))]
    assert not any("已到期" in text or "已超期" in text for text in told)
    haimen.say("wrDUTY", "duty1", f"/申请公开 {number} 篮球场东侧今年装了灯")
    haimen.wait_for_message("wrDUTY", number, "篮球场东侧今年装了灯")
    haimen.say("wrDUTY", "duty1", f"/公开 {number}")
    haimen.wait_for_message("wrDUTY", number, "另一")
    haimen.say("wrDUTY", "duty2", f"/公开 {number}")
    haimen.wait_until(
        lambda: "篮球场东侧今年装了灯" in haimen.api.get("/suggestions").text, "everybody may read it"
    )
