"""通知: the week, a preview as the groups will read it, a second person, receipts, and sending again."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import select, update

from handlers.notifications.publishing import sending
from models.notices import Notice
from models.organisation import Role
from models.pushes import Push, PushState
from tests.console.forms import find_form
from tests.console.office import Office

WATER = "4 月 2 日上午 9 点起停水 4 小时，请提前储水。"
MOST_BYTES = 20_000


@pytest.fixture
def duty(office: Office) -> Iterator[httpx.Client]:
    with office.browse("duty1") as client:
        yield client


def fill_in(client: httpx.Client, **fields: str) -> httpx.Response:
    """The form of a draft as its page has it, with these fields."""
    form = find_form(client.get("/notices").text, data_act="preview")
    return client.post(form["url"], data=form["data"] | fields)


def send_draft(client: httpx.Client, **fields: str) -> str:
    """A draft that its author has looked at; its number."""
    page = fill_in(client, **fields)
    assert page.status_code == 200, page.text
    answer = client.post(**find_form(page.text, data_act="draft"))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def press(client: httpx.Client, number: str, step: str, **fields: str) -> httpx.Response:
    form = find_form(client.get(f"/notices/{number}").text, data_act=step)
    return client.post(form["url"], data=form["data"] | fields)


def read_state(client: httpx.Client, number: str) -> str:
    found = re.search(rf'data-notice="{number}" data-state="(\w+)"', client.get(f"/notices/{number}").text)
    assert found is not None
    return found[1]


def send_due(office: Office) -> None:
    with office.district.database.write() as session:
        while sending.send_due_notices(session, office.env(), now=office.district.now):
            pass


def test_a_notice_is_seen_as_the_groups_will_see_it_before_it_is_kept(
    office: Office, duty: httpx.Client
) -> None:
    before = office.district.count_notices()
    page = fill_in(duty, text=WATER, unit="海门街道", theme="停水")
    assert f"【停水】{WATER}" in page.text
    assert "海门街道网信工作群" in page.text
    assert "2026年4月2日" in page.text
    assert office.district.count_notices() == before


def test_a_second_person_publishes_and_the_desk_hears_of_the_draft_as_by_the_command(
    office: Office, duty: httpx.Client
) -> None:
    number = send_draft(duty, text=WATER, theme="停水")
    assert number in office.district.chat_text("wrDUTY")
    assert "要由另一个人发布" in duty.get(f"/notices/{number}").text
    assert (
        duty.post(
            f"/notices/{number}/approve",
            data=find_form(duty.get("/notices").text, data_act="preview")["data"],
        ).status_code
        == 403
    )
    with office.browse("leader1") as leader:
        assert press(leader, number, "approve").status_code == 303
        assert read_state(leader, number) == "approved"
    # The card in the group says the same from then on.
    assert office.district.press("wrDUTY", "duty2", "同意发布").startswith("refused")
    assert f'data-notice="{number}"' in duty.get("/notices").text


def test_receipts_are_counted_by_group_and_what_failed_is_sent_again(
    office: Office, duty: httpx.Client
) -> None:
    number = send_draft(duty, text="今晚测试警报，请勿惊慌。")
    with office.browse("duty2") as second:
        press(second, number, "approve")
    send_due(office)
    with office.district.database.write() as session:
        notice = session.scalars(select(Notice).where(Notice.number == number)).one()
        copies = session.scalars(
            select(Push)
            .where(Push.dedupe_key.like(f"notice:{notice.id}:%"), Push.kind == "text")
            .order_by(Push.id)
        ).all()
        copies = [copy for copy in copies if ":draft:" not in copy.dedupe_key]
        assert len(copies) == notice.reached > 2
        session.execute(
            update(Push).where(Push.id == copies[0].id).values(state=PushState.DEAD, outcome="no_route")
        )
        session.execute(update(Push).where(Push.id == copies[1].id).values(state=PushState.UNKNOWN))
        lost, doubtful = copies[0].id, copies[1].id
    page = duty.get(f"/notices/{number}").text
    assert 'data-receipt="dead" data-count="1"' in page
    assert 'data-receipt="unknown" data-count="1"' in page
    assert press(duty, number, "resend").status_code == 303
    with office.district.database.read() as session:
        assert session.get_one(Push, lost).state == PushState.READY
        assert session.get_one(Push, doubtful).state == PushState.UNKNOWN
    assert press(duty, number, "resend", doubtful_too="true").status_code == 303
    with office.district.database.read() as session:
        assert session.get_one(Push, doubtful).doubtful


def test_a_time_that_is_unclear_is_asked_for_and_one_that_is_over_is_refused(
    office: Office, duty: httpx.Client
) -> None:
    page = fill_in(duty, text="明天 5 点停水。")
    assert "上午还是下午" in page.text
    form = find_form(page.text, data_act="draft")
    assert duty.post(**form).status_code == 422
    assert duty.post(form["url"], data=form["data"] | {"times_right": "true"}).status_code == 303
    late = fill_in(duty, text="停水。", day="2026-03-01", time="08:00")
    assert (late.status_code, "已经过了" in late.text) == (422, True)


def test_an_answer_goes_to_whoever_reported_the_thing(office: Office, duty: httpx.Client) -> None:
    office.district.report_case()
    page = fill_in(duty, text="今天清运。", keyword="建筑垃圾")
    assert "您反映过「建筑垃圾」的情况，现在答复您：今天清运。" in page.text
    assert "1 位反映人" in page.text
    assert fill_in(duty, text="今天清运。", keyword="垃").status_code == 422


def test_others_read_no_notices_and_publish_none_outside_their_area(
    office: Office, duty: httpx.Client
) -> None:
    number = send_draft(duty, text="全区停课一天。")
    with office.browse("cg1") as handler:
        assert handler.get("/notices").status_code == 403
        assert 'href="/notices"' not in handler.get("/").text
    town = office.district.hire("townlead", Role.LEADER, "HM-HM")
    with office.browse(town) as leader:
        assert leader.get("/notices").status_code == 200
        assert leader.get(f"/notices/{number}").status_code == 404
    answer = duty.get("/notices")
    assert int(answer.headers["Content-Length"]) <= MOST_BYTES


def test_a_notice_that_comes_again_is_drafted_on_its_page_and_a_month_is_counted(
    office: Office, duty: httpx.Client
) -> None:
    assert fill_in(duty, text="义诊。", repeats="有时").status_code == 422
    assert fill_in(duty, text="义诊。", repeats="每天", keyword="义诊").status_code == 422
    page = fill_in(duty, text="周末清洁家园。", repeats="每周一", until="4月30日", time="10:00")
    assert "每周一 10:00 发，2026年5月1日（周五） 00:00 以后不再发" in page.text
    answer = duty.post(**find_form(page.text, data_act="draft"))
    number = answer.headers["Location"].rpartition("/")[2]
    assert number.startswith("JH")
    with office.browse("duty2") as other:
        assert press(other, number, "approve").status_code == 303
    office.district.advance(hours=2)
    send_due(office)
    assert "2026年4月没有发过通知" in duty.get("/notices?week=2026-04-06").text
    assert re.search(r"2026年3月发出通知 [1-9]\d* 条", duty.get("/notices?week=2026-03-23").text)
