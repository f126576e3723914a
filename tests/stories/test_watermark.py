"""A rider's photo says where: the watermark of its camera answers the question for the place."""

import base64
from pathlib import Path

from models.database import Database
from tests.stories.town import MovableClock, run_story

PHOTO = Path(__file__).parents[1] / "data" / "watermark.jpg"


def test_a_watermark_says_where_and_nobody_waits_for_it(
    sqlite_database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    url = str(sqlite_database.engine.url)
    with run_story(tmp_path, url, clock, config={"ocr": {"engine": "rapidocr"}}) as people:
        photo = base64.b64encode(PHOTO.read_bytes()).decode()
        people.box.say("wrINTAKE", "zhangsf", "路灯不亮", at_bot=True, photos=[photo])
        people.say("wrRESIDENTS", "chendy", "解放新村3幢楼下有建筑垃圾")
        people.wait_for_message("wrRESIDENTS", "已收到", "建筑垃圾")
        people.wait_for_message("wrINTAKE", "海门区解放路15号", "已收到", "地点是照片水印上的，不对请告诉我")
        assert [case["place"] for case in people.cases()].count("南通市海门区解放路15号") == 1
