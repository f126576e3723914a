"""/登记: the desk enters what another office passed on, in private, once for each number of a source."""

from datetime import timedelta

from models.organisation import Role
from models.workflow import Step
from tests.district import MONDAY, District

NAME, PHONE = "贺兰明珠", "13812345678"
SAID = f"来源=12345 编号=A-7 姓名={NAME} 电话={PHONE}"
LAMP = "解放路15号路灯不亮"


def register(district: District, said: str, *, user: str = "duty1") -> str:
    return district.say(user, user, f"/登记 {said}", direct=True)


def every_word(district: District) -> str:
    return "\n".join(push.text for push in district.pushes())


def test_the_desk_enters_a_case_whose_contact_only_an_audited_look_shows(district: District) -> None:
    assert register(district, f"{SAID} 收到=2026-03-30 08:05 {LAMP}，{NAME}来电") == "command.register"
    case = district.case()
    assert (case.source, case.external_number, case.place) == ("12345", "A-7", "解放路15号")
    assert case.opened_at == MONDAY - timedelta(hours=1)
    finish = next(clock for clock in district.clocks() if clock.step == Step.FINISH)
    assert (finish.started_at, case.due_at) == (case.opened_at, finish.target_at)
    assert f"〔{case.number}〕已登记，来自12345 编号 A-7" in district.last_text("duty1")
    assert "12345 编号 A-7" in district.last_card("wrDUTY").rows[1]
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    for chat, user in (("wrDUTY", "duty1"), ("wrCG", "cg1")):
        district.say(chat, user, "/查 0001")
    assert district.find_drift() == {}
    assert NAME not in every_word(district)
    assert PHONE not in every_word(district)
    assert not any(NAME in message.text or PHONE in message.text for message in district.messages())
    assert district.say("duty1", "duty1", "/查看联系人 0001 回电", direct=True) == "act.reveal"
    assert (NAME in district.last_text("duty1"), PHONE in district.last_text("duty1")) == (True, True)


def test_in_a_group_it_is_refused_and_nothing_of_it_is_repeated(district: District) -> None:
    assert district.say("wrDUTY", "duty1", f"/登记 {SAID} {LAMP}") == "refused.not_allowed"
    assert district.cases() == []
    assert "私聊" in district.last_text("wrDUTY")
    assert register(district, f"{SAID} {LAMP}", user="cg1") == "refused.not_allowed"
    assert "值班员、协调员" in district.last_text("cg1")
    for words in ("编号=A-7 路灯不亮", SAID, f"来源=page {LAMP}", f"来源=网页 {LAMP}", f"{SAID}号 {LAMP}"):
        assert register(district, words) == "refused.missing_need"
    for wrong in ("收到=明天", "收到=2026-04-30", "收到=2020-01-01", "链接=javascript:1"):
        assert register(district, f"{SAID} {wrong} {LAMP}") == "refused.missing_need"
    assert district.cases() == []
    assert NAME not in every_word(district)
    assert PHONE not in every_word(district)


def test_a_number_of_a_source_is_one_case_and_hidden_from_who_may_not_read_it(district: District) -> None:
    register(district, f"{SAID} {LAMP}")
    assert register(district, f"{SAID} {LAMP}，催一下") == "command.register_known"
    assert "没有另开一件" in district.last_text("duty1")
    assert register(district, "来源=来信 编号=A-7 滨江大道路灯不亮") == "command.register"
    assert [case.source for case in district.cases()] == ["12345", "来信"]
    district.hire("bjdesk", Role.DUTY, "HM-BJ")
    assert register(district, f"{SAID} {LAMP}", user="bjdesk") == "refused.not_allowed"
    assert district.cases()[0].number not in district.last_text("bjdesk")


def test_what_came_late_counts_from_then_and_rings_nobody(district: District) -> None:
    assert register(district, f"{SAID} 收到=2026-01-05 {LAMP}") == "command.register"
    assert "已超过时限" in district.last_text("duty1")
    before = len(district.pushes())
    district.tick(district.advance(days=3))
    assert len(district.pushes()) == before
    district.say("duty1", "duty1", "/超时", direct=True)
    assert "0001" in district.last_text("duty1")


def test_the_same_matter_from_another_source_is_shown_to_the_desk_and_found_by_source(
    district: District,
) -> None:
    first = district.report_case(LAMP)
    register(district, f"{SAID} {LAMP}")
    assert any(f"可能与〔{first.number}〕" in push.text for push in district.pushes("wrDUTY"))
    for asked, found in (
        ("来源=12345", "0002"), ("编号=A-7", "0002"), ("来源=12345 路灯", "0002"), ("来源=群聊", "0001"),
    ):  # fmt: skip
        district.say("duty1", "duty1", f"/查 {asked}", direct=True)
        listed = district.last_text("duty1")
        assert {tail for tail in ("0001", "0002") if tail in listed} == {found}


def test_a_danger_from_a_source_rings_as_any_other(district: District) -> None:
    register(district, f"{SAID} 解放新村3幢燃气泄漏味道很重")
    assert district.case().urgent
    assert "【紧急】" in district.chat_text("wrDUTY")
