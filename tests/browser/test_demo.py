"""`gridbot demo` as a newcomer meets it: both stories by hand, and both again by the walks at the top.

With GRIDBOT_SCREENSHOTS=folder the pictures of the documentation are left there.
"""

from pathlib import Path

import pytest

from tests.browser.newcomer import Newcomer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INTAKE, RESIDENTS, DUTY, CG = "wrINTAKE", "wrRESIDENTS", "wrDUTY", "wrCG"


def test_both_stories_are_told_by_hand(newcomer: Newcomer, album: Path | None) -> None:
    no_water(newcomer)
    rubble(newcomer)
    if album is not None:
        newcomer.page.get_by_role("button", name="收起引导").click()
        newcomer.calm()
        newcomer.scroll_to(newcomer.sees(INTAKE, "城管局已处理"))
        newcomer.scroll_to(newcomer.sees(DUTY, "城管局反馈"))
        newcomer.keep(album, "demo.png")


def test_the_walks_at_the_top_lead_through_both_stories(newcomer: Newcomer) -> None:
    newcomer.walk(1, 1)
    newcomer.send(INTAKE)
    newcomer.sees(DUTY, "长江路静海路口", "交办")
    newcomer.walk(1, 2)
    newcomer.press(DUTY, "交办")
    newcomer.sees(CG, "新任务")
    newcomer.walk(1, 3)
    newcomer.press(CG, "签收")
    newcomer.sees(INTAKE, "城管局已签收")
    newcomer.walk(1, 4)
    newcomer.send(CG)
    newcomer.sees(DUTY, "核查通过")
    newcomer.walk(1, 5)
    newcomer.press(DUTY, "核查通过")
    newcomer.sees(INTAKE, "解决了吗？")
    newcomer.walk(1, 6)
    newcomer.press(INTAKE, "已解决，满意")
    newcomer.sees(INTAKE, "感谢您的评价")

    newcomer.walk(2, 1)
    newcomer.send(RESIDENTS)
    newcomer.sees(RESIDENTS, "已收到")
    newcomer.walk(2, 2)
    newcomer.send(RESIDENTS)
    newcomer.sees(RESIDENTS, "解决了吗？")
    newcomer.walk(2, 3)
    newcomer.press(RESIDENTS, "已解决，满意")
    newcomer.sees(RESIDENTS, "感谢您的评价")


def rubble(newcomer: Newcomer) -> None:
    """A rider's photo is dispatched, cleared, checked, answered and rated."""
    newcomer.become("zhangsf")
    newcomer.say(INTAKE, "长江路静海路口工地门口有建筑垃圾", photo="rubble")
    newcomer.sees(INTAKE, "已收到", "积存建筑垃圾渣土", "城管局")

    newcomer.become("duty1")
    newcomer.sees(DUTY, "长江路静海路口", "交办")
    newcomer.choose(DUTY, "城管局")
    newcomer.press(DUTY, "交办")
    newcomer.sees(CG, "新任务", "@城管一号")
    newcomer.sees_photos(CG, 1)

    newcomer.become("cg1")
    newcomer.press(CG, "签收")
    newcomer.sees(INTAKE, "城管局已签收")
    newcomer.quote(CG, "新任务")
    newcomer.say(CG, "已清理干净", photo="clean")

    newcomer.become("duty1")
    newcomer.sees(DUTY, "核查通过", "已清理干净")
    newcomer.press(DUTY, "核查通过")
    newcomer.sees(INTAKE, "城管局已处理", "用时", "1 分钟")
    newcomer.sees_photos(INTAKE, 2)

    newcomer.become("zhangsf")
    newcomer.sees(INTAKE, "解决了吗？")
    newcomer.press(INTAKE, "已解决，满意")
    newcomer.sees(INTAKE, "感谢您的评价")


def no_water(newcomer: Newcomer) -> None:
    """The grid officer mends the tap; no department hears of it."""
    newcomer.become("chendy")
    newcomer.say(RESIDENTS, "家里停水了")
    newcomer.sees(RESIDENTS, "已收到", "停水")

    newcomer.become("wgxw")
    newcomer.quote(RESIDENTS, "已收到")
    newcomer.say(RESIDENTS, "水龙头坏了已换")
    newcomer.sees(RESIDENTS, "网格员小王已处理")

    newcomer.become("chendy")
    newcomer.press(RESIDENTS, "已解决，满意")
    newcomer.sees(RESIDENTS, "感谢您的评价")
