"""How many messages triage reads per second, beside `jieba.lcut` cutting the same texts.

Run it with `python -m bench.rules`. The texts are put together here from made-up pieces:
30 characters for the whole of triage, 300 for matching and for cutting.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from handlers.triage import engine
from handlers.triage.rules import packs
from handlers.triage.text import common_words
from handlers.triage.text.segmenter import build_tokenizer
from handlers.triage.types import Facts

RULES = Path(__file__).parents[1] / "rules" / "default.yaml"
ROADS = ("长江路", "解放街", "人民中路", "静海路", "和平巷", "滨江大道")
MATTERS = (
    "垃圾堆了三天没人清", "路灯坏了一个星期", "井盖翘起来咣当响", "店里桌椅摆到人行道", "有人乱停车挡住大门",
    "夜里施工吵得睡不着", "下水道堵了污水冒出来", "电线垂下来有点吓人",
)  # fmt: skip
TALK = (
    "今天天气不错出去走走",
    "晚上一起吃个饭吧",
    "孩子考得很好大家都高兴",
    "刚买的西瓜又甜又便宜",
    "收到谢谢各位",
)


def measure(rounds: int = 2_000) -> dict[str, float]:
    """Messages per second: the whole of triage on short texts, matching and jieba on long ones."""
    chance = random.Random(20261121)
    short = [_make_text(chance, 30) for _ in range(rounds)]
    long = [_make_text(chance, 300) for _ in range(rounds // 4)]
    classifier = engine.build_classifier(packs.load_pack([RULES]), [], common=common_words.load_short_words)
    classifier.compile()
    facts = Facts(addressed=False)
    cut = _load_cutter()
    gc.freeze()  # as the program does once it has started
    jieba_per_s = _measure_rate(cut, long)
    match_per_s = _measure_rate(classifier.count_matches, long)
    return {
        "texts": float(len(short) + len(long)),
        "triage_per_s": _measure_rate(lambda text: classifier.triage(text, facts=facts), short),
        "jieba_per_s": jieba_per_s,
        "match_per_s": match_per_s,
        "ratio_to_jieba": round(match_per_s / jieba_per_s, 1),
    }


def _make_text(chance: random.Random, length: int) -> str:
    pieces = ""
    while len(pieces) < length:
        matter = chance.choice(MATTERS if chance.random() < 0.4 else TALK)
        pieces += f"{chance.choice(ROADS)}{chance.randint(1, 300)}号{matter}，"
    return pieces[:length]


def _load_cutter() -> Callable[[str], object]:
    return build_tokenizer().lcut  # type: ignore[no-any-return]


def _measure_rate(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """The best of three runs, so that other load on the machine does not count."""
    for text in texts[:50]:
        work(text)
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for text in texts:
            work(text)
        best = min(best, time.perf_counter() - started)
    return round(len(texts) / best, 1)


if __name__ == "__main__":
    print(measure())
