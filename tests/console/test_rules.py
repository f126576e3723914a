"""规则: a sentence tried, mistakes at their lines, and changes that a second person adopts and one takes back."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.config.settings import RulesSettings
from handlers.environment import calendar
from models.organisation import Role
from tests.console.forms import find_form
from tests.console.office import Office, edit_rules
from tests.rule_packs import SHIPPED, SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "".join(
    f"{each},{name},组,0101,030301,投诉,城管局,1wd,no,\n"
    for each, name in {"env.fume": "油烟污染", "env.rubble": "建筑垃圾", "other": "其他"}.items()
)
OWN = "# 我们自己的词\nadd:\n  - {class: env.fume, words: {4: 馊水}}\n"
SAID = ["隔壁泔水漏到路上", "饭店泔水倒下水道", "后门天天泔水流出来"]
MOST_BYTES = 20_000


@pytest.fixture(scope="module", autouse=True)
def folder(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an office with a few classes, whose pages change the own ones."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    base = f"{SPECIAL}classes: classes.csv\nrules:\n  env.fume: {{words: {{4: 油烟}}}}\n  env.rubble: {{words: {{4: 建筑垃圾}}}}\n"
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "local.yaml").write_text(OWN, encoding="utf-8")
    limits = (SHIPPED / "limits.yaml").read_text(encoding="utf-8")
    (folder / "limits.yaml").write_text(limits, encoding="utf-8")
    packs = (folder / "base.yaml", folder / "local.yaml")
    office.rules = edit_rules(RulesSettings(packs=packs, limits=folder / "limits.yaml"))
    for words in SAID:
        case = office.district.report_case(f"北京路{len(words)}号{words}")
        office.district.say("wrDUTY", "duty1", f"/改类 {case.number} 油烟污染")
    return folder


@pytest.fixture
def duty(office: Office) -> Iterator[httpx.Client]:
    with office.browse("duty1") as client:
        yield client


@pytest.fixture
def leader(office: Office) -> Iterator[httpx.Client]:
    with office.browse("leader1") as client:
        yield client


def submit(client: httpx.Client, page: str, act: str, **fields: str) -> httpx.Response:
    form = find_form(client.get(page).text, data_act=act)
    return client.post(form["url"], data=form["data"] | fields)


def wait_for(client: httpx.Client, page: str) -> str:
    """The page once its work is over."""
    while 'data-job="running"' in (text := client.get(page).text):
        time.sleep(0.05)
    return text


def read_own(folder: Path) -> str:
    return (folder / "local.yaml").read_text(encoding="utf-8")


def test_a_sentence_is_tried_with_reasons(duty: httpx.Client) -> None:
    page = duty.get("/rules", params={"say": "长江路88号门口有建筑垃圾"})
    assert 'data-report="yes"' in page.text
    assert "<b>建筑垃圾</b>" in page.text
    assert "城管局" in page.text
    assert int(page.headers["Content-Length"]) <= MOST_BYTES


def test_mistakes_are_shown_at_their_lines(duty: httpx.Client, folder: Path) -> None:
    (folder / "local.yaml").write_text(OWN + "  - {class: env.fume, words: {3: 馊水}}\n", encoding="utf-8")
    assert submit(duty, "/rules", "check").status_code == 303
    page = wait_for(duty, "/rules/check")
    (folder / "local.yaml").write_text(OWN, encoding="utf-8")
    assert 'data-line="4"' in page
    assert "「馊水」在第 3 行是 4 分，这里是 3 分" in page
    assert "{class: env.fume, words: {3: 馊水}}" in page


def test_a_text_with_a_mistake_is_not_proposed_and_names_no_other_files(
    duty: httpx.Client, folder: Path
) -> None:
    page = "/rules/text/rules"
    wrong = submit(
        duty, page, "propose", title="试试", content=f"{OWN}  - {{class: nope, words: {{4: 泔水}}}}\n"
    )
    assert wrong.status_code == 422
    assert re.search(r"local\.yaml:4\b", wrong.text)
    assert "泔水" in wrong.text
    elsewhere = submit(duty, page, "propose", title="试试", content=f"include: [/etc/hostname]\n{OWN}")
    assert (elsewhere.status_code, "不能在网页上改" in elsewhere.text) == (422, True)
    assert submit(duty, page, "propose", title="试试", content=OWN).status_code == 409
    assert read_own(folder) == OWN


def test_a_second_person_adopts_after_seeing_what_changes_and_one_takes_it_back(
    office: Office, duty: httpx.Client, leader: httpx.Client, folder: Path
) -> None:
    changed = f"{OWN}  - {{class: env.fume, words: {{4: 泔水}}}}\n"
    answer = submit(duty, "/rules/text/rules", "propose", title="泔水也是油烟扰民", content=changed)
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    page = leader.get(address).text
    assert re.search(r'data-measured="\d+" data-changed="3"', page)
    assert page.count('data-case="') == 3
    assert "<ins>+   - {class: env.fume, words: {4: 泔水}}</ins>" in page
    assert 'data-act="adopt"' not in duty.get(address).text
    token = find_form(duty.get(address).text, data_act="refuse")["data"]
    own = duty.post(f"{address}/adopt", data=token)
    assert (own.status_code, "要由另一个人采纳" in own.text) == (403, True)
    assert read_own(folder) == OWN
    assert submit(leader, address, "adopt").status_code == 303
    assert read_own(folder) == changed
    back = submit(duty, address, "rollback")
    assert back.status_code == 303, back.text
    assert read_own(folder) == OWN
    assert 'data-state="adopted"' in duty.get(back.headers["Location"]).text


def test_what_was_changed_meanwhile_is_not_overwritten(
    duty: httpx.Client, leader: httpx.Client, folder: Path
) -> None:
    answer = submit(
        duty, "/rules/text/limits", "propose", title="说明", content=f"# 说明\n{read_limits(folder)}"
    )
    address = answer.headers["Location"]
    (folder / "limits.yaml").write_text(f"# 手改\n{read_limits(folder)}", encoding="utf-8")
    late = submit(leader, address, "adopt")
    assert (late.status_code, "已经改成别的了" in late.text) == (409, True)
    assert read_limits(folder).startswith("# 手改")
    wrong = submit(duty, "/rules/text/limits", "propose", title="说明", content="version: x\n")
    assert (wrong.status_code, "office_hours" in wrong.text) == (422, True)


def read_limits(folder: Path) -> str:
    return (folder / "limits.yaml").read_text(encoding="utf-8")


def test_a_suggestion_from_corrections_is_proposed_with_its_effect(
    duty: httpx.Client, leader: httpx.Client
) -> None:
    assert submit(duty, "/rules/suggestions", "suggest").status_code == 303
    page = wait_for(duty, "/rules/suggestions")
    assert "词「泔水」算油烟污染" in page
    assert "改对 3" in page
    answer = submit(duty, "/rules/suggestions", "propose")
    assert answer.status_code == 303, answer.text
    assert "words: {4: 泔水}}</ins>" in leader.get(answer.headers["Location"]).text


def test_a_day_of_the_calendar_is_changed_by_two(
    office: Office, duty: httpx.Client, leader: httpx.Client
) -> None:
    answer = submit(duty, "/rules/calendar", "propose", day="2026-04-11", kind="work", reason="补班")
    address = answer.headers["Location"]
    assert submit(leader, address, "adopt").status_code == 303

    def is_worked() -> bool:
        with office.district.database.read() as session:
            return {day.isoformat(): works for day, works in calendar.load_calendar(session).items()}.get(
                "2026-04-11", False
            )

    assert is_worked()
    assert "补班" in duty.get("/rules/calendar").text
    assert submit(leader, address, "rollback").status_code == 303
    assert not is_worked()


def test_only_those_at_the_top_change_what_all_work_by(office: Office, duty: httpx.Client) -> None:
    with office.browse("cg1") as handler:
        assert handler.get("/rules").status_code == 403
    with office.browse(office.district.hire("towndesk", Role.DUTY, "HM-HM")) as town:
        assert town.get("/rules").status_code == 200
        assert 'data-act="propose"' not in town.get("/rules/text/rules").text
        token = find_form(town.get("/rules").text, data_act="check")["data"]
        answer = town.post("/rules/text/rules", data=token | {"title": "x", "content": "y"})
        assert answer.status_code == 403
