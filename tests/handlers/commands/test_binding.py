"""/绑定 and /解绑: who may give which group to which unit."""

from models.organisation import ChatUse, Person, Role
from tests.district import RUBBLE, District


def hire(district: District, code: str, role: Role, unit: str) -> None:
    """Give somebody of the sample another job."""
    with district.database.write() as session:
        person = session.get_one(Person, district.person(code).id)
        person.role, person.unit_id = role, district.unit(unit).id


def test_duty_binds_a_new_group_to_a_unit(district: District) -> None:
    assert district.say("wrNEW", "duty1", "/绑定 水利局 处置") == "command.bind"
    chat = district.chat("wrNEW")
    assert (chat.use, chat.unit_id) == (ChatUse.HANDLING, district.unit("HM-SL").id)
    assert district.last_text("wrNEW") == "本群已绑定：水利局，用途：处置。群编号（chat_id）：wrNEW"


def test_a_bound_group_gets_its_tasks(district: District) -> None:
    district.say("wrNEW", "duty1", "/绑定 水利局 处置")
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 水利局")
    assert "新任务" in district.last_text("wrNEW")


def test_binding_again_changes_the_binding(district: District) -> None:
    district.say("wrNEW", "duty1", "/绑定 水利局 处置")
    district.say("wrNEW", "duty1", "/绑定 海门街道 上报")
    district.say("wrNEW", "duty2", "/绑定 海门街道 上报")
    assert district.chat("wrNEW").use == ChatUse.INTAKE


def test_unbinding_ends_the_pushes_but_not_the_reports(district: District) -> None:
    assert district.say("wrINTAKE", "duty1", "/解绑") == "command.unbind_asked"
    assert district.say("wrINTAKE", "duty2", "/解绑") == "command.unbind"
    assert (district.chat("wrINTAKE").use, district.chat("wrINTAKE").unit_id) == (ChatUse.UNBOUND, None)
    assert district.say("wrINTAKE", "zhangsf", RUBBLE) == "case.opened"


def test_unbinding_a_group_nobody_bound_is_refused(district: District) -> None:
    assert district.say("wrNEW", "duty1", "/解绑") == "refused.wrong_state"


def test_without_a_unit_or_a_use_the_command_explains_itself(district: District) -> None:
    for text in ("/绑定", "/绑定 水利局", "/绑定 水利局 闲聊"):
        assert district.say("wrNEW", "duty1", text) == "refused.missing_need"
    assert "用途有：上报、处置、值班、居民" in district.last_text("wrNEW")


def test_a_handler_may_not_bind(district: District) -> None:
    assert district.say("wrCG", "cg1", "/解绑") == "refused.not_allowed"
    assert district.say("wrNEW", "cg1", "/绑定 城管局 处置") == "refused.not_allowed"


def test_a_direct_conversation_is_never_bound(district: District) -> None:
    assert district.say("duty1", "duty1", "/绑定 城管局 处置", direct=True) == "refused.not_allowed"


def test_a_coordinator_binds_within_their_own_town(district: District) -> None:
    hire(district, "wgxl", Role.COORDINATOR, "HM-BJ")
    assert district.say("wrNEW", "wgxl", "/绑定 海门街道 上报") == "refused.not_allowed"
    assert district.say("wrNEW", "wgxl", "/绑定 滨江社区 居民") == "command.bind"


def test_a_coordinator_takes_no_group_of_somebody_else(district: District) -> None:
    hire(district, "wgxl", Role.COORDINATOR, "HM-BJ")
    assert district.say("wrDUTY", "wgxl", "/绑定 滨江街道 上报") == "refused.not_allowed"
    assert district.say("wrDUTY", "wgxl", "/解绑") == "refused.not_allowed"
    assert district.chat("wrDUTY").use == ChatUse.DUTY


# The group of another unit --------------------------------------------------------------------


def test_to_bind_a_group_of_another_unit_a_second_person_is_asked(district: District) -> None:
    before = district.chat("wrCG").unit_id
    assert district.say("wrCG", "duty1", "/绑定 住建局 处置") == "command.bind_asked"
    assert district.chat("wrCG").unit_id == before
    assert "「城管处置群」是城管局的群，改动要两个人" in district.last_text("wrCG")
    assert "/绑定 住建局 处置" in district.last_text("wrDUTY")
    assert district.say("wrCG", "duty2", "/绑定 住建局 处置") == "command.bind"
    assert district.chat("wrCG").unit_id == district.unit("HM-ZJ").id


def test_nobody_is_their_own_second_person(district: District) -> None:
    for words in ("/绑定 住建局 处置", "/绑定 住建局 处置", "/确认"):
        district.say("wrCG", "duty1", words)
    assert district.chat("wrCG").unit_id == district.unit("HM-CG").id


def test_the_second_person_says_the_same_and_within_a_day(district: District) -> None:
    district.say("wrCG", "duty1", "/绑定 住建局 处置")
    assert district.say("wrCG", "duty2", "/绑定 公安局 处置") == "command.bind_asked"
    district.advance(hours=25)
    assert district.say("wrCG", "duty2", "/绑定 住建局 处置") == "command.bind_asked"
    assert district.chat("wrCG").unit_id == district.unit("HM-CG").id


def test_a_group_of_ones_own_unit_is_changed_at_once(district: District) -> None:
    assert district.say("wrDUTY", "duty1", "/绑定 区值班室 处置") == "command.bind"
    assert district.chat("wrDUTY").use == ChatUse.HANDLING


def test_a_group_is_not_taken_by_unbinding_it_first(district: District) -> None:
    assert district.say("wrCG", "duty1", "/解绑") == "command.unbind_asked"
    assert district.chat("wrCG").unit_id == district.unit("HM-CG").id
