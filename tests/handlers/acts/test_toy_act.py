"""An act from outside: a row, a definition and a button are all it takes.

It is typed, pressed and posted like any other; when it goes, nothing of it stays.
"""

from collections.abc import Iterator

import httpx
import pytest

from bot.cli.documents import build_acts_page
from bot.config.settings import Settings
from bot.ops.metrics import Metrics
from handlers.acts.definition import ActDefinition
from handlers.acts.registry import DEFINITIONS, register_act
from handlers.cards import layout
from handlers.cards.keys import CardRole
from handlers.cards.layout import ButtonSpec
from handlers.cases.context import ActContext, ColumnChanges
from handlers.commands.run import known_words
from handlers.notifications.notification import words_notifier
from handlers.wording.case_view import CaseView
from models.workflow import ACTS, BY_WORD, OPEN, Act, ActField, Audience, CaseRelation, Status
from tests.bot.api.conftest import TOKEN, Process, connect_client, serve_api
from tests.district import District

PATROL = Act(
    "patrol_by", "巡查", OPEN, (), (CaseRelation.DUTY,), audiences=(Audience.REPORTER,),
    aliases=("路过",), usage="[情况] [到 日期]", about="路过看一眼", optional_fields=(ActField.UNTIL,),
)  # fmt: skip


def apply_patrol(context: ActContext) -> ColumnChanges:
    return {"contacted_at": context.now, "resume_at": context.input.until}


def tell_reporter(view: CaseView) -> str:
    return f"〔{view.number}〕{view.actor}路过看了：{view.act_text}"


DEFINITION = ActDefinition(
    effect=apply_patrol,
    notify={Audience.REPORTER: words_notifier(Audience.REPORTER, tell_reporter)},
    receipt=lambda view: f"{view.actor}的巡查已记下。",
)
SIGHT = Act("sight", "看见", OPEN, (), (CaseRelation.DUTY,), (ActField.VERDICT,), about="看见没有")
BUTTON = (CardRole.DUTY, Status.NEW, ButtonSpec("看见了", SIGHT.key, "pass"))


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Its cards are drawn anew: elsewhere they have no such button."""
    sqlite_district.leave_waypoints()
    return sqlite_district


@pytest.fixture
def patrol() -> Iterator[None]:
    """The act, and another one that new cases have a button for on the desk's card."""
    with register_act(PATROL, DEFINITION), register_act(SIGHT, ActDefinition(), [BUTTON]):
        yield


@pytest.fixture
def api(district: District) -> Iterator[httpx.Client]:
    """The API over the same district."""
    settings = Settings.parse({"api": {"tokens": {"harness": TOKEN}}})
    process = Process(
        settings, district.database, Metrics(), lambda: district.advance(seconds=1), district.env
    )
    with serve_api(process) as address, connect_client(address) as client:
        yield client


@pytest.mark.usefixtures("patrol")
def test_it_is_typed(district: District) -> None:
    case = district.report_case()
    assert district.say("wrDUTY", "duty1", "/巡查 0001 还在 到 2026-12-01") == "act.patrol_by"
    assert district.acts() == ["report", "patrol_by"]
    assert district.events()[-1].text == "还在"
    assert district.case().contacted_at == district.now
    assert district.case().resume_at is not None
    assert f"〔{case.number}〕值班一号路过看了：还在" in district.chat_text("wrINTAKE")
    assert district.last_text("wrDUTY").endswith(f"建筑垃圾渣土〔{case.number}〕值班一号的巡查已记下。")
    assert district.find_drift() == {}


@pytest.mark.usefixtures("patrol")
def test_its_alias_answers_a_push_without_a_slash(district: District) -> None:
    case = district.report_case()
    assert district.say("wrDUTY", "duty1", "路过 还在", quote=f"〔{case.number}〕") == "act.patrol_by"


@pytest.mark.usefixtures("patrol")
def test_who_may_not_is_refused(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/巡查 0001") == "refused.not_allowed"
    assert "这一步由值班员来做" in district.last_text("wrCG")


@pytest.mark.usefixtures("patrol")
def test_it_is_pressed_on_the_card(district: District) -> None:
    district.report_case()
    assert district.press("wrDUTY", "duty1", "看见了") == "act.sight"
    assert district.acts() == ["report", "sight"]


@pytest.mark.usefixtures("patrol")
def test_it_is_found_under_more_with_the_form_of_its_field(district: District) -> None:
    """The card has no button for it; its date is chosen on the form that every such act has."""
    district.report_case()
    district.press("wrDUTY", "duty1", "更多")
    while "巡查" not in [button.text for button in district.last_card("wrDUTY").buttons]:
        assert district.press("wrDUTY", "duty1", "更多") == "click.more"
    assert district.press("wrDUTY", "duty1", "巡查") == "click.form"
    assert district.press("wrDUTY", "duty1", "挂账 7 天", reason="天气原因") == "act.patrol_by"
    assert district.events()[-1].text == "天气原因"
    assert district.case().contacted_at == district.now


@pytest.mark.usefixtures("patrol")
@pytest.mark.parametrize("word", ["patrol-by", "巡查"])
def test_it_is_posted(district: District, api: httpx.Client, word: str) -> None:
    number = district.report_case().number
    offered = api.get(f"/api/v1/cases/{number}/acts", params={"actor": "duty1"}).json()["acts"]
    assert "patrol-by" in [choice["act"] for choice in offered]
    answer = api.post(f"/api/v1/cases/{number}/acts/{word}", json={"actor": "duty1", "text": "还在"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["events"][-1]["act"] == "patrol_by"
    assert district.case().contacted_at is not None
    assert "值班一号路过看了：还在" in district.chat_text("wrINTAKE")


@pytest.mark.usefixtures("patrol")
def test_help_and_the_page_of_acts_name_it(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/帮助 全部")
    assert "/巡查 编号 [情况] [到 日期]：路过看一眼" in district.last_text("wrDUTY")
    rows = {
        row.split("|")[1].strip(): row for row in build_acts_page().splitlines() if row.startswith("| `/")
    }
    assert "更多，选" in rows["`/巡查 [情况] [到 日期]`（也可 `/路过`）"]
    assert "卡片" in rows["`/看见`"]


def test_afterwards_nothing_of_it_is_left(district: District, api: httpx.Client) -> None:
    before = (dict(ACTS), dict(BY_WORD), dict(DEFINITIONS), known_words(), build_acts_page())
    with register_act(PATROL, DEFINITION), register_act(SIGHT, ActDefinition(), [BUTTON]):
        assert {PATROL.key, SIGHT.key} <= ACTS.keys()
        assert layout.is_on_cards(SIGHT)
    assert (dict(ACTS), dict(BY_WORD), dict(DEFINITIONS), known_words(), build_acts_page()) == before
    assert not layout.is_on_cards(SIGHT)
    number = district.report_case().number
    assert "看见了" not in [button.text for button in district.last_card("wrDUTY").buttons]
    assert district.click("wrDUTY", "duty1", f"sight:{number}:pass") == "click.unreadable"
    assert district.say("wrDUTY", "duty1", "/巡查 0001 还在") == "refused.not_found"
    assert api.post(f"/api/v1/cases/{number}/acts/巡查", json={"actor": "duty1"}).status_code == 404
