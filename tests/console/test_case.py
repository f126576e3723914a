"""案件: one case as each may read it, and every act on it by a form."""

import re

import httpx
import pytest
from sqlalchemy import select

from bot.ops.case_archive import CaseArchive, archive_cases
from models.cases import Case, Event
from models.reports import CONFIDED, Media
from models.workflow import ACTS, Status
from tests.console.forms import find_form, list_acts
from tests.console.office import Office
from tests.district import LAMP, make_photo, require_signature

JPEG = b"\xff\xd8 a photo"


def post(client: httpx.Client, number: str, act: str, **fields: str) -> httpx.Response:
    """Fill in the form of an act on the page of the case, and send it."""
    form = find_form(client.get(f"/cases/{number}").text, data_act=act)
    return client.post(form["url"], data={**form["data"], **fields})


def last_event(office: Office, case: Case) -> Event:
    return office.district.events(case)[-1]


def test_a_case_goes_its_whole_way_by_pages(office: Office) -> None:
    case = office.district.report_case(photos=1)
    number = case.number
    with office.browse("duty1") as duty, office.browse("cg1") as unit:
        assert post(duty, number, "assign", unit="城管局", limit="4小时").status_code == 303
        assert post(unit, number, "sign").status_code == 303
        assert post(unit, number, "claim", asked="4千").status_code == 422
        assert post(unit, number, "claim", asked="4000.50").status_code == 303, "yuan, as people count"
        assert office.district.case(number).asked_fen == 400050
        form = find_form(unit.get(f"/cases/{number}").text, data_act="feedback")
        files = [("photos", ("after.jpg", JPEG, "image/jpeg"))]
        assert unit.post(form["url"], data={**form["data"], "text": "已清理"}, files=files).status_code == 303
        assert "verify" not in list_acts(unit.get(f"/cases/{number}").text)
        assert post(duty, number, "verify", passed="false").status_code == 422, "a reason is wanted"
        assert post(duty, number, "verify", passed="true").status_code == 303
        refused = post(duty, number, "close")
        assert refused.status_code in (409, 422)
        assert "还没有答复报事人" in refused.text
        office.district.deliver_results()
        assert post(duty, number, "close").status_code == 303
        page = duty.get(f"/cases/{number}").text
    assert office.district.acts(case) == [
        "report", "assign", "sign", "claim", "feedback", "verify", "deliver_answer", "close",
    ]  # fmt: skip
    [signed] = [event for event in office.district.events(case) if event.act == "sign"]
    assert (signed.origin or "").startswith("console:")
    assert office.district.find_drift() == {}
    assert page.count('class="done"') == 6
    assert "处理后第 1 张" in page


def test_an_answer_is_signed_by_page_and_the_flag_is_seen(office: Office) -> None:
    before = office.district.env
    require_signature(office.district, signer="leader1")
    try:
        number = office.district.submit_case().number
        with office.browse("duty1") as duty, office.browse("leader1") as leader, office.browse("cg1") as unit:
            assert post(duty, number, "verify", passed="true").status_code == 303
            page = duty.get(f"/cases/{number}").text
            assert '<span class="tag warn">待审签</span>' in page
            assert "等周主任" in page
            assert "sign_off" not in list_acts(page)
            assert "由周主任来做" in unit.get(f"/cases/{number}").text
            assert number in duty.get("/?folder=to_sign").text
            assert number not in duty.get("/?folder=submitted").text
            row = re.search(
                rf'<li class="row[^>]*data-case="{number}".*?</li>',
                leader.get("/?folder=mine").text,
                re.DOTALL,
            )
            assert row is not None
            assert "待审签" in row[0]
            assert post(leader, number, "sign_off", passed="false").status_code == 422, "a reason is wanted"
            assert post(leader, number, "sign_off", passed="true").status_code == 303
        assert office.district.case(number).status == Status.CALLBACK
    finally:
        office.district.env = before


def test_the_level_and_who_answers_for_each_stand_on_the_page(office: Office) -> None:
    number = office.district.sign_case().number
    with office.browse("duty1") as duty:
        assert post(duty, number, "raise", level="县", reason="两家意见不一").status_code == 303
        page = duty.get(f"/cases/{number}").text
    assert office.district.case(number).level == 2
    assert '<span class="tag warn">提级·区县</span>' in page
    assert "海门街道 海门街道联络员 → <strong>海门区 周主任</strong>" in page


