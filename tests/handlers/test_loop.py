"""The whole loop, three ways: typed commands, pressed buttons, plain replies to a quote."""

from models.workflow import Status
from tests.district import RUBBLE, District

LOOP = ["report", "assign", "sign", "feedback", "verify", "rate"]


def test_a_case_goes_round_by_commands(district: District) -> None:
    case = district.close_case()
    assert district.acts(case) == [*LOOP[:-1], "deliver_answer", LOOP[-1]]
    assert case.status == Status.CLOSED


def test_a_case_goes_round_by_clicks(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE, photos=1)
    district.press("wrDUTY", "duty1", "交办", unit="HM-CG")
    district.press("wrCG", "cg1", "签收")
    district.say("wrCG", "cg1", "/反馈 已清运", photos=1)
    district.press("wrDUTY", "duty1", "核查通过")
    assert district.press("wrINTAKE", "zhangsf", "已解决，满意") == "act.rate"
    assert district.acts() == LOOP


def test_a_case_goes_round_by_plain_replies(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "交办 城管局", quote=district.last_card("wrDUTY").desc)
    assert district.say("wrCG", "cg1", "签收", quote=district.last_text("wrCG")) == "act.sign"
    assert (
        district.say("wrCG", "cg1", "已清理干净", quote=district.last_text("wrCG"), photos=1)
        == "act.feedback"
    )
    assert district.say("wrDUTY", "duty1", "核查通过", quote=district.last_text("wrDUTY")) == "act.verify"
    assert (
        district.say("wrINTAKE", "zhangsf", "修好了，谢谢", quote=district.last_text("wrINTAKE"))
        == "act.rate"
    )
    assert district.acts() == LOOP
