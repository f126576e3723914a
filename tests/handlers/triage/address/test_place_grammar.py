import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts

FACTS = Facts()


@pytest.mark.parametrize(
    ("text", "place", "level"),
    [
        ("长江路静海路口工地门口有建筑垃圾", "长江路静海路口工地门口", "junction"),
        ("人民路与解放街交叉口红绿灯不亮了", "人民路与解放街交叉口", "junction"),
        ("解放新村3号楼2单元漏水", "解放新村3号楼2单元", "building"),
        ("请到和平路128号看看", "和平路128号", "number"),
        ("双桥村五组没水", "双桥村五组", "village"),
        ("幸福花园的垃圾没人收", "幸福花园", "estate"),
        ("人民公园门口有人摆摊", "人民公园门口", "landmark"),
        ("17幢三楼漏水", "17幢三楼", "building"),
        ("4栋电梯卡在6楼7楼中间", "4栋", "building"),
        ("滨江大道往东那段路面有坑", "滨江大道往东那段", "road"),
        ("学士路菜场后面那条弄堂臭死了", "学士路菜场后面那条弄堂", "road"),
        ("路灯黑了半个月，杨家湾", "杨家湾", "landmark"),
        ("有人打架在百乐健身", "百乐健身", "landmark"),
        ("仁和药房卖过期药", "仁和药房", "landmark"),
        ("住在金域时代6幢的反映漏水", "金域时代6幢", "building"),
        ("公交站牌（石板桥）上贴满了广告", "公交站牌（石板桥）", "landmark"),
        ("老312国道上全是黄泥", "老312国道", "road"),
        ("礼嘉桥村没水", "礼嘉桥村", "village"),
        ("三八路拐弯处井盖没了", "三八路拐弯处", "road"),
        ("没人管的垃圾，青石巷12号后门", "青石巷12号后门", "number"),
        ("青石巷那家药房没开票", "青石巷那家药房", "road"),
        ("滨江大道K3+200处护栏没了", "滨江大道K3+200处", "number"),
        ("丹霞山红绿灯坏了", "丹霞山", "landmark"),
        ("石桥村委会对面全是垃圾", "石桥村委会对面", "village"),
        ("没有信号，老南门", "老南门", "landmark"),
        ("国道207双溪服务区出口护栏断了", "国道207双溪服务区出口", "road"),
        ("兴隆镇桂花4队没水", "兴隆镇桂花4队", "village"),
        ("桂苑小区顶楼1802漏水", "桂苑小区顶楼1802", "estate"),
        ("锦绣里二期 9 栋楼道灯不亮", "锦绣里二期 9 栋", "building"),
        ("县道X118 K3+200边上塌了", "县道X118 K3+200边上", "number"),
        ("修配厂家属院东头没热气", "修配厂家属院东头", "estate"),
        ("东门消防站门口积水", "东门消防站门口", "landmark"),
        ("风把卫生站门口的树刮倒了", "卫生站门口", "landmark"),
        ("莲花池翻白肚皮的鱼漂了一层", "莲花池", "landmark"),
        ("五金城8号铺把货摆到盲道上", "五金城8号铺", "landmark"),
        ("旧货商城二楼往外冒烟", "旧货商城二楼", "building"),
        ("【上报】位置：石桥村通组路口往西200米处 情况：塌方", "石桥村通组路口往西200米处", "village"),
    ],
)
def test_the_most_telling_place_is_found(bare: Classifier, text: str, place: str, level: str) -> None:
    found = bare.find_place(text, FACTS)
    assert found is not None
    assert (found.text, found.level) == (place, level)


@pytest.mark.parametrize(
    "text",
    [
        "楼上又在吵",
        "家里停水了",
        "我在路上",
        "这条路走不通",
        "我们小区的物业不管事",
        "坐12路公交去上班",
        "8月5号来的",
        "街上人很多",
        "楼道里的灯不亮",
        "电梯坏了，没人修，气死人了",
        "老板不给工资，去哪里说理",
        "十二路公交半天不来",
    ],
)
def test_what_cannot_be_found_on_the_ground_is_no_place(bare: Classifier, text: str) -> None:
    assert bare.find_place(text, FACTS) is None


def test_a_name_of_the_organisation_tells_the_unit_it_lies_in(haimen: Classifier) -> None:
    found = haimen.find_place("叠石桥那边有人打架", Facts(chat_unit="HM"))
    assert found is not None
    assert (found.unit, found.text) == ("HM-SX", "叠石桥")


def test_a_name_two_districts_share_means_the_one_of_the_chat(haimen: Classifier) -> None:
    ours = haimen.find_place("长江路积水", Facts(chat_unit="HM"))
    theirs = haimen.find_place("长江路积水", Facts(chat_unit="CS"))
    assert (ours and ours.unit, theirs and theirs.unit) == ("HM-HM", "CS-XS")


def test_a_place_nobody_knows_lies_in_the_unit_of_the_chat(haimen: Classifier) -> None:
    found = haimen.find_place("秀山路积水", Facts(chat_unit="HM-HM-JF"))
    assert found is not None
    assert found.unit == "HM-HM-JF"


def test_the_group_supplies_a_coarse_place(haimen: Classifier) -> None:
    found = haimen.find_place("家里停水了", Facts(chat_unit="HM-HM-JF-1"))
    assert found is not None
    assert (found.level, found.text, found.start, found.end) == ("unit", "解放新村一网格", 0, 0)


@given(st.text(alphabet="长江路静海口工地门在的3号楼2单元村五组那条弄堂，。 解放新公园", max_size=40))
def test_a_place_is_an_exact_piece_of_the_text(bare: Classifier, text: str) -> None:
    found = bare.find_place(text, FACTS)
    assert found is None or text[found.start : found.end] == found.text != ""
