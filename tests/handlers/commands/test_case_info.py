"""Commands that only look: /查, /我的, /帮助."""

from tests.district import LAMP, District


def test_history_tells_every_step_with_its_time(district: District) -> None:
    district.close_case()
    assert district.say("wrDUTY", "duty1", "/查 0001") == "command.show"
    lines = district.last_text("wrDUTY").splitlines()
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
    assert district.say(chat, user, "/帮助") == "command.help"
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
    district.say("duty1", "duty1", "/help", direct=True)
    assert "/绑定" not in district.last_text("duty1")
