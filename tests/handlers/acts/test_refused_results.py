"""A result that was refused is shown to nobody as the result."""

from collections.abc import Callable

import pytest

from models.messages import PartKind
from models.reports import Media
from tests.district import District, make_photo


def refuse_by_check(district: District) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/核查 0001 不通过 还有一半没清") == "act.verify"


def refuse_by_reporter(district: District) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决 还有一半没清") == "act.rate"


def refuse_by_reopening(district: District) -> None:
    district.close_case()
    assert district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了") == "act.reopen"
    assert district.say("wrDUTY", "duty1", "/交办 0001 城管局") == "act.assign"


def roles(district: District) -> dict[int, str]:
    return {media.position: media.role for media in district.media()}


def shown(district: District, chat: str) -> list[int]:
    """Positions of the photos that a chat got."""
    position = {media.id: media.position for media in district.media()}
    return [position[photo.media] for photo in district.photos(chat)]


@pytest.mark.parametrize("refuse", [refuse_by_check, refuse_by_reporter, refuse_by_reopening])
def test_a_refused_photo_is_not_sent_as_the_result_when_a_later_one_passes(
    district: District, refuse: Callable[[District], None]
) -> None:
    refuse(district)
    assert roles(district) == {0: "process"}
    before = len(shown(district, "wrINTAKE")), len(shown(district, "wrDUTY"))
    assert district.say("wrCG", "cg1", "/反馈 0001 全部清完", photos=[make_photo(7)]) == "act.feedback"
    assert shown(district, "wrDUTY")[before[1] :] == [7]
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert shown(district, "wrINTAKE")[before[0] :] == [7]
    assert roles(district) == {0: "process", 7: "after"}


def test_without_a_new_photo_the_refused_one_does_not_stand_in(sqlite_district: District) -> None:
    district = sqlite_district
    refuse_by_check(district)
    assert district.say("wrCG", "cg1", "/反馈 0001 全部清完") == "act.feedback"
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert shown(district, "wrINTAKE") == []


def test_a_result_of_before_this_version_is_replaced_by_the_next_one(sqlite_district: District) -> None:
    district = sqlite_district
    refuse_by_check(district)
    with district.database.write() as session:
        session.merge(district.media()[0]).role = "after"
    assert district.say("wrCG", "cg1", "/反馈 0001 全部清完", photos=[make_photo(7)]) == "act.feedback"
    assert roles(district) == {0: "process", 7: "after"}


def test_a_reporters_voice_is_sent_to_nobody(sqlite_district: District) -> None:
    district = sqlite_district
    case = district.report_case(photos=1)
    with district.database.write() as session:
        voice = make_photo(5, text="长江路静海路口工地门口建筑垃圾")
        row = Media.from_attachment(voice, case_id=case.id)
        row.kind = PartKind.VOICE
        session.add(row)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=[make_photo(7)])
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    sent = {chat: shown(district, chat) for chat in ("wrDUTY", "wrCG", "wrZJ", "wrINTAKE")}
    # Whoever helps sees the result of the unit it helps.
    assert (sent["wrCG"], sent["wrZJ"]) == ([0], [0, 7])
    assert not any(5 in positions for positions in sent.values())