def test_an_act_by_page_writes_the_event_that_the_command_writes(office: Office) -> None:
    by_page, by_command = office.district.report_case(), office.district.report_case()
    with office.browse("duty1") as duty:
        assert post(duty, by_page.number, "assign", unit="HM-CG", limit="4h").status_code == 303
    office.district.say("wrDUTY", "duty1", f"/交办 {by_command.tail} 城管局 4小时")
    one, other = last_event(office, by_page), last_event(office, by_command)
    alike = ("act", "actor_id", "actor_name", "status_from", "status_to", "text")
    assert [getattr(one, name) for name in alike] == [getattr(other, name) for name in alike]
    assert one.fields.keys() == other.fields.keys()


def test_a_form_of_a_page_that_is_old_is_told_what_changed_and_keeps_its_words(office: Office) -> None:
    case = office.district.report_case()
    with office.browse("duty1") as duty:
        form = find_form(duty.get(f"/cases/{case.number}").text, data_act="reject")
        office.district.say("wrDUTY", "duty2", f"/交办 {case.tail} 城管局")
        stale = duty.post(form["url"], data={**form["data"], "reason": "不属于我们这里"})
        assert stale.status_code == 409
        assert 'role="alert"' in stale.text
        assert "您写的是：不属于我们这里" in stale.text
        assert re.search(r"值班二号 交办", stale.text)
        assert office.district.case().status == Status.DISPATCHED
        form = find_form(duty.get(f"/cases/{case.number}").text, data_act="pass_on")
        wrong = duty.post(
            form["url"], data={**form["data"], "unit": "没有这个局", "text": "按职责应由他们办"}
        )
        assert wrong.status_code == 404
        assert "没有找到单位" in wrong.text
        assert "按职责应由他们办</textarea>" in wrong.text


def test_a_form_filled_in_otherwise_after_going_back_is_old(office: Office) -> None:
    case = office.district.report_case()
    with office.browse("duty1") as duty:
        form = find_form(duty.get(f"/cases/{case.number}").text, data_act="assign")
        for _ in range(2):
            assert duty.post(form["url"], data={**form["data"], "unit": "HM-CG"}).status_code == 303
        assert duty.post(form["url"], data={**form["data"], "unit": "HM-ZJ"}).status_code == 409
    assert office.district.acts().count("assign") == 1


def test_what_takes_a_case_away_is_confirmed_and_needs_a_second_person(office: Office) -> None:
    case = office.district.report_case()
    with office.browse("duty1") as duty, office.browse("duty2") as second:
        assert post(duty, case.number, "void", reason="测试用的").status_code == 422
        assert office.district.acts(case) == ["report"]
        assert post(duty, case.number, "void", reason="测试用的", confirmed="true").status_code == 303
        assert "approve" not in list_acts(duty.get(f"/cases/{case.number}").text)
        assert post(second, case.number, "approve").status_code == 303
    assert office.district.case().status == Status.VOID


def test_the_page_says_which_acts_are_possible_and_why_the_others_are_not(office: Office) -> None:
    case = office.district.report_case()
    with office.browse("duty1") as duty, office.browse("leader1") as leader:
        page = duty.get(f"/cases/{case.number}").text
        assert {"accept", "assign", "reject", "supervise"} <= list_acts(page)
        assert not {"sign", "rate", "instruct"} & list_acts(page)
        assert "由承办单位来做" in page
        assert "在「已办结」「并案」时可以做" in page.replace("」「", "」「")
        page = leader.get(f"/cases/{case.number}").text
        assert {"supervise", "instruct"} <= list_acts(page)
        assert not {"accept", "assign"} & list_acts(page)
        refused = leader.post(**find_form(duty.get(f"/cases/{case.number}").text, data_act="accept"))
        assert refused.status_code == 403


def test_who_reported_it_is_shown_with_a_reason_only_and_on_record(office: Office) -> None:
    case = office.district.report_case("长江路20号路灯不亮，我叫王小明，电话13812345678")
    with office.browse("duty1") as duty, office.browse("leader1") as leader:
        page = duty.get(f"/cases/{case.number}").text
        assert "张师傅" not in page
        assert "13812345678" not in page
        assert post(duty, case.number, "reveal", reason="").status_code == 422
        shown = post(duty, case.number, "reveal", reason="要打电话核实地点")
        assert shown.status_code == 200
        assert "张师傅" in shown.text
        assert "13812345678" in shown.text
        assert shown.headers["Cache-Control"] == "private, no-store"
        assert last_event(office, case).act == "reveal"
        assert "13812345678" not in duty.get(f"/cases/{case.number}").text
        assert "reveal" not in list_acts(leader.get(f"/cases/{case.number}").text)


