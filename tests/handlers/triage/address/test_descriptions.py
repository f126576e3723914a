import pytest

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts

FACTS = Facts()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("秋实路粮库后门那条坡一下雨就打滑", "秋实路粮库后门那条坡"),
        ("白云小区北边的荒地又有人倒渣土", "白云小区北边的荒地"),
        ("清泉路66号的湘菜馆半夜还在放音响", "清泉路66号的湘菜馆"),
        ("青石桥往东第二个路口井盖响", "青石桥往东第二个路口"),
        ("建国路下来第一个弯护栏断了", "建国路下来第一个弯"),
        ("丰收大道临时便道段全是泥浆", "丰收大道临时便道段"),
        ("水堵在这里，文华小学对面的老厂房里", "文华小学对面的老厂房里"),
        ("兴旺街对面小卖部卖过期奶", "兴旺街对面小卖部"),
        ("育英路口那家修理厂把油倒进下水道", "育英路口那家修理厂"),
        ("和顺大桥第三个桥墩外侧挂着渔网", "和顺大桥第三个桥墩外侧"),
    ],
)
def test_what_stands_on_the_ground_behind_a_name_is_part_of_the_place(
    bare: Classifier, text: str, place: str
) -> None:
    found = bare.find_place(text, FACTS)
    assert found is not None
    assert found.text == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("秋实路粮库后门的路灯不亮", "秋实路粮库后门"),
        ("白云小区5栋的电梯又停了", "白云小区5栋"),
        ("清泉路66号那几个桶满了", "清泉路66号"),
        ("白云小区北门那根电线杆歪了", "白云小区北门"),
        ("白云小区那个坝坝舞吵死人", "白云小区"),
        ("清泉路有三处塌陷", "清泉路"),
        ("清泉路上很黑", "清泉路"),
    ],
)
def test_the_matter_behind_a_name_is_none_of_it(bare: Classifier, text: str, place: str) -> None:
    found = bare.find_place(text, FACTS)
    assert found is not None
    assert found.text == place
