"""Commands that only look: /查, /我的, /帮助."""

import pytest

from tests.district import LAMP, District


def test_history_tells_every_step_with_its_time(district: District) -> None:
    district.close_case()
    assert district.say("wrDUTY", "duty1", "/查 0001") == "command.show"
    lines = district.last_text("wrDUTY").splitlines()
    assert lines[0].endswith("环节：考核评价。")
    assert [line.split()[-1] for line in lines[1:]] == [
        "上报",
        "交办",
        "签收",
        "反馈",
        "核查",
        "答复送达",
        "评价",
    ]
    assert lines[3] == "03-30 09:07 城管一号 签收"


def test_history_leaves_the_reporter_unnamed(district: District) -> None:
    district.verify_case()
    district.say("wrCG", "cg1", "/查 0001")
    assert "03-30 09:05 报事人 上报" in district.last_text("wrCG")
    assert "张师傅" not in district.chat_text("wrCG")


def test_history_of_a_quoted_case_needs_no_number(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/查", quote=district.last_text("wrCG")) == "command.show"


def test_mine_lists_what_i_reported(district: District) -> None:
    district.report_case()
    district.report_case(LAMP)
    assert district.say("zhangsf", "zhangsf", "/我的", direct=True) == "command.mine"
    assert district.last_text("zhangsf").splitlines() == [
        "我的事件（2 件）",
        "0002 待受理 路灯不亮（解放路15号） 4月2日 09:07前",
        "0001 待受理 积存建筑垃圾渣土（长江路静海路口工地…） 4月3日 09:05前",
    ]


def test_mine_lists_what_waits_for_my_unit(district: District) -> None:
    district.dispatch_case()
    district.say("cg2", "cg2", "/我的", direct=True)
    assert "0001 待签收" in district.last_text("cg2")
    district.say("zj1", "zj1", "/我的", direct=True)
    assert "0001" not in district.last_text("zj1")


def test_mine_shows_ten_and_how_to_see_the_others(district: District) -> None:
    for _ in range(12):
        district.say("wrINTAKE", "zhangsf", LAMP)
        district.advance(minutes=3)
    district.say("wrINTAKE", "zhangsf", "/我的")
    lines = district.last_text("wrINTAKE").splitlines()
    assert (lines[0], lines[-1], len(lines)) == (
        "我的事件（12 件，第 1/2 页）", "还有 2 件，发 /我的 2", 12,
    )  # fmt: skip
    district.say("wrINTAKE", "zhangsf", "/我的 2")
    assert district.last_text("wrINTAKE").splitlines()[0] == "我的事件（12 件，第 2/2 页）"
    assert len(district.last_text("wrINTAKE").splitlines()) == 3


def test_who_has_nothing_is_told_so(district: District) -> None:
    district.say("wrINTAKE", "liay", "/我的")
    assert district.last_text("wrINTAKE") == "您还没有上报过事件；不便在群里说的，请私聊我发 /我的 看。"


def help_for(district: District, user: str, chat: str = "wrDUTY") -> str:
    assert district.say(chat, user, "/帮助 全部") == "command.help"
    return district.last_text(chat)


def test_help_fits_a_handler(district: District) -> None:
    text = help_for(district, "cg1")
    assert "/签收 编号：" in text
    assert "/退回 编号 理由 [建议单位]：" in text
    assert "/交办" not in text
    assert "/绑定" not in text


def test_help_fits_a_reporter(district: District) -> None:
    text = help_for(district, "zhangsf")
    assert "/评价 编号" in text
    assert "/核查" not in text
    assert "/签收" not in text


def test_help_fits_the_duty_desk(district: District) -> None:
    text = help_for(district, "duty1")
    assert "/交办 编号 单位 [时限]：" in text
    assert "/同意 编号：" in text
    assert "/绑定 单位 用途：" in text
    assert "/签收" not in text


def test_help_in_a_direct_conversation_offers_no_binding(district: District) -> None:
    district.say("duty1", "duty1", "/帮助 全部", direct=True)
    assert "/绑定" not in district.last_text("duty1")


@pytest.mark.parametrize(
    ("user", "chat", "words"),
    [
        ("zhangsf", "wrINTAKE", "没解决"),
        ("wgxw", "wrRESIDENTS", "弄好了"),
        ("cg1", "wrCG", "签收"),
        ("duty1", "wrDUTY", "/交办"),
        ("leader1", "wrDUTY", "/督办"),
    ],
)
def test_the_help_is_five_lines_for_this_role(district: District, user: str, chat: str, words: str) -> None:
    district.say(chat, user, "/帮助")
    lines = district.last_text(chat).splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("@我 ")
    assert lines[-1] == "其余用法：发 /帮助 全部"
    assert words in "".join(lines)


def test_all_commands_stand_under_what_they_are_for(district: District) -> None:
    text = help_for(district, "duty1")
    titles = [line for line in text.splitlines() if line.startswith("【")]
    assert titles == [
        "【报事、评价】",
        "【派给谁】",
        "【办理】",
        "【申请、批准】",
        "【受理、督促、答复】",
        "【查看】",
        "【群、通知、热点】",
    ]


# Searching -------------------------------------------------------------------------------------


def found(district: District, user: str, said: str, chat: str = "") -> list[str]:
    assert district.say(chat or user, user, said, direct=not chat) == "command.found"
    return district.last_text(chat or user).splitlines()


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("长江路", ["0001"]),
        ("路灯", ["0002"]),
        ("灯不亮", ["0002"]),
        ("渣土", ["0001"]),
        ("城管局", ["0001"]),
        ("解放路 路灯", ["0002"]),
    ],
)
def test_cases_are_found_by_place_matter_and_unit(district: District, said: str, numbers: list[str]) -> None:
    district.dispatch_case()
    district.report_case(LAMP)
    first, *lines = found(district, "duty1", f"/查 {said}")
    assert first == f"「{said}」（{len(numbers)} 件）"
    assert [line[:4] for line in lines] == numbers


def test_what_is_found_comes_newest_first_ten_a_page(district: District) -> None:
    for _ in range(12):
        district.say("wrINTAKE", "zhangsf", LAMP)
        district.advance(minutes=3)
    lines = found(district, "duty1", "/查 解放路", "wrDUTY")
    assert (lines[0], lines[1][:4], lines[-1]) == (
        "「解放路」（12 件，第 1/2 页）",
        "0012",
        "还有 2 件，发 /查 解放路 2",
    )
    assert [line[:4] for line in found(district, "duty1", "/查 解放路 2", "wrDUTY")[1:]] == ["0002", "0001"]


def test_a_reporter_finds_their_own_and_nobody_elses(district: District) -> None:
    district.report_case()
    district.say("wrINTAKE", "liay", LAMP)
    assert found(district, "zhangsf", "/查 长江路")[1].startswith("0001")
    assert found(district, "zhangsf", "/查 解放路") == ["没有找到「解放路」。可以查路名、事情或单位。"]


def test_nobody_is_found_by_a_name_or_a_telephone(district: District) -> None:
    district.report_case("我是张师傅，电话13812345678，长江路静海路口工地门口建筑垃圾")
    for said in ("张师傅", "13812345678"):
        assert "没有找到" in found(district, "cg1", f"/查 {said}", "wrCG")[0]


def test_a_restricted_case_is_found_by_nobody_in_a_group(district: District) -> None:
    district.report_case("举报解放路15号窗口办事员收受商户红包")
    assert "没有找到" in found(district, "duty1", "/查 解放路", "wrDUTY")[0]
