"""The page in a real browser: what a newcomer does on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.customer_service.sessions import POOL
from sandbox.loading import load_default_world
from sandbox.server import SandboxServer
from tests.sandbox.conftest import RawBot
from tests.sandbox.test_cards import BUTTONS, NOTICE

pytestmark = pytest.mark.browser


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(load_default_world()) as server:
        yield server


@pytest.fixture
def bot(box: SandboxServer) -> Iterator[RawBot]:
    with RawBot(box.ws_url) as raw:
        raw.subscribe(secret="sandbox-secret")
        yield raw


@pytest.fixture
def page(browser: Browser, box: SandboxServer) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    opened.goto(box.url)
    expect(opened.get_by_test_id("column-wrCG")).to_be_visible()
    yield opened
    opened.close()
    assert problems == []


def test_a_walk_fills_in_words_and_photo_and_sending_reaches_the_bot(
    page: Page, box: SandboxServer, bot: RawBot
) -> None:
    page.get_by_test_id("story-1-1").click()
    page.get_by_test_id("send-wrINTAKE").click()
    expect(page.get_by_test_id("column-wrINTAKE").locator(".message.mine .photo img")).to_be_visible()
    items = bot.receive()["body"]["mixed"]["msg_item"]
    assert items[0]["text"]["content"] == "@网格助手 长江路静海路口工地门口有建筑垃圾"
    assert items[1]["msgtype"] == "image"


def test_without_the_mention_the_bot_hears_nothing(page: Page, box: SandboxServer, bot: RawBot) -> None:
    page.get_by_test_id("at-wrINTAKE").click()
    page.get_by_test_id("input-wrINTAKE").fill("大家早")
    page.get_by_test_id("input-wrINTAKE").press("Enter")
    expect(page.get_by_test_id("column-wrINTAKE").get_by_text("大家早")).to_be_visible()
    assert box.messages("wrINTAKE")[0]["at_bot"] is None


def test_whoever_is_not_in_a_group_may_become_somebody_who_is(page: Page) -> None:
    page.get_by_test_id("become-cg1-wrCG").click()
    expect(page.get_by_test_id("person-cg1")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_test_id("input-wrCG")).to_be_visible()


def test_a_pressed_button_tells_the_bot_and_the_card_changes_in_place(
    page: Page, box: SandboxServer, bot: RawBot
) -> None:
    card = {"chatid": "wrCG", "msgtype": "template_card", "template_card": BUTTONS}
    bot.ask("aibot_send_msg", card)
    page.get_by_test_id("person-cg1").click()
    column = page.get_by_test_id("column-wrCG")
    column.get_by_role("combobox").select_option("d2")
    column.get_by_test_id("button-accept").click()
    frame = bot.receive()
    chosen = frame["body"]["event"]["template_card_event"]["selected_items"]["selected_item"][0]
    assert (frame["body"]["from"]["userid"], chosen["option_ids"]["option_id"]) == ("cg1", ["d2"])
    update = {"response_type": "update_template_card", "template_card": NOTICE}
    bot.ask("aibot_respond_update_msg", update, req_id=frame["headers"]["req_id"])
    expect(column.get_by_text("已受理")).to_be_visible()
    expect(column.get_by_test_id("button-accept")).to_have_count(0)


def test_a_click_on_a_bubble_quotes_it(page: Page, box: SandboxServer, bot: RawBot) -> None:
    bot.push("〔WG261121-0001〕请签收", chat="wrCG")
    page.get_by_test_id("person-cg1").click()
    page.get_by_test_id("column-wrCG").get_by_text("请签收").click()
    page.get_by_test_id("input-wrCG").fill("/签收")
    page.get_by_test_id("send-wrCG").click()
    quote = bot.receive()["body"]["quote"]
    assert quote == {"msgtype": "text", "text": {"content": "〔WG261121-0001〕请签收"}}


def test_markup_in_a_message_stays_text(page: Page, box: SandboxServer, bot: RawBot) -> None:
    nasty = '<img src=x onerror="document.title=1"> [a](javascript:alert(1)) **粗** `<b>`'
    bot.push(nasty, chat="wrCG")
    text = page.get_by_test_id("column-wrCG").locator(".text")
    expect(text.locator("strong")).to_have_text("粗")
    assert text.locator("img, a, b").count() == 0
    assert "javascript:alert(1)" in text.inner_text()


def test_the_single_chat_opens_and_enters(page: Page, box: SandboxServer, bot: RawBot) -> None:
    page.get_by_test_id("open-single").click()
    assert bot.receive()["body"]["event"] == {"eventtype": "enter_chat"}
    page.get_by_test_id("input-single").fill("帮助")
    page.get_by_test_id("send-single").click()
    assert bot.receive()["body"]["text"] == {"content": "帮助"}


def test_the_status_follows_the_bots_connection(page: Page, box: SandboxServer) -> None:
    status = page.get_by_test_id("status")
    expect(status).to_have_text("网格助手不在线")
    with RawBot(box.ws_url) as raw:
        raw.subscribe(secret="sandbox-secret")
        expect(status).to_have_text("网格助手在线")


def test_trouble_is_one_press_away(page: Page, box: SandboxServer, bot: RawBot) -> None:
    page.get_by_test_id("weather").click()
    page.get_by_role("button", name="断开机器人的连接").click()
    expect(page.get_by_test_id("status")).to_have_text("网格助手不在线")


def test_on_a_phone_one_group_fills_the_width(browser: Browser, box: SandboxServer) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto(box.url)
    column = phone.get_by_test_id("column-wrINTAKE")
    expect(column).to_be_visible()
    bounds = column.bounding_box()
    assert bounds is not None
    assert bounds["width"] > 350
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


def test_a_servicer_takes_over_writes_and_hands_back(box: SandboxServer, page: Page) -> None:
    service = box.world.services["wkSANDBOX1"]
    service.callback_url = f"{box.url}/nobody"
    page.reload()
    resident = {"account": service.open_kfid, "user": "wmRESIDENT2"}
    box.post("customers", **resident, do="say", words="我要找人工")
    box.service_book.change_state(box.service_book.find_session(service, resident["user"]), POOL, "")
    page.get_by_test_id("person-duty1").click()
    expect(page.get_by_test_id("open-desk")).to_be_hidden()
    page.get_by_test_id("person-duty2").click()
    page.get_by_test_id("open-desk").click()
    state = page.get_by_test_id("state-wmRESIDENT2")
    expect(state).to_have_text("在排队")
    expect(page.get_by_test_id("talk-wmRESIDENT2")).to_contain_text("吴师傅：我要找人工")
    page.get_by_test_id("pick-wmRESIDENT2").click()
    expect(state).to_contain_text("人工接待中")
    page.get_by_test_id("answer-wmRESIDENT2").fill("您好，请讲")
    page.get_by_test_id("reply-wmRESIDENT2").click()
    expect(page.get_by_test_id("talk-wmRESIDENT2")).to_contain_text("您好，请讲")
    page.get_by_test_id("end-wmRESIDENT2").click()
    expect(state).to_have_text("已结束")
    expect(page.get_by_test_id("answer-wmRESIDENT2")).to_be_hidden()
