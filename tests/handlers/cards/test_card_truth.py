"""A card that stays true: who must act next has a fresh one, and an old one answers plainly.

A card in a group can be changed only within five seconds of a press on it (wecom-aibot.md §6), so
every change of state sends whoever must act next a new card, and a press on an old one says who
did what and when, and draws it as things stand.
"""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from handlers.cards.keys import ButtonKey, CaseTask
from handlers.notifications.notification import NEXT
from models.cases import Case
from models.messages import CardPush, CardUpdatePush
from models.workflow import ACTS, Audience, Status
from tests.district import GAS, District

Said = tuple[str, str, str]
WHO_AND_WHEN = re.compile(r"(值班二号|城管二号|周主任|张师傅|报事人)已于 \d\d-\d\d \d\d:\d\d ")


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    sqlite_district.say("leader1", "leader1", "/帮助", direct=True)
    return sqlite_district


def asked(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 1个工作日 等配件")


def bounced(district: District) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", "/退回 0001 不归我们管")
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    district.say("wrZJ", "zj1", "/退回 0001 也不归我们管")


def suspended(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    district.say("wrDUTY", "duty1", "/卡片 0001")


STALE: dict[str, tuple[Callable[[District], object], str, str, Said, set[str]]] = {
    "new": (
        District.report_case, "wrDUTY", "duty1", ("wrDUTY", "duty2", "/交办 0001 城管局"),
        {"assign", "accept", "reject"},
    ),
    "dispatched": (District.dispatch_case, "wrCG", "cg1", ("wrCG", "cg2", "/签收 0001"), {"sign"}),
    "signed": (
        District.sign_case, "wrCG", "cg1", ("wrCG", "cg2", "/反馈 0001 已清运"),
        {"feedback", "contact", "extend", "return"},
    ),
    "asked": (asked, "wrDUTY", "duty1", ("leader1", "leader1", "/同意 0001"), {"approve", "decline"}),
    "submitted": (District.submit_case, "wrDUTY", "duty1", ("wrDUTY", "duty2", "/核查 0001 通过"), {"verify"}),
    "to be rated": (District.verify_case, "wrINTAKE", "zhangsf", ("wrDUTY", "duty2", "/结案 0001"), {"rate"}),
    "bounced": (bounced, "wrDUTY", "duty1", ("wrDUTY", "duty2", "/裁定 0001 城管局 归城管"), {"arbitrate"}),
    "suspended": (suspended, "wrDUTY", "duty1", ("wrDUTY", "duty2", "/恢复 0001"), {"resume"}),
}  # fmt: skip
"""A card, who presses it, what somebody else did meanwhile, and the buttons that are over then."""


@pytest.mark.parametrize("name", STALE)
def test_a_stale_button_says_who_did_it_and_when_and_shows_how_things_stand(
    district: District, name: str
) -> None:
    start, chat, user, meanwhile, over = STALE[name]
    start(district)
    old = district.last_card(chat)
    district.say(*meanwhile, direct=meanwhile[0] == meanwhile[1])
    done = district.acts()
    told = set()
    for button in old.buttons:
        pressed = ButtonKey.parse(button.key)
        if pressed is None or pressed.act not in over:
            continue
        told.add(pressed.act)
        assert district.click(chat, user, button.key, task_id=old.task_id) == "refused.wrong_state"
        assert WHO_AND_WHEN.search(district.last_text(chat)), district.last_text(chat)
        update = district.pushes(chat)[-1].body
        assert isinstance(update, CardUpdatePush)
        assert update.card.task_id == old.task_id
        assert "状态" in dict(update.card.rows)
        assert only_what_is_possible(update, district.case())
    assert told == over
    assert district.acts() == done


def only_what_is_possible(push: CardUpdatePush | CardPush, case: Case) -> bool:
    acts = {pressed.act for button in push.card.buttons if (pressed := ButtonKey.parse(button.key))}
    return all(case.status in ACTS[act].from_states for act in acts)


WAYS: dict[str, tuple[Said, ...]] = {
    "accepted": (("wrDUTY", "duty1", "/受理 0001"),),
    "taken back": (("wrDUTY", "duty1", "/受理 0001"), ("wrDUTY", "duty1", "/撤销 0001")),
    "dispatched": (("wrDUTY", "duty1", "/交办 0001 城管局"),),
    "returned": (("wrDUTY", "duty1", "/交办 0001 城管局"), ("wrCG", "cg1", "/退回 0001 不归我们管")),
    "signed": (("wrDUTY", "duty1", "/交办 0001 城管局"), ("wrCG", "cg1", "/签收 0001")),
}
WAYS["unsigned"] = (*WAYS["signed"], ("wrDUTY", "duty1", "/撤签 0001 没有动静"))
WAYS["resumed"] = (
    *WAYS["signed"],
    ("wrDUTY", "duty1", "/挂账 0001 等雨停"),
    ("wrDUTY", "duty1", "/恢复 0001"),
)
WAYS["submitted"] = (*WAYS["signed"], ("wrCG", "cg1", "/反馈 0001 已清运"))
WAYS["reworked"] = (*WAYS["submitted"], ("wrDUTY", "duty1", "/核查 0001 不通过 还有一堆"))
WAYS["verified"] = (*WAYS["submitted"], ("wrDUTY", "duty1", "/核查 0001 通过"))
WAYS["unsolved"] = (*WAYS["verified"], ("wrINTAKE", "zhangsf", "/评价 0001 未解决"))
WAYS["closed"] = (*WAYS["verified"], ("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意"))
WAYS["reopened"] = (*WAYS["closed"], ("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了"))
CHATS = {Audience.DUTY: "wrDUTY", Audience.HANDLING: "wrCG", Audience.REPORTER: "wrINTAKE"}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_must_act_next_has_a_card_of_the_newest_state(district: District, way: str) -> None:
    district.report_case()
    for said in WAYS[way]:
        assert district.say(*said).startswith("act."), said
    case = district.case()
    following = NEXT.get(Status(case.status))
    if following is None:
        assert way == "closed"
        return
    audience, desk = following
    moved = max(event.number for event in district.events() if event.status_from != event.status_to)
    card = district.last_card(CHATS[audience])
    task = CaseTask.parse(card.task_id)
    assert task is not None
    assert (task.number, task.event_number, task.role) == (case.number, moved, desk)
    assert only_what_is_possible(CardPush(card), case)


def test_the_desks_one_card_of_what_went_by_itself_says_to_whom(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", GAS, photos=1)
    assert district.acts() == ["report", "assign"]
    assert fresh(district, "wrDUTY") == 1
    card = district.last_card("wrDUTY")
    assert card.title.endswith("·待签收")
    assert (dict(card.rows)["承办"], dict(card.rows)["状态"]) == ("燃气公司", "系统 03-30 09:05 交办")
    assert [button.text for button in card.buttons] == ["催办", "更多"]
    assert len(district.photos("wrDUTY")) == 1


def test_the_desks_card_of_what_went_by_itself_still_says_what_it_may_repeat(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", GAS)
    with district.database.write() as session:
        # An urgent report is joined to an urgent case only; to another it may belong.
        session.execute(update(Case).values(urgent=False))
    district.say("wrINTAKE", "liay", GAS)
    assert district.acts() == ["report", "assign"]
    assert district.last_card("wrDUTY").body.startswith("可能与〔WG260330-0001〕同一件事")


def test_the_card_that_was_pressed_is_the_fresh_one(district: District) -> None:
    district.dispatch_case()
    before = fresh(district, "wrCG")
    district.press("wrCG", "cg1", "签收")
    assert fresh(district, "wrCG") == before


def test_an_act_chosen_from_a_menu_brings_a_fresh_card(district: District) -> None:
    district.sign_case()
    before = fresh(district, "wrCG")
    district.click("wrDUTY", "duty1", "unsign:WG260330-0001", task_id="more-WG260330-0001-duty-1")
    district.say("wrDUTY", "duty1", "没有动静", quote=district.last_text("wrDUTY"))
    assert fresh(district, "wrCG") == before + 1


def test_one_event_shows_a_chat_one_card(district: District) -> None:
    """Where no leader speaks with the bot, the desk is told in the leader's place: once."""
    district.sign_case()
    before = fresh(district, "wrDUTY")
    district.say("wrCG", "cg1", "/申请复杂 0001 涉及三个部门")
    assert fresh(district, "wrDUTY") == before + 1


def test_a_leader_who_may_decide_has_the_buttons_to_decide(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/申请复杂 0001 涉及三个部门")
    assert district.press("leader1", "leader1", "同意") == "act.approve"


def test_a_grid_officers_own_work_asks_the_reporter_once(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    before = fresh(district, "wrRESIDENTS")
    district.press("wrRESIDENTS", "chendy", "已解决，满意")
    assert fresh(district, "wrRESIDENTS") == before


def fresh(district: District, chat: str) -> int:
    return sum(isinstance(said.body, CardPush) for said in district.pushes(chat))


def test_a_reporter_who_checked_the_result_is_not_named_on_the_units_card(district: District) -> None:
    district.submit_case()
    assert district.say("wrINTAKE", "zhangsf", "/核查 0001 不通过 还有一堆") == "act.verify"
    assert dict(district.last_card("wrCG").rows)["状态"].startswith("报事人 ")
    assert "张师傅" not in district.chat_text("wrCG")
