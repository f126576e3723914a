"""`gridbot demo` as a newcomer meets it: both stories by hand, and both again by the walks at the top.

With GRIDBOT_SCREENSHOTS=folder the pictures of the documentation are left there.
"""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from sandbox import samples
from tests.browser.conftest import Demo
from tests.browser.newcomer import Newcomer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INTAKE, RESIDENTS, DUTY, CG = "wrINTAKE", "wrRESIDENTS", "wrDUTY", "wrCG"
PHONE, CUSTOMER, APP = "oRESIDENT1", "wmRESIDENT2", "app"


def test_both_stories_are_told_by_hand(newcomer: Newcomer, demo: Demo, album: Path | None) -> None:
    no_water(newcomer)
    rubble(newcomer)
    if album is not None:
        newcomer.page.get_by_role("button", name="收起引导").click()
        newcomer.calm()
        newcomer.scroll_to(newcomer.sees(INTAKE, "城管局已处理"))
        newcomer.scroll_to(newcomer.sees(DUTY, "城管局反馈"))
        newcomer.keep(album, "demo.png")
        keep_console(newcomer, demo, album)


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


def keep_console(newcomer: Newcomer, demo: Demo, album: Path) -> None:
    """Pictures of the console on the phone of the desk, with some cases that wait."""
    for person, words, photo in (
        ("zhangsf", "长江路100号门口有建筑垃圾", "rubble"),
        ("liay", "静海路30号的窨井盖坏了，怕人掉下去", "cover"),
        ("zhangsf", "解放路15号路灯不亮", None),
        ("liay", "人民公园门口垃圾没人清", None),
        ("zhangsf", "三厂街道中华路8号占道经营，人行道走不过去", None),
    ):
        newcomer.become(person)
        newcomer.say(INTAKE, words, photo=photo)
        newcomer.sees(INTAKE, "已收到", words[:4])
    browser = newcomer.page.context.browser
    assert browser is not None
    page = browser.new_page(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    phone = Newcomer(page)
    page.goto(f"{demo.url}/login")
    page.locator('[data-person="duty1"]').tap()
    rows = page.locator("[data-list] > [data-case]")
    expect(rows.first).to_be_visible()
    pictured = rows.filter(has_text="建筑垃圾").get_attribute("data-case")
    numbers = [row.get_attribute("data-case") for row in rows.all()]
    for at, number in enumerate(numbers):
        page.goto(f"{demo.url}/cases/{number}/spot")
        page.locator(".pick-phone").click(position={"x": 110 + 50 * at, "y": 60 + 70 * (at % 2)})
        page.get_by_label("怎么写这个地点").fill(page.get_by_label("怎么写这个地点").input_value() or "路口")
        page.get_by_role("button", name="定位在这里").click()
        expect(page.get_by_role("status")).to_contain_text("已定位")
    for path, name in (
        ("/", "console-todo.png"), ("/map", "console-map.png"), (f"/cases/{pictured}", "console-case.png"),
    ):  # fmt: skip
        page.goto(f"{demo.url}{path}")
        page.wait_for_load_state("networkidle")
        phone.keep(album, name)
    page.close()


def test_the_third_walk_is_a_resident_with_a_telephone_and_no_account(
    newcomer: Newcomer, album: Path | None
) -> None:
    newcomer.walk(3, 1)
    newcomer.sees(PHONE, "这里是解放路网格")
    newcomer.walk(3, 2)
    newcomer.walk(3, 3)
    newcomer.page.get_by_test_id(f"send-voice-{PHONE}").click()
    newcomer.walk(3, 4)
    newcomer.page.get_by_test_id(f"send-place-{PHONE}").click()
    newcomer.sees(PHONE, "已收到")
    newcomer.walk(3, 5)
    newcomer.press(DUTY, "交办")
    newcomer.sees(CG, "新任务", "解放路15号")
    newcomer.walk(3, 6)
    newcomer.press(CG, "签收")
    newcomer.send(CG)
    newcomer.walk(3, 7)
    newcomer.press(DUTY, "核查通过")
    newcomer.walk(3, 8)
    newcomer.sees(PHONE, "已清运")
    newcomer.sees_photos(PHONE, 1)
    if album is not None:
        newcomer.keep(album, "resident.png")
    newcomer.press(PHONE, "已解决，满意")
    newcomer.sees(PHONE, "感谢")


def test_a_telephone_records_takes_files_and_says_where_it_is(newcomer: Newcomer, album: Path | None) -> None:
    newcomer.page.get_by_test_id(f"phone-{PHONE}").click()
    newcomer.page.get_by_test_id(f"scan-HM-HM-JF-2-{PHONE}").click()
    newcomer.sees(PHONE, "这里是解放路网格")
    newcomer.drop_photo(PHONE, samples.render("cover"))
    newcomer.record_voice(PHONE)
    newcomer.page.get_by_test_id(f"place-{PHONE}").click()
    newcomer.page.get_by_test_id(f"places-{PHONE}").locator("svg").click(position={"x": 60, "y": 40})
    newcomer.page.get_by_test_id(f"spot-name-{PHONE}").fill("解放路20号")
    if album is not None:
        newcomer.keep(album, "place.png")
    newcomer.page.get_by_test_id(f"send-place-{PHONE}").click()
    own = newcomer.group(PHONE).locator(".message.mine")
    expect(own).to_have_count(3)
    newcomer.say_on_phone(PHONE, "井盖破了，怕人掉下去")
    newcomer.sees(PHONE, "已收到")
    newcomer.sees(DUTY, "井盖破了", "解放路20号")
    newcomer.page.get_by_test_id(f"menu-我的事项-{PHONE}").click()
    newcomer.sees(PHONE, "我的事件")


def test_customer_service_needs_no_following_and_the_archive_no_mention(newcomer: Newcomer) -> None:
    newcomer.page.get_by_test_id(f"phone-{CUSTOMER}").click()
    newcomer.page.get_by_test_id(f"scan-HM-HM-JF-1-{CUSTOMER}").click()
    newcomer.sees(CUSTOMER, "这里是解放新村网格")
    newcomer.drop_photo(CUSTOMER, samples.render("rubble"))
    newcomer.record_voice(CUSTOMER)
    newcomer.page.get_by_test_id(f"place-{CUSTOMER}").click()
    newcomer.page.get_by_test_id(f"send-place-{CUSTOMER}").click()
    expect(newcomer.group(CUSTOMER).locator(".message.mine")).to_have_count(3)
    newcomer.say_on_phone(CUSTOMER, "门口堆了好多建筑垃圾，没人清")
    newcomer.sees(CUSTOMER, "已收到")
    newcomer.become("duty1")
    newcomer.sees(DUTY, "建筑垃圾", "解放路15号")
    newcomer.press(DUTY, "交办")
    newcomer.sees(CG, "新任务")
    newcomer.become("cg1")
    newcomer.press(CG, "签收")
    newcomer.say(CG, "/反馈 已清运", photo="clean")
    newcomer.become("duty1")
    newcomer.press(DUTY, "核查通过")
    newcomer.sees(CUSTOMER, "已清运")
    newcomer.press(CUSTOMER, "已解决，满意")
    newcomer.sees(CUSTOMER, "感谢")

    newcomer.become("chendy")
    newcomer.page.get_by_test_id(f"at-{RESIDENTS}").click()
    newcomer.say(RESIDENTS, "解放新村3幢楼下路灯不亮")
    newcomer.sees(RESIDENTS, "已收到", "路灯不亮")


def test_a_member_reports_to_the_app_by_voice_place_photo_and_words(
    newcomer: Newcomer, album: Path | None
) -> None:
    newcomer.become("chendy")
    newcomer.page.get_by_test_id("open-app").click()
    newcomer.sees(APP, "网格助手")
    newcomer.record_voice(APP)
    newcomer.page.get_by_test_id(f"place-{APP}").click()
    newcomer.page.get_by_test_id(f"send-place-{APP}").click()
    newcomer.page.get_by_test_id(f"photo-{APP}").click()
    newcomer.page.get_by_test_id(f"sample-rubble-{APP}").click()
    newcomer.say_on_phone(APP, "解放路15号门口堆了好多建筑垃圾")
    newcomer.sees(APP, "已收到")
    newcomer.say_on_phone(APP, "/我的")
    newcomer.sees(APP, "1 件")
    if album is not None:
        newcomer.keep(album, "app.png")
