"""Addresses made up for tests, with their parts: no place of these names is meant."""

import random
from typing import Any

TOWNS = ("东沟镇", "西桥街道", "双塔镇", "白鹭街道", "青禾乡")
VILLAGES = ("红星村", "前进社区", "双塘村", "柳湾社区")
ROADS = ("长风路", "青年大道", "南门街", "水塔路", "槐树街")
ESTATES = ("锦绣花园", "阳光小区", "东方家园", "桃源小区")


def rows(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """Labelled rows, as `gridbot rules learn` reads them."""
    chance = random.Random(seed)
    return [_row(chance, number) for number in range(count)]


def _row(chance: random.Random, number: int) -> dict[str, Any]:
    pieces = [("town", chance.choice(TOWNS))] if chance.random() < 0.7 else []
    if chance.random() < 0.4:
        pieces.append(("community", chance.choice(VILLAGES)))
    else:
        pieces.append(("road", chance.choice(ROADS)))
        pieces.append(("roadno", f"{chance.randint(1, 999)}号"))
    if chance.random() < 0.6:
        pieces.append(("poi", chance.choice(ESTATES)))
        pieces.append(("houseno", f"{chance.randint(1, 40)}幢"))
    if pieces[-1][0] == "houseno" and chance.random() < 0.5:
        pieces += [("redundant", "-"), ("roomno", str(chance.randint(101, 999)))]
    spans, text = [], ""
    for kind, said in pieces:
        spans.append([kind, len(text), len(text) + len(said)])
        text += said
    return {"id": f"made-up-{number}", "text": text, "spans": spans}
