"""Who hears of an act, once, and without what they must not know."""

import pytest

from models.messages import TextPush
from tests.district import District


def test_the_reporters_status_is_merged_where_a_newer_one_follows(district: District) -> None:
    case = district.sign_case()
    keys = [said.row.merge_key for said in district.pushes("wrINTAKE")]
    assert keys == [None, f"status:{case.id}", f"status:{case.id}"]


def test_every_word_about_a_case_carries_its_mark(district: District) -> None:
    case = district.close_case()
    for said in district.pushes():
        assert said.text == "" or f"〔{case.number}〕" in said.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/吹哨 0001 公安局", "值班二号已吹哨"),
        ("/督办 0001 今天清完", "📌 督办单"),
        ("/同意 0001", "值班二号同意申请"),
        ("/不同意 0001", "值班二号不同意申请"),
        ("/催办 0001", "催办（第 1 次）"),
        ("/提级 0001 没有进展", "已提级"),
    ],
)
def test_where_an_act_is_announced_the_announcement_is_the_answer(
    district: District, said: str, told: str
) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 1个工作日 等配件")
    before = len(district.pushes("wrDUTY"))
    assert district.say("wrDUTY", "duty2", said).startswith("act.")
    (answer,) = (push for push in district.pushes("wrDUTY")[before:] if isinstance(push.body, TextPush))
    assert told in answer.text
    assert answer.row.answers is not None


def test_what_is_announced_elsewhere_is_confirmed_where_it_was_said(district: District) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert district.last_text("wrDUTY") == (
        "长江路静海路口工地门口积存建筑垃圾渣土〔WG260330-0001〕核查通过，结果正在发给报事人。"
    )


def test_a_telephone_number_in_a_rating_stays_out_of_the_handling_group(district: District) -> None:
    district.verify_case()
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决，我是张师傅，电话13812345678")
    assert "13812345678" not in district.chat_text("wrCG")
    assert "张师傅" not in district.chat_text("wrCG")
    assert "未解决，我是报事人，电话138****5678" in district.last_text("wrCG")


def test_a_telephone_number_in_a_report_stays_out_of_every_group_but_its_own(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾，我的电话13812345678")
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert "13812345678" not in district.chat_text("wrCG") + district.chat_text("wrDUTY")


def test_what_the_reporter_adds_stays_unnamed_on_a_redrawn_card(district: District) -> None:
    case = district.submit_case()
    district.say("wrINTAKE", "zhangsf", "/补充 0001 我是张师傅，电话13812345678")
    district.click("wrCG", "cg2", f"sign:{case.number}")
    assert "张师傅" not in district.chat_text("wrCG")
    assert "13812345678" not in district.chat_text("wrCG")


def test_a_name_in_a_place_stays_out_of_the_handling_group(district: District) -> None:
    district.dispatch_case()
    district.say("wrDUTY", "duty1", "/定位 0001 长江路张师傅家门口")
    assert "长江路报事人家门口积存建筑垃圾渣土〔WG260330-0001〕地点已更正" in district.last_text("wrCG")
    assert "张师傅" not in district.chat_text("wrCG")
