"""What a machine wrote down has no stops."""

import pytest

from handlers.triage.text.normalize import is_dictated


@pytest.mark.parametrize(
    "text",
    [
        "小区南门进来第二排车棚顶上的灯管闪了快一个星期了晚上眼睛都要瞎了",
        "喂你好我是菜场边上开店的门口那个沟盖板翘起来了好几天了",
    ],
)
def test_a_long_sentence_without_a_stop_was_dictated(text: str) -> None:
    assert is_dictated(text)


@pytest.mark.parametrize(
    "text",
    ["车棚灯管闪", "小区南门进来第二排车棚顶上的灯管闪了快一个星期了，晚上眼睛都要瞎了", ""],
)
def test_what_is_short_or_has_stops_was_typed(text: str) -> None:
    assert not is_dictated(text)