def test_pictures_are_shown_to_who_reads_the_case_and_kept_by_no_browser(office: Office) -> None:
    case = office.district.report_case()
    with office.database.write() as session:
        session.add_all(
            Media.from_attachment(
                make_photo(at, clean_path=f"{at}.clean.jpg", thumb_path=f"{at}.thumb.webp"), case_id=case.id
            )
            for at in (71, 72)
        )
    for name in ("71.clean.jpg", "71.thumb.webp", "72.clean.jpg", "71.jpg"):
        (office.folder / name).write_bytes(JPEG)
    with office.database.write() as session:
        mine = select(Media).where(Media.case_id == case.id).order_by(Media.id)
        shown, confided = session.scalars(mine).all()
        confided.role = CONFIDED
    with office.browse("duty1") as duty, office.browse("cg1") as unit, office.browse() as nobody:
        for path in (f"/photos/{shown.id}", f"/photos/{shown.id}/thumb"):
            answer = duty.get(path)
            assert answer.content == JPEG
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert unit.get(path).status_code == 404
            assert nobody.get(path).status_code == 303
        office.district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局")
        assert unit.get(f"/photos/{shown.id}").status_code == 200
        assert unit.get(f"/photos/{confided.id}").status_code == 404
        assert f"/photos/{confided.id}" not in unit.get(f"/cases/{case.number}").text


def test_a_restricted_case_exists_for_its_readers_only(office: Office) -> None:
    text = "举报海门街道办事处李主任收受商户红包"
    office.district.say("duty2", "duty2", "你好", direct=True)
    assert office.district.say("zhangsf", "zhangsf", text, direct=True) == "case.opened"
    case = office.district.case()
    assert case.restricted
    with office.browse("duty1") as duty, office.browse("cg1") as unit:
        assert case.number not in duty.get("/").text
        for client in (duty, unit):
            assert client.get(f"/cases/{case.number}").status_code == 404


def test_the_timeline_has_its_parts_and_clocks_show_their_pauses(office: Office) -> None:
    case = office.district.report_case()
    office.district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局")
    office.district.say("wrCG", "cg1", f"/签收 {case.tail}")
    office.district.say("wrCG", "cg1", f"/补充 {case.tail} 只有我们自己知道")
    office.district.say("wrDUTY", "duty1", f"/挂账 {case.tail} 等上级批复")
    with office.browse("duty1") as duty:
        whole = duty.get(f"/cases/{case.number}").text
        replies = duty.get(f"/cases/{case.number}?show=replies").text
        assert "只有我们自己知道" in whole
        assert "只有我们自己知道" not in replies
        assert "等上级批复" in replies
        assert "暂停中" in whole
        assert "规则为什么这样判" in whole
        assert "建筑垃圾" in whole


@pytest.mark.parametrize(
    "path", ["/cases/WG261121-9999", "/cases/0001", "/cases/%3Cscript%3E", "/photos/99999999999999999999"]
)
def test_what_does_not_exist_is_a_page_that_says_so(office: Office, path: str) -> None:
    with office.browse("duty1") as duty:
        answer = duty.get(path)
        assert answer.status_code in (404, 422)
        assert 'role="alert"' in answer.text
        assert "<script>" not in answer.text


def test_every_form_has_the_fields_that_its_act_wants(office: Office) -> None:
    """By the names of the API; whatever state the case is in."""
    case = office.district.report_case()
    seen = set()
    steps = ["", f"/交办 {case.tail} 城管局", f"/签收 {case.tail}", f"/反馈 {case.tail} 已清理"]
    with office.browse("duty1") as duty, office.browse("cg1") as unit, office.browse("leader1") as leader:
        for step in steps:
            if step:
                who = ("wrDUTY", "duty1") if "交办" in step else ("wrCG", "cg1")
                office.district.say(*who, step)
            for client in (duty, unit, leader):
                page = client.get(f"/cases/{case.number}").text
                for act in list_acts(page):
                    seen.add(act)
                    form = page.partition(f'data-act="{act}"')[2].partition("</form>")[0]
                    for field in ACTS[act].required_fields:
                        assert any(f'name="{name}"' in form for name in FIELDS[field]), (act, field)
    assert {"assign", "feedback", "verify", "extend", "classify", "whistle", "merge"} <= seen


