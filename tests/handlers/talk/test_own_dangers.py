"""Danger in words that also say something of a case before: it is heard first, whatever they answer."""

from tests.district import District


def test_a_fire_under_the_quote_of_a_lamp_is_a_case_of_its_own(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "解放路99号路灯不亮")
    district.say("wrINTAKE", "zhangsf", "着火了，快来！", quote=district.last_text("wrINTAKE"))
    assert [case.urgent for case in district.cases()] == [False, True]


def test_a_fire_in_the_rubbish_is_heard_in_the_verdict_on_it(sqlite_district: District) -> None:
    district = sqlite_district
    district.report_case()
    district.dispatch_case()
    district.sign_case()
    district.submit_case()
    district.verify_case()
    district.say("wrINTAKE", "zhangsf", "人一走又堆满了，现在垃圾烧起来了，火好大")
    assert any(case.urgent for case in district.cases())


def test_a_count_is_no_number_of_a_case(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "grid1", "1500袋建筑垃圾倒在解放路88号门口")
    assert len(district.cases()) == 1
