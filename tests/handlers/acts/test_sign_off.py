"""Sign-off (requirements B06): a checked answer waits for a signature where the rules say so."""

import pytest
from sqlalchemy import select

from handlers.cases.lists import folders, personal
from handlers.cases.lists.folders import Folder
from handlers.cases.queries import Asker
from models.cases import Case
from models.organisation import Role
from models.sign_offs import SignOff
from models.staffing import Absence
from models.workflow import Status, Step
from scheduler import escalation
from tests.district import GAS, District, load_person, require_signature

WAITS = "核查通过，请审签"


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Every answer is signed by the leader, else by a second one; which database it is cannot matter."""
    sqlite_district.hire("leader2", Role.LEADER, "HM")
    require_signature(sqlite_district, signer="leader1", deputy="leader2")
    for user in ("leader1", "leader2"):
        sqlite_district.enter(user)
    return sqlite_district


def check(district: District) -> Case:
    """A result that was checked and waits."""
    case = district.submit_case()
    assert district.say("wrDUTY", "duty1", f"/核查 {case.number} 通过") == "act.verify"
    return district.case(case.number)


def check_water(district: District) -> None:
    """The same of a matter of 24 hours."""
    district.report_case("解放新村3幢家里停水了")
    for chat, user, said in (
        ("wrDUTY", "duty1", "/交办 0001 水务公司"),
        ("wrSW", "sw1", "/反馈 0001 已修好"),
        ("wrDUTY", "duty1", "/核查 0001 通过"),
    ):
        assert district.say(chat, user, said).startswith("act.")


def clock_of(district: District, step: Step) -> str:
    """The limit of the running clock of a step, and `paused` where it does not run on."""
    (clock,) = [each for each in district.clocks() if each.step == step and each.stopped_at is None]
    waits = bool(clock.pauses) and clock.pauses[-1][1] is None
    return f"{clock.limit}{' paused' if waits else ''}"


def sign_offs(district: District) -> list[SignOff]:
    with district.database.read() as session:
        return list(session.scalars(select(SignOff).order_by(SignOff.id)))


def tick(district: District) -> None:
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)


def test_a_checked_answer_waits_and_its_reporter_hears_nothing(district: District) -> None:
    district.submit_case()
    before = len(district.pushes("wrINTAKE"))
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    case = district.case()
    assert (case.status, case.signoff_asked_at) == (Status.SUBMITTED, district.now)
    assert len(district.pushes("wrINTAKE")) == before
    assert "已送周主任、leader2本人审签；同意以后才答复报事人" in district.last_text("wrDUTY")
    assert "等周主任、leader2本人审签，办结时限照走" in district.last_text("wrCG")
    assert f"{WAITS}。结果：已清运。" in district.last_text("leader1")
    assert not district.pushes("leader2")[1:]
    assert district.last_card("leader1").title.endswith("·待核验（待审签）")
    assert clock_of(district, Step.FINISH) == "4wd"
    assert clock_of(district, Step.SIGNOFF) == "1wd"
    assert district.find_drift() == {}


def test_signed_it_goes_out(district: District) -> None:
    check(district)
    assert district.press("leader1", "leader1", "同意") == "act.sign_off"
    case = district.case()
    assert (case.status, case.signoff_asked_at) == (Status.CALLBACK, None)
    assert "已清运" in district.chat_text("wrINTAKE")
    assert "周主任审签同意，结果已发给报事人" in district.last_text("wrDUTY")
    (row,) = sign_offs(district)
    assert (row.approved, row.decided_event_number) == (True, case.version)
    assert district.deliver_results() == 1
    assert district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意") == "act.rate"


def test_sent_back_it_is_done_again_and_signed_by_the_other(district: District) -> None:
    check(district)
    assert district.say("leader1", "leader1", "/审签 0001 退改", direct=True) == "refused.missing_need"
    assert district.press("leader1", "leader1", "退改") == "click.asked"
    quoted = district.last_text("leader1")
    assert district.say("leader1", "leader1", "没写清去了哪里", quote=quoted, direct=True) == "act.sign_off"
    case = district.case()
    assert (case.status, case.reworks, case.submitted_at) == (Status.IN_PROGRESS, 1, None)
    assert "周主任审签退改，请重新办理：没写清去了哪里" in district.chat_text("wrCG")
    assert "没写清" not in district.chat_text("wrINTAKE")
    district.say("wrCG", "cg1", "/反馈 0001 已运到消纳场")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert district.say("leader2", "leader2", "/审签 同意", direct=True) == "act.sign_off"
    assert [row.approved for row in sign_offs(district)] == [False, True]
    assert "已运到消纳场" in district.chat_text("wrINTAKE")


def test_the_word_of_a_decision_signs(district: District) -> None:
    check(district)
    said = district.last_text("leader1")
    assert district.say("leader1", "leader1", "同意", quote=said, direct=True) == "act.sign_off"
    assert district.case().status == Status.CALLBACK


def test_everybody_else_hears_who_signs(district: District) -> None:
    check(district)
    for chat, user in (("wrCG", "cg1"), ("wrDUTY", "duty1")):
        assert district.say(chat, user, "/审签 0001 同意") == "refused.not_allowed"
        assert "这一步由周主任、leader2本人来做" in district.last_text(chat)
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "refused.wrong_state"
    assert "已核查通过，等周主任、leader2本人审签" in district.last_text("wrDUTY")


def test_nobody_of_a_unit_that_handled_it_signs(district: District) -> None:
    district.hire("cgleader", Role.LEADER, "HM-CG")
    district.hire("zjleader", Role.LEADER, "HM-ZJ")
    require_signature(district, signer="cgleader", deputy="zjleader", above="leader1")
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    for user in ("cgleader", "zjleader"):
        assert district.say("wrCG", user, "/审签 0001 同意") == "refused.not_allowed"
    (row,) = sign_offs(district)
    assert (row.signer_id, row.deputy_id) == (district.person("leader1").id, None)
    require_signature(district, signer="cgleader")
    district.say("leader1", "leader1", "/审签 0001 退改 重写", direct=True)
    district.say("wrCG", "cg1", "/反馈 0001 都清了")
    # Nobody who is named may: the nearest leader above does.
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert WAITS in district.last_text("leader1")


def test_where_nobody_can_sign_nothing_leaves(district: District) -> None:
    require_signature(district, signer="nobody")
    district.submit_case()
    with district.database.write() as session:
        for user in ("leader1", "leader2"):
            load_person(session, user).role = Role.OBSERVER
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "refused.wrong_state"
    assert "请管理员在 limits.yaml 的 sign_offs 里改写审签人" in district.last_text("wrDUTY")
    assert district.case().status == Status.SUBMITTED


def test_whoever_is_away_is_asked_last_and_the_next_is_rung_once_time_is_over(district: District) -> None:
    today = district.env.local(district.now).date()
    leader, other = district.person("leader1"), district.person("leader2")
    with district.database.write() as session:
        session.add(
            Absence(
                person_id=leader.id, substitute_id=other.id, first=today, last=today,
                made_by=leader.id, made_at=district.now,
            )
        )  # fmt: skip
    check_water(district)
    assert WAITS in district.last_text("leader2")
    assert WAITS not in district.chat_text("leader1")
    # A class of 24 hours: two of them to sign.
    assert clock_of(district, Step.SIGNOFF) == "2h"
    district.advance(hours=1, minutes=40)
    tick(district)
    assert "🟡 审签" in district.last_text("leader2")
    district.advance(minutes=25)
    tick(district)
    for user in ("leader1", "leader2"):
        assert "🔴 审签" in district.last_text(user)
    assert district.say("leader1", "leader1", "/审签 0001 同意", direct=True) == "act.sign_off"


def test_it_is_late_while_it_waits(district: District) -> None:
    check(district)
    district.advance(days=7)
    with district.database.read() as session:
        asker = Asker(load_person(session, "duty1"), in_private=True)
        late = personal.list_overdue(session, asker, now=district.now, page=1, size=5)
        assert late.total == 1


def test_it_waits_for_whoever_signs_and_not_for_the_desk(district: District) -> None:
    check(district)
    with district.database.read() as session:
        askers = {user: Asker(load_person(session, user), in_private=True) for user in ("leader2", "duty1")}
        waiting = {
            user: personal.list_waiting(session, asker, page=1, size=5).total
            for user, asker in askers.items()
        }
        counts = {
            user: folders.count_folders(session, asker, now=district.now) for user, asker in askers.items()
        }
    assert waiting == {"leader2": 1, "duty1": 0}
    assert [counts["duty1"][one] for one in (Folder.SUBMITTED, Folder.TO_SIGN, Folder.MINE)] == [0, 1, 0]
    assert counts["leader2"][Folder.MINE] == 1


def test_what_the_grid_solved_is_told_once_it_is_signed(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢楼道堆满垃圾")
    district.tick(district.advance(minutes=2))
    told = len(district.pushes("wrRESIDENTS"))
    assert district.say("wgxw", "wgxw", "/自办 0001 已清走", direct=True) == "act.solve_in_grid"
    assert district.case().in_grid is False
    assert len(district.pushes("wrRESIDENTS")) == told
    assert district.say("wrRESIDENTS", "chendy", "/评价 0001 已解决") == "refused.wrong_state"
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert district.say("leader1", "leader1", "/审签 0001 同意", direct=True) == "act.sign_off"
    assert district.case().in_grid is True
    assert "已清走" in district.chat_text("wrRESIDENTS")


def test_danger_waits_for_nobody(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", GAS)
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/转办 {number} 城管局")
    district.say("wrCG", "cg1", f"/反馈 {number} 已关阀")
    assert district.say("wrDUTY", "duty1", f"/核查 {number} 通过") == "act.verify"
    assert district.case().status == Status.CALLBACK


def test_what_turns_out_to_be_danger_waits_no_longer(district: District) -> None:
    check(district)
    assert district.say("wrDUTY", "duty1", "/改类 0001 燃气泄漏停气") == "act.classify"
    assert (district.case().urgent, district.case().signoff_asked_at) == (True, None)
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert district.case().status == Status.CALLBACK


def test_a_case_that_ends_waits_for_no_signature(district: District) -> None:
    case = check(district)
    district.say("wrINTAKE", "zhangsf", "/撤回 0001")
    assert district.say("wrDUTY", "duty1", "/撤回作废 0001") == "act.void_withdrawn"
    assert district.case().signoff_asked_at is None
    (row,) = sign_offs(district)
    assert (row.decided_by, row.approved) == (None, None)
    assert row.decided_at is not None
    assert district.find_drift() == {}
    assert district.say("leader1", "leader1", f"/审签 {case.number} 同意", direct=True).startswith("refused")


def test_where_nobody_who_signs_can_be_told_the_desk_calls(sqlite_district: District) -> None:
    require_signature(sqlite_district, signer="leader1")
    check(sqlite_district)
    assert "等周主任审签，但都没有私聊过我，收不到。请打电话" in sqlite_district.chat_text("wrDUTY")