FIELDS = {
    "text": ("text",), "reason": ("reason",), "unit": ("unit",), "units": ("units",), "class": ("class",),
    "place": ("place",), "parent": ("parent",), "length": ("limit",), "evidence": ("text",),
    "verdict": ("passed",), "answer": ("solved",), "call": ("reached",), "leader": ("leader",),
    "money": ("recovered",), "until": ("until",), "level": ("level",), "signature": ("passed",),
    "amount": ("asked",), "adoption": ("adoption",), "party": ("party_name",),
    "decisions": ("text",),
}  # fmt: skip


def test_a_leader_takes_a_case_and_a_call_is_written_down_by_forms(office: Office) -> None:
    # Results of the other tests of this module wait as well.
    office.district.deliver_results()
    case = office.district.verify_case()
    with office.browse("duty1") as duty:
        assert post(duty, case.number, "charge").status_code == 422
        assert post(duty, case.number, "charge", leader="周主任").status_code == 303
        page = duty.get(f"/cases/{case.number}").text
        assert "<dt>包案</dt><dd>周主任</dd>" in page
        assert "<dt>首接</dt><dd>城管局 城管一号</dd>" in page
        said = {"reached": "true", "solved": "true", "satisfied": "false", "text": "等了两天"}
        assert post(duty, case.number, "call_back", **said).status_code == 303
        assert "联系上，已解决，不满意：等了两天" in duty.get(f"/cases/{case.number}").text
        rates = duty.get("/rates?from=2026-01-01&to=2026-12-31").text
    assert "领导包案" in rates
    assert "首接负责" in rates
    assert office.district.find_drift() == {}


def test_the_next_case_of_the_folder_follows(office: Office) -> None:
    first, second = office.district.report_case(), office.district.report_case()
    with office.browse("duty1") as duty:
        page = duty.get(f"/cases/{first.number}?folder=new").text
        form = find_form(page, data_act="accept")
        sent = duty.post(form["url"], data={**form["data"], "then": "next"})
        assert sent.headers["Location"].endswith(f"?folder=new&did={first.number}.2")
        assert first.number not in sent.headers["Location"].partition("?")[0]
        assert second.number in duty.get("/?folder=new").text
        assert f"/cases/{second.number}?folder=new" in duty.get("/?folder=new").text


def test_a_usual_reason_is_chosen_and_words_of_one_s_own_come_with_it(office: Office) -> None:
    case = office.district.report_case()
    office.district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局")
    office.district.say("wrCG", "cg1", f"/签收 {case.tail}")
    with office.browse("cg1") as unit:
        assert "<option>等配件材料</option>" in unit.get(f"/cases/{case.number}").text
        asked = post(unit, case.number, "extend", limit="1wd", reason="等配件材料", text="周三到货")
        assert asked.status_code == 303
    assert last_event(office, case).text == "周三到货\n等配件材料"


def test_what_stands_on_a_photo_is_shown_beside_it_to_who_reads_the_whole_case(office: Office) -> None:
    case = office.district.report_case(photos=2)
    with office.district.database.write() as session:
        photo = session.scalars(select(Media).where(Media.case_id == case.id).order_by(Media.id)).first()
        assert photo is not None
        photo.clean_path, photo.text = "clean.jpg", "便民超市 13812345678"
        photo.stamped_at, photo.stamped_place = office.district.now, "解放路15号"
    with office.browse("duty1") as duty, office.browse("zj1") as stranger:
        page = duty.get(f"/cases/{case.number}").text
        assert "水印：" in page
        assert "解放路15号（照片上写的，没有核对）" in page
        assert page.count("照片上的字") == 1
        assert "便民超市" in page
        assert "13812345678" not in page
        assert "便民超市" not in stranger.get(f"/cases/{case.number}").text


def test_a_case_in_the_archive_says_where_it_is_and_to_others_it_is_nothing(office: Office) -> None:
    district = office.district
    district.advance(hours=1, minutes=1)  # The other tests of this module reported as much as an hour takes.
    case = district.close_case()
    district.report_case(LAMP)
    with CaseArchive(office.folder / "archive.db", create=True) as kept:
        archive_cases(
            district.database, kept, before=district.advance(days=400), zone=district.env.zone, now=district.now,
            name_class=lambda class_id: district.env.class_info(class_id).name,
        )  # fmt: skip
    with office.browse("duty1") as duty, office.browse("ga1") as stranger:
        page = duty.get(f"/cases/{case.number}")
        assert (page.status_code, "在档案里" in page.text, "张师傅" in page.text) == (200, True, False)
        assert stranger.get(f"/cases/{case.number}").status_code == 404
