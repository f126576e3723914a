"""Whoever asks not to be named is not given away by the rest of what they say."""

import pytest

from handlers.cases.privacy.source import hide_source
from tests.district import District

TOLD = "我跟你单独讲，长江路老胡卤味把发绿的鸭脖子冲一冲又卤，我取餐看见的。千万别透露我，我还要在他家接单"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("长江路垃圾没人收，我家门口都是", "长江路垃圾没人收，我家门口都是"),
        ("我家楼下烧烤摊油烟大，别说是我说的", "楼下烧烤摊油烟大"),
        ("别说是我讲的，我认识老板。长江路店里卖假烟", "长江路店里卖假烟"),
        ("请保密", ""),
    ],
)
def test_only_the_matter_is_left_where_somebody_asks_for_secrecy(said: str, read: str) -> None:
    assert hide_source(said) == read


def test_the_unit_reads_the_matter_and_the_desk_all(sqlite_district: District) -> None:
    sqlite_district.say("zhangsf", "zhangsf", TOLD, direct=True)
    number = sqlite_district.case().tail
    sqlite_district.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    unit, desk = sqlite_district.chat_text("wrCG"), sqlite_district.chat_text("wrDUTY")
    assert "鸭脖子冲一冲又卤" in unit
    assert "接单" not in unit
    assert "取餐" not in unit
    assert "我还要在他家接单" in desk
