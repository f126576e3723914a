"""一格多员、一员多用 (issue 14; C22, A06, E02, E04): somebody with two posts, a skill, and an informant asked first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.imports import import_org, parse_organisation
from models.database import Database
from models.organisation import Participation
from tests.district import load_person
from tests.stories.town import MovableClock, StoryHarness, run_story

ROSTER = """
units:
  - {code: HM-HM-CJ-M, name: 长江市场网格, kind: special_grid, parent: HM-HM-CJ, lead: cg2, deputy: wgxw, places: [长江市场]}
people:
  - {id: cg2, name: 城管二号, role: handler, unit: HM-CG, accounts: {wecom: cg2}, skills: [调解],
     posts: [{unit: HM-HM-CJ, role: grid, duties: [调解, 排查]}]}
  - {id: liay, name: 李阿姨, role: informant, occupation: 环卫工人, unit: HM-HM-CJ, participation: %s, accounts: {wecom: liay}}
"""


@pytest.fixture
def haimen(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    """On one database: what differs between the two is played without a wire."""
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    with run_story(tmp_path, url, clock) as people:
        yield people


def _import(database: Database, folder: Path, participation: str) -> None:
    file = folder / "roster.yaml"
    file.write_text(ROSTER % participation, encoding="utf-8")
    with database.write() as session:
        import_org(session, parse_organisation(file))


def _state(database: Database) -> str:
    with database.read() as session:
        return load_person(session, "liay").participation


def test_two_posts_a_skill_and_an_informant_who_is_asked_first(
    haimen: StoryHarness, sqlite_database: Database, tmp_path: Path
) -> None:
    for participation in ("停用", "在册"):
        _import(sqlite_database, tmp_path, participation)
    # A dispute in the community: the desk reads who could mediate, and why.
    quarrel = haimen.report("wrINTAKE", "zhangsf", "长江路88号楼上楼下邻居为漏水吵架")
    haimen.wait_for_card("wrDUTY", quarrel, "可请调解", "城管二号（会调解，长江社区）")
    # Whoever was never asked is asked at the first word, by name; until they agree they are not sent.
    haimen.say("wrINTAKE", "liay", "早上好")
    asked = haimen.wait_for_card("wrINTAKE", "请您做网格信息员", "李阿姨")
    assert "liay" in str(haimen.wait_for_message("wrINTAKE", "愿意做信息员吗"))
    haimen.say("wrDUTY", "duty1", f"/核实 {quarrel} 还吵不吵")
    haimen.wait_for_message("wrDUTY", "已请城管二号（会调解）到现场核实")
    haimen.press_button(asked, "liay", "同意")
    haimen.wait_until(lambda: _state(sqlite_database) == Participation.AGREED, "the answer")
    haimen.say("wrDUTY", "duty1", f"/核实 {quarrel} 现在怎么样")
    haimen.wait_for_message("wrDUTY", "已请城管二号（会调解）、李阿姨到现场核实")
    # With the post of the grid the case is solved there; the same person with the other post judges nothing.
    haimen.say("wrCG", "cg2", f"/自办 {quarrel} 双方已握手言和")
    haimen.wait_for_status(quarrel, "SUBMITTED")
    assert haimen.case(quarrel)["unit"] == "HM-HM-CJ"
    haimen.say("wrCG", "cg2", f"/核查 {quarrel} 通过")
    haimen.wait_for_message("wrCG", "您不能核查")
    # Leaving takes one line, and reporting goes on as before.
    haimen.say("wrINTAKE", "liay", "/退出")
    haimen.wait_for_message("wrINTAKE", "不再请您去看")
    haimen.report("wrINTAKE", "liay", "长江市场门口建筑垃圾没人清")
