"""The law of the buttons: whoever could do an act now finds a button for it, and the button does it.

From `/卡片` on: the card itself, then 更多 page by page. What must be chosen is chosen on a form,
what must be written is written as a quote of the hint.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.cards import keys, options
from handlers.cards.keys import BackKey, ButtonKey
from handlers.cases import permissions, possible_acts
from handlers.cases.actors import Actor
from models.cases import Case
from models.database import Database
from models.messages import Button
from models.organisation import Account, Person, Role, Unit
from models.reports import Report
from models.workflow import ACTS, OPEN, CaseRelation, Status
from tests.district import LAMP, District, load_person, require_signature
from tests.waypoints import SqliteRows, Waypoints

Start = Callable[[District], object]

SEATS = {
    "duty1": "wrDUTY",
    "duty2": "wrDUTY",
    "xt1": "wrDUTY",
    "dc1": "wrDUTY",
    "cg1": "wrCG",
    "cg2": "wrCG",
    "zj1": "wrZJ",
    "ga1": "wrGA",
    "wgxw": "wrRESIDENTS",
    "chendy": "wrRESIDENTS",
    "zhangsf": "wrINTAKE",
    "liay": "wrINTAKE",
}
"""Where people sit; the leader and everybody else speaks with the bot alone, too."""
REVEALING = {key for key, act in ACTS.items() if act.reveals_reporter or act.names_people}
"""What is offered in a direct conversation only."""
ALONE = ("leader1", "duty1", "cg1", "zhangsf", "wgxw")


@pytest.fixture(scope="module")
def waypoints(haimen_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Waypoints:
    """Those of the district with more staff."""
    return Waypoints(SqliteRows(haimen_engine, tmp_path_factory.mktemp("menus")))


@pytest.fixture
def district(sqlite_district: District, waypoints: Waypoints) -> District:
    """Which database it is cannot matter."""
    return with_more_staff(sqlite_district, waypoints)


@pytest.fixture
def another(sqlite_district: District, haimen_file: Path, waypoints: Waypoints) -> Callable[[], District]:
    """One fresh district after another."""
    return lambda: with_more_staff(sqlite_district.reset(haimen_file), waypoints)


def with_more_staff(district: District, waypoints: Waypoints) -> District:
    """The sample has no coordinator and no observer."""
    with district.database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "HM")).one()
        for code, name, role in (("xt1", "协调一号", Role.COORDINATOR), ("dc1", "督查一号", Role.OBSERVER)):
            person = Person(code=code, name=name, role=role, unit_id=unit.id)
            session.add(person)
            session.flush()
            session.add(Account(person_id=person.id, provider="wecom", user_id=code))
    district.follow(waypoints)
    return district


# Where a case may stand ------------------------------------------------------------------------


def says(start: Start, *said: tuple[str, str, str]) -> Start:
    """A situation, and what people then say: chat, who, what."""

    def begin(district: District) -> None:
        start(district)
        for chat, user, text in said:
            slug = district.say(chat, user, text)
            assert slug.startswith(("act.", "case.", "report.")), (text, slug)

    return begin


def in_the_grid(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢家里停水了")
    district.tick(district.advance(minutes=2))


def spoken(district: District) -> None:
    district.speak("wrINTAKE", "zhangsf")
    district.tick(district.advance(minutes=1))


def in_private(district: District) -> None:
    """Its reporter is told the link to its page."""
    district.say("zhangsf", "zhangsf", LAMP, direct=True)
    district.tick(district.advance(minutes=2))


def two(district: District) -> None:
    district.report_case(LAMP)
    district.report_case()


def merged(district: District) -> None:
    two(district)
    district.say("wrDUTY", "duty1", "/并案 0001 0002")
    district.say("wrDUTY", "duty1", "/确认")


BOUNCED = says(
    District.dispatch_case,
    ("wrCG", "cg1", "/退回 0001 不归我们管"),
    ("wrDUTY", "duty1", "/交办 0001 住建局"),
    ("wrZJ", "zj1", "/退回 0001 也不归我们管"),
)
SIGNED = District.sign_case


def in_stages(district: District) -> None:
    district.report_case("解放路15号有违章建筑")
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")


def restricted(district: District) -> None:
    """A case that only duty2 and leader1 read."""
    district.env = replace(district.env, restricted_to=frozenset({"duty2", "leader1"}))
    for user in ("duty2", "leader1"):
        district.enter(user)
    district.report_case("举报解放路15号窗口办事员收受商户红包")


def to_be_signed(district: District) -> None:
    """Complaints are signed by the leader."""
    require_signature(district, signer="leader1")
    district.enter("leader1")
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"


def suggested(district: District) -> None:
    district.report_case("/上报 建议在解放路15号旁边的篮球场装几盏灯，晚上能打球")
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")


ADOPTED = says(suggested, ("wrCG", "cg1", "/采纳 0001 部分 先装东侧"))


def being_built(district: District) -> None:
    """A suggestion that was taken up, with a step ahead, and the reporter content."""
    ADOPTED(district)
    district.press("wrINTAKE", "zhangsf", "已解决，满意")
    district.say("wrCG", "cg1", "/里程碑 0001 灯杆装好 到2027-01-01")


TO_BE_PUBLISHED = says(being_built, ("wrDUTY", "duty1", "/申请公开 0001 篮球场装灯"))


def looked_at_again(district: District) -> None:
    district.verify_case()
    district.say("wrDUTY", "duty1", "/复查 0001 到2027-01-01")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意")


def rung(district: District) -> None:
    """A danger of which a unit was rung, and which the desk has given to nobody yet."""
    district.env = replace(district.env, auto_dispatch="never")
    district.say("wrINTAKE", "zhangsf", "静海路88号有人拿刀打架，快来人")


SITUATIONS: dict[str, Start] = {
    "said aloud": spoken,
    "new": District.report_case,
    "new in a grid": in_the_grid,
    "told in private": in_private,
    "accepted": says(District.report_case, ("wrDUTY", "duty1", "/受理 0001")),
    "rung": rung,
    "dispatched": District.dispatch_case,
    "bounced": BOUNCED,
    "signed": SIGNED,
    "asked": says(SIGNED, ("wrCG", "cg1", "/延期 0001 1个工作日 等配件")),
    "ordered": says(SIGNED, ("wrDUTY", "duty1", "/督办 0001 今天清完")),
    "charged": says(SIGNED, ("wrDUTY", "duty1", "/包案 0001 leader1")),
    "in stages": in_stages,
    "whistled": says(SIGNED, ("wrDUTY", "duty1", "/吹哨 0001 住建局 公安局")),
    "to be looked at": says(in_the_grid, ("wrDUTY", "duty1", "/核实 0001 还漏水吗")),
    "suspended": says(SIGNED, ("wrDUTY", "duty1", "/挂账 0001 等雨停")),
    "submitted": District.submit_case,
    "waiting for a signature": to_be_signed,
    "solved in the grid": says(in_the_grid, ("wrRESIDENTS", "wgxw", "/自办 0001 阀门关了已打开")),
    "to be rated": District.verify_case,
    "closed": District.close_case,
    "to be looked at again": looked_at_again,
    "rejected": says(District.report_case, ("wrDUTY", "duty1", "/不予受理 0001 不属受理范围")),
    "suggested": suggested,
    "adopted": ADOPTED,
    "being built": being_built,
    "to be published": TO_BE_PUBLISHED,
    "published": says(TO_BE_PUBLISHED, ("wrDUTY", "duty2", "/公开 0001")),
    "withdrawn": says(District.dispatch_case, ("wrINTAKE", "zhangsf", "/撤回 0001 已经好了")),
    "merged": merged,
}


def begin_at(start: Start, district: District) -> None:
    """Many acts begin in the same situation."""
    district.reach(start, lambda: start(district))


def people() -> Iterator[tuple[str, str]]:
    """Everybody, in each place where they speak: chat and user."""
    yield from ((chat, user) for user, chat in SEATS.items())
    yield from ((user, user) for user in ALONE)


def possible(district: District, user: str, number: str) -> dict[str, frozenset[CaseRelation]]:
    """What this person could do now, and as whom."""
    with district.database.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        actor = Actor(load_person(session, user))
        return {
            act.key: frozenset(
                who for who in act.relations if permissions.has_relation(session, who, actor, case)
            )
            for act in possible_acts.available_acts(session, actor, case)
        }


def offered(district: District, chat: str, user: str, number: str) -> dict[str, tuple[str, Button]]:
    """Every act with a button for this person: the card's task and the button itself.

    Whoever may not read the case, or only what it was while they were involved, has no card of it.
    """
    shown = district.say(chat, user, f"/卡片 {number}", direct=chat == user)
    if shown in ("refused.not_found", "command.show"):
        return {}
    assert shown == "command.card"
    card = district.last_card(chat)
    found: dict[str, tuple[str, Button]] = {}
    seen: set[str] = set()
    while True:
        assert len(card.buttons) <= 6
        assert len({button.key for button in card.buttons}) == len(card.buttons)
        following = None
        for button in card.buttons:
            if (pressed := ButtonKey.parse(button.key)) is not None:
                found.setdefault(pressed.act, (card.task_id, button))
            elif BackKey.parse(button.key) is None:
                following = button.key
        if following is None or (keys.is_menu(card.task_id) and following in seen):
            return found
        if keys.is_menu(card.task_id):
            seen.add(following)
        slug = district.click(chat, user, following, task_id=card.task_id)
        if slug == "click.nothing_more":
            return found
        assert slug == "click.more"
        card = district.last_card(chat)


def newest(district: District) -> str:
    return district.case().number


@pytest.mark.parametrize("situation", SITUATIONS)
def test_whatever_a_person_could_do_now_has_a_button(district: District, situation: str) -> None:
    begin_at(SITUATIONS[situation], district)
    number = newest(district) if situation != "merged" else district.cases()[0].number
    for chat, user in people():
        could = set(possible(district, user, number))
        if chat != user:
            could -= REVEALING
        missing = could - set(offered(district, chat, user, number))
        # A handler's card of a finished case has no button: only looking up the reporter is left to do.
        if district.case(number).status not in OPEN:
            missing -= REVEALING
        assert missing == set(), (chat, user)


def test_every_act_and_everybody_who_may_do_it_is_met_in_some_situation(
    another: Callable[[], District],
) -> None:
    met: set[tuple[str, CaseRelation]] = set()
    for start in (*SITUATIONS.values(), restricted):
        district = another()
        begin_at(start, district)
        for case in district.cases():
            for _, user in people():
                met |= {
                    (act, who) for act, whos in possible(district, user, case.number).items() for who in whos
                }
    everybody = {
        (act.key, who) for act in ACTS.values() for who in act.relations if who is not CaseRelation.TIME
    }
    assert everybody - met == {("report", CaseRelation.ANYONE)}


# The button does it ----------------------------------------------------------------------------

WORDS = {
    "extend": "2个工作日 等配件",
    "merge": "0001",
    "verify": "还有一堆没清",
    "place": "静海路8号",
    "classify": "道路遗撒",
    "assign": "住建局",
    "add_party": "王大姐 13800000000 被欠薪人",
    "claim": "4000 元",
    "adopt": "部分 先装东侧",
    "plan_milestone": "灯杆装好 到2027-01-01",
    "plan_recheck": "到2027-01-01",
    "report_recheck": "合格",
    "pass_on": "住建局",
    "arbitrate": "住建局 职责明确",
    "assist": "住建局 公安局",
    "whistle": "公安局",
    "call_back": "联系上 已解决 满意",
}
"""What is written to finish an act; whatever is not named here takes any words."""
DOING: dict[str, tuple[Start, str, str]] = {
    "add": (District.dispatch_case, "wrDUTY", "duty1"),
    "accept": (District.report_case, "wrDUTY", "duty1"),
    "reject": (District.report_case, "wrDUTY", "duty1"),
    "classify": (District.dispatch_case, "wrDUTY", "duty1"),
    "place": (District.dispatch_case, "wrDUTY", "duty1"),
    "transcribe": (spoken, "wrDUTY", "duty1"),
    "mark_urgent": (District.dispatch_case, "wrDUTY", "duty1"),
    "survey": (in_the_grid, "wrDUTY", "duty1"),
    "survey_report": (SITUATIONS["to be looked at"], "wrRESIDENTS", "wgxw"),
    "survey_decline": (SITUATIONS["to be looked at"], "wrRESIDENTS", "wgxw"),
    "assign": (District.report_case, "wrDUTY", "duty1"),
    "recall": (District.dispatch_case, "wrDUTY", "duty1"),
    "pass_on": (District.dispatch_case, "wrDUTY", "duty1"),
    "arbitrate": (BOUNCED, "wrDUTY", "duty1"),
    "assist": (SIGNED, "wrDUTY", "xt1"),
    "whistle": (SIGNED, "wrDUTY", "xt1"),
    "check_in": (SITUATIONS["whistled"], "wrGA", "ga1"),
    "partner_done": (SITUATIONS["whistled"], "wrGA", "ga1"),
    "meet": (SIGNED, "wrDUTY", "xt1"),
    "call_meeting": (SIGNED, "wrDUTY", "xt1"),
    "plan_recheck": (District.verify_case, "wrDUTY", "duty1"),
    "report_recheck": (SITUATIONS["to be looked at again"], "wrDUTY", "duty1"),
    "sign": (District.dispatch_case, "wrCG", "cg1"),
    "unsign": (SIGNED, "wrDUTY", "duty1"),
    "return": (District.dispatch_case, "wrCG", "cg1"),
    "contact": (SIGNED, "wrCG", "cg1"),
    "progress": (SIGNED, "wrCG", "cg1"),
    "mediate": (SIGNED, "wrCG", "cg1"),
    "adopt": (suggested, "wrCG", "cg1"),
    "plan_milestone": (ADOPTED, "wrCG", "cg1"),
    "reach_milestone": (being_built, "wrCG", "cg1"),
    "propose_publication": (being_built, "wrDUTY", "duty1"),
    "publish": (TO_BE_PUBLISHED, "wrDUTY", "duty2"),
    "withdraw_publication": (SITUATIONS["published"], "wrDUTY", "duty1"),
    "add_party": (SIGNED, "duty1", "duty1"),
    "claim": (SIGNED, "wrCG", "cg1"),
    "feedback": (SIGNED, "wrCG", "cg1"),
    "solve_in_grid": (in_the_grid, "wrRESIDENTS", "wgxw"),
    "extend": (SIGNED, "wrCG", "cg1"),
    "ask_suspend": (SIGNED, "wrCG", "cg1"),
    "suspend": (SIGNED, "wrDUTY", "duty1"),
    "resume": (SITUATIONS["suspended"], "wrDUTY", "duty1"),
    "complicate": (SIGNED, "wrCG", "cg1"),
    "approve": (SITUATIONS["asked"], "wrDUTY", "duty1"),
    "decline": (SITUATIONS["asked"], "leader1", "leader1"),
    "nudge": (District.dispatch_case, "wrINTAKE", "zhangsf"),
    "supervise": (SIGNED, "leader1", "leader1"),
    "answer_order": (SITUATIONS["ordered"], "wrCG", "cg1"),
    "instruct": (SIGNED, "leader1", "leader1"),
    "raise": (SIGNED, "wrDUTY", "duty1"),
    "charge": (SIGNED, "leader1", "leader1"),
    "discharge": (SITUATIONS["charged"], "leader1", "leader1"),
    "send_down": (SIGNED, "wrCG", "cg1"),
    "sign_off": (to_be_signed, "leader1", "leader1"),
    "verify": (District.submit_case, "wrDUTY", "duty1"),
    "rate": (District.verify_case, "wrINTAKE", "zhangsf"),
    "call_back": (District.verify_case, "wrDUTY", "duty1"),
    "tell_reporter": (SIGNED, "wrCG", "cg1"),
    "praise": (District.close_case, "wrINTAKE", "zhangsf"),
    "close": (District.verify_case, "wrDUTY", "duty1"),
    "reopen": (District.close_case, "wrINTAKE", "zhangsf"),
    "complain": (SIGNED, "wrINTAKE", "zhangsf"),
    "call_person": (SIGNED, "wrINTAKE", "zhangsf"),
    "withdraw": (District.dispatch_case, "wrINTAKE", "zhangsf"),
    "carry_on": (SITUATIONS["withdrawn"], "wrDUTY", "duty1"),
    "void_withdrawn": (SITUATIONS["withdrawn"], "wrDUTY", "duty1"),
    "merge": (two, "wrDUTY", "duty1"),
    "split": (merged, "wrDUTY", "duty1"),
    "void": (District.report_case, "wrDUTY", "duty1"),
    "reveal": (SIGNED, "duty1", "duty1"),
    "unrestrict": (restricted, "duty2", "duty2"),
    "undo": (SITUATIONS["accepted"], "wrDUTY", "duty1"),
    "stage": (in_stages, "wrCG", "cg1"),
    "revoke_link": (in_private, "wrDUTY", "duty1"),
}


def test_the_table_below_has_every_act() -> None:
    for_people = {key for key, act in ACTS.items() if act.relations != (CaseRelation.TIME,)}
    assert set(DOING) == {key for key in for_people if not ACTS[key].opens_case}


def finish(district: District, chat: str, user: str, act: str, slug: str) -> str:
    """Go on from the press to the act: choose, write, confirm."""
    if slug == "click.form":
        card = district.last_card(chat)
        assert card.select is not None
        wanted = next(option.id for option in card.select.options if option.id not in ("-", "HM-CG"))
        chosen = {card.select.key: wanted}
        slug = district.click(chat, user, card.buttons[0].key, task_id=card.task_id, **chosen)
    if slug == "click.asked":
        words = WORDS.get(act, "情况如下")
        slug = district.say(chat, user, words, quote=district.last_text(chat), direct=chat == user)
    if slug == "command.preview":
        slug = district.press(chat, user, "确认执行")
    return slug


@pytest.mark.parametrize("act", DOING)
def test_the_button_does_it(district: District, act: str) -> None:
    start, chat, user = DOING[act]
    begin_at(start, district)
    number = district.cases()[0].number if act == "split" else newest(district)
    task, button = offered(district, chat, user, number)[act]
    # Those who returned it are not suggested: whoever decides chooses.
    chosen = {"unit": "HM-CG"} if act == "arbitrate" else {}
    slug = district.click(chat, user, button.key, task_id=task, **chosen)
    assert finish(district, chat, user, act, slug) == f"act.{act}"
    assert act in district.acts(district.case(number))
    assert district.find_drift() == {}


@pytest.mark.parametrize("act", ["assign", "pass_on", "arbitrate", "assist", "whistle", "classify", "extend"])
def test_what_is_not_among_the_options_is_written(district: District, act: str) -> None:
    start, chat, user = DOING[act]
    begin_at(start, district)
    number = newest(district)
    assert district.click(chat, user, f"{act}:{number}:form") == "click.form"
    assert district.press(chat, user, "自己写") == "click.asked"
    assert finish(district, chat, user, act, "click.asked") == f"act.{act}"


# Forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["pass_on", "assist", "classify", "extend", "suspend"])
def test_nothing_is_done_when_nothing_was_chosen(district: District, act: str) -> None:
    start, chat, user = DOING[act]
    begin_at(start, district)
    before = district.acts()
    district.click(chat, user, f"{act}:{newest(district)}:form")
    card = district.last_card(chat)
    assert card.select is not None
    slug = district.click(chat, user, card.buttons[0].key, task_id=card.task_id, **{card.select.key: "-"})
    assert slug == "refused.missing_need"
    assert district.acts() == before
    again = district.last_card(chat)
    assert (again.select, again.buttons) == (card.select, card.buttons)
    assert "还没有选" in again.body


def test_a_form_leafs_through_all_units_each_once_and_begins_anew(district: District) -> None:
    district.dispatch_case()
    district.click("wrDUTY", "duty1", f"pass_on:{newest(district)}:form")
    seen: list[str] = []
    first = district.last_card("wrDUTY").select
    for _ in range(12):
        select_ = district.last_card("wrDUTY").select
        assert select_ is not None
        assert len(select_.options) <= 10
        seen += [option.id for option in select_.options if option.id != options.NO_CHOICE]
        assert district.press("wrDUTY", "duty1", "换一批") == "click.form"
        if district.last_card("wrDUTY").select == first:
            break
    assert {"HM-CG", "HM-WX", "HM-SC"} <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("stored", [True, False])
def test_the_class_the_rules_nearly_chose_is_offered_first(district: District, stored: bool) -> None:
    district.dispatch_case()
    with district.database.write() as session:
        report = session.scalars(select(Report)).one()
        runner_up = (report.triage or {})["runner_up"]
        report.triage = report.triage if stored else None
    district.click("wrDUTY", "duty1", f"classify:{newest(district)}:form")
    choice = district.last_card("wrDUTY").select
    assert choice is not None
    assert [option.id for option in choice.options[:2]] == [options.NO_CHOICE, runner_up]


def test_an_extension_asked_by_button_says_how_long_and_why(district: District) -> None:
    district.sign_case()
    district.press("wrCG", "cg1", "申请延期")
    assert district.press("wrCG", "cg1", "3 个工作日", reason="等配件材料") == "act.extend"
    assert "申请延期 3 个工作日：等配件材料" in district.chat_text("wrDUTY")


def test_a_suspension_by_button_has_an_end(district: District) -> None:
    district.sign_case()
    district.click("wrDUTY", "duty1", f"suspend:{newest(district)}:form")
    assert district.press("wrDUTY", "duty1", "挂账 7 天", reason="天气原因") == "act.suspend"
    resume = district.case().resume_at
    assert resume is not None
    assert district.env.local(resume).strftime("%m-%d %H:%M") == "04-06 08:30"


def test_a_made_up_choice_is_no_choice(district: District) -> None:
    district.sign_case()
    number = newest(district)
    assert district.click("wrCG", "cg1", f"extend:{number}:3wd", reason="随便").startswith("refused.")
    assert district.click("wrCG", "cg1", f"extend:{number}:99wd", reason="天气影响施工").startswith(
        "refused."
    )
    assert district.click("wrDUTY", "duty1", f"pass_on:{number}:go", unit="NO").startswith("refused.")


# Hints -------------------------------------------------------------------------------------------


def begun(district: District) -> str:
    """A return begun by a button; what must be quoted."""
    district.dispatch_case()
    assert district.press("wrCG", "cg1", "退回") == "click.asked"
    return district.last_text("wrCG")


def test_quoting_the_hint_with_plain_words_does_the_act_and_tells_back(district: District) -> None:
    hint = begun(district)
    assert district.say("wrCG", "cg1", "不归我们管", quote=hint) == "act.return"
    assert district.events()[-1].text == "不归我们管"
    assert "已退回给值班员" in district.last_text("wrCG")


def test_a_hint_is_good_once(district: District) -> None:
    hint = begun(district)
    district.say("wrCG", "cg1", "不归我们管", quote=hint)
    assert district.say("wrCG", "cg1", "真的不归", quote=hint) == "begun.too_late"


def test_a_hint_is_good_for_ten_minutes(district: District) -> None:
    hint = begun(district)
    late = district.now + timedelta(minutes=10, seconds=5)
    assert district.say("wrCG", "cg1", "不归我们管", quote=hint, at=late) == "begun.too_late"
    assert "请直接发：@我 /退回 0001 理由" in district.last_text("wrCG")
    assert district.case().status == Status.DISPATCHED


def test_a_hint_is_for_whoever_pressed(district: District) -> None:
    hint = begun(district)
    assert district.say("wrCG", "cg2", "不归我们管", quote=hint) == "begun.too_late"
    assert district.say("wrCG", "cg1", "不归我们管", quote=hint) == "act.return"


def test_a_hint_may_be_taken_back(district: District) -> None:
    hint = begun(district)
    assert district.say("wrCG", "cg1", "取消", quote=hint) == "begun.cancelled"
    assert district.say("wrCG", "cg1", "不归我们管", quote=hint) == "begun.too_late"


def test_what_was_refused_may_be_written_again(district: District) -> None:
    district.sign_case()
    district.click("wrCG", "cg1", f"extend:{newest(district)}:words")
    hint = district.last_text("wrCG")
    assert district.say("wrCG", "cg1", "等配件", quote=hint) == "refused.missing_need"
    assert district.say("wrCG", "cg1", "2个工作日 等配件", quote=hint) == "act.extend"


def test_numbers_that_are_written_are_no_cases(district: District) -> None:
    district.sign_case()
    district.press("wrCG", "cg1", "反馈结果")
    assert (
        district.say("wrCG", "cg1", "0002 12345", quote=district.last_text("wrCG"), photos=1)
        == "act.feedback"
    )
    assert district.events()[-1].text == "0002 12345"


def test_a_photo_alone_may_finish_it(district: District) -> None:
    district.sign_case()
    district.press("wrCG", "cg1", "反馈结果")
    assert district.say("wrCG", "cg1", quote=district.last_text("wrCG"), photos=2) == "act.feedback"
    assert len(district.media()) == 2


def test_a_command_that_was_begun_is_nothing_to_confirm(district: District) -> None:
    begun(district)
    assert district.say("wrCG", "cg1", "/确认") == "refused.not_found"


def test_a_dangerous_act_is_shown_first_all_the_same(district: District) -> None:
    district.report_case()
    district.click("wrDUTY", "duty1", f"void:{newest(district)}:words")
    assert district.say("wrDUTY", "duty1", "误报", quote=district.last_text("wrDUTY")) == "command.preview"
    assert district.acts() == ["report"]
    assert district.press("wrDUTY", "duty1", "确认执行") == "act.void"


def test_who_may_not_do_it_is_told_so_and_not_asked_for_words(district: District) -> None:
    district.dispatch_case()
    assert district.click("wrCG", "duty1", f"return:{newest(district)}") == "refused.not_allowed"
    assert "【待写】" not in district.chat_text("wrCG")


# Menus -------------------------------------------------------------------------------------------


def test_the_menu_is_a_card_of_its_own_and_leaves_the_first_one_true(district: District) -> None:
    district.dispatch_case()
    before = district.last_card("wrCG").task_id
    district.press("wrCG", "cg1", "更多")
    drawn = [said.card.task_id for said in district.pushes("wrCG") if said.card is not None]
    assert drawn[-2] == before
    assert keys.is_menu(drawn[-1])


def test_a_menu_chosen_from_tells_what_came_of_it(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/卡片 0001")
    district.press("wrDUTY", "duty1", "更多")
    task = district.last_card("wrDUTY").task_id
    while "提级" not in [button.text for button in district.last_card("wrDUTY").buttons]:
        district.press("wrDUTY", "duty1", "更多")
    assert district.press("wrDUTY", "duty1", "提级") == "click.asked"
    card = district.last_card("wrDUTY")
    assert (card.task_id, [button.text for button in card.buttons]) == (task, ["更多"])
    assert "引用" in card.body


def test_somebody_with_nothing_to_do_is_told_so(district: District) -> None:
    district.close_case()
    district.say("wrCG", "cg1", "/卡片 0001")
    assert district.click("wrCG", "cg1", "more:WG260330-0001", task_id="x") == "click.nothing_more"


def test_a_restricted_case_has_no_card_in_a_group(district: District) -> None:
    district.report_case()
    with district.database.write() as session:
        session.scalars(select(Case)).one().restricted = True
    assert district.say("wrDUTY", "duty1", "/卡片 0001") == "refused.not_found"
    assert district.click("wrDUTY", "duty1", "more:WG260330-0001") == "refused.not_found"


def test_without_a_number_the_only_open_case_is_meant(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/卡片") == "command.card"
    district.say("wrINTAKE", "liay", LAMP)
    district.tick(district.advance(minutes=2))
    assert district.say("wrDUTY", "duty1", "/卡片") == "refused.ambiguous"
    assert district.say("wrZJ", "zj1", "/卡片") == "refused.not_found"


@pytest.mark.parametrize(("situation", "act"), [("signed", "answer_order"), ("signed", "stage")])
def test_nothing_is_offered_that_there_is_nothing_to_do_to(
    district: District, situation: str, act: str
) -> None:
    """No order waits for an answer, and the class has no stages."""
    begin_at(SITUATIONS[situation], district)
    assert act not in offered(district, "wrCG", "cg1", newest(district))


def test_the_menu_is_left_without_doing_anything(district: District) -> None:
    district.report_case()
    district.press("wrDUTY", "duty1", "更多")
    task = district.last_card("wrDUTY").task_id
    assert district.press("wrDUTY", "duty1", "返回") == "click.back"
    card = district.last_card("wrDUTY")
    assert (card.task_id, [button.text for button in card.buttons]) == (task, ["更多"])
    assert district.acts() == ["report"]


def test_menu_form_and_question_lead_to_their_case(district: District) -> None:
    """And a reporter's to the front page: staff pages are none of theirs."""
    district.env = replace(district.env, base_url="https://grid.example")
    page = f"https://grid.example/cases/{district.dispatch_case().number}"
    district.press("wrDUTY", "duty1", "更多")
    menu = district.last_card("wrDUTY")
    assert menu.url == page
    form = next(button for button in menu.buttons if button.key.endswith(f":{keys.ASK_FORM}"))
    district.click("wrDUTY", "duty1", form.key, task_id=menu.task_id)
    assert (district.last_card("wrDUTY").select is not None, district.last_card("wrDUTY").url) == (True, page)
    district.say("wrDUTY", "duty1", "/作废 0001 测试")
    assert (district.last_card("wrDUTY").title, district.last_card("wrDUTY").url) == ("请确认", page)
    district.say("wrINTAKE", "zhangsf", "/卡片 0001")
    district.press("wrINTAKE", "zhangsf", "更多")
    assert district.last_card("wrINTAKE").url == "https://grid.example"
