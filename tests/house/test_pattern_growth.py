"""No pattern of the program is worse than linear: one long word in a message must not hold the process."""

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType

import pytest

import bot
import handlers
import models
import scheduler
from handlers.cases.privacy import mask
from handlers.triage.engine import build_classifier
from handlers.triage.types import Facts, UnitFact
from models.normalization import normalize_text
from tests.rule_packs import load_shipped_pack

SHORT, MIDDLE, LONG = 1_000, 2_000, 8_000
GROWTH = 20
"""Eight times the text: a linear pattern takes 8 times as long, a quadratic one 64 times; the bar lies between."""
NOISE = 0.03
"""Seconds of CPU below which a time says nothing; whatever grows with the square is above it by far."""
FAINT = NOISE * (MIDDLE / LONG) ** 2
"""The same of the middle text: what grows with the square and takes less there stays below NOISE."""
ROUNDS = 3
"""A neighbour that takes the caches slows long text only, for a while: what grows too fast does so every time."""
TRIES = 5
"""A busy machine only ever adds to a time: the least of some tries is what the work itself takes."""
RUNS = (
    "a", "Z", "0", "1", "一", "十", "王", "路", "号", "栋", "村", "的", "了", "没", "好", "我", "早", "年", "小路",
    " ", "\n", "\t", "\u3000", "-", "_", "*", "/", "#", "@", ".", ",", "，", "。", "、", "：", "·", "～", "!", "%",
    "[", "]", "(", "（", "【", "】", "“", "<", "`", "\\u", "${A", "〔", "👍", "👨\u200d", "\u200b", "１", "⻋", "e\u0301",
    "a@", "a.", "a@a.", "a@a", "http://", "www.", "[a](", "<font", "1-", "1-1-", "1.", "1 ", "1 -", "1月1", "1一",
    "1号", "1号楼1号", "WG26", "〔WG261121-", "TZ261121-", "more-", "138", "138 ", "1 3 8 ", "一三八", "苏F", "京A1",
    "微信", "电话", "我叫", "我是", "微信号叫", "姓名：", "张", "欧阳", "张 ", "祝您", "谁知道", "处理", "不是", "有人",
)  # fmt: skip


def _modules() -> Iterator[ModuleType]:
    for package in (bot, handlers, models, scheduler):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # The migrations run inside Alembic only.
            if ".migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _patterns(value: object, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for item in value.values():
            yield from _patterns(item, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _patterns(item, depth + 1)


def _all_patterns() -> dict[str, re.Pattern[str]]:
    """By module and name; of equal patterns one."""
    found: dict[re.Pattern[str], str] = {}
    for module in _modules():
        for name, value in vars(module).items():
            for pattern in _patterns(value):
                found.setdefault(pattern, f"{module.__name__}.{name}")
    return {f"{where}#{number}": pattern for number, (pattern, where) in enumerate(found.items())}


def _seconds(work: Callable[[], object]) -> float:
    """CPU of this thread; without the collector, which would walk all that the tests before it have left."""
    gc.disable()
    started = time.thread_time()
    try:
        work()
        return time.thread_time() - started
    finally:
        gc.enable()


def _grows(work: Callable[[str], object], run: str) -> bool:
    """Whether LONG text takes more than GROWTH times as long as SHORT text."""
    text = f"{run * (LONG // len(run))}\0"
    middle, short = f"{text[:MIDDLE]}\0", f"{text[:SHORT]}\0"
    if _seconds(lambda: work(middle)) < FAINT or _seconds(lambda: work(text)) < NOISE:
        return False
    return all(_outgrows(work, text, short) for _ in range(ROUNDS))


def _outgrows(work: Callable[[str], object], text: str, short: str) -> bool:
    """Whether even the quickest try is too slow; one that is not shows it, and ends the round."""
    bar = GROWTH * min(_seconds(lambda: work(short)) for _ in range(TRIES))
    return all(_seconds(lambda: work(text)) > bar for _ in range(TRIES))


def _use(pattern: re.Pattern[str]) -> Callable[[str], object]:
    def work(text: str) -> None:
        pattern.match(text)
        pattern.fullmatch(text)
        for _ in pattern.finditer(text):
            pass

    return work


def _words_of(pattern: re.Pattern[str]) -> Iterable[str]:
    """What the pattern itself looks for, repeated, comes furthest into it."""
    return dict.fromkeys(re.findall(r"[\u4e00-\u9fff]{1,4}|[A-Za-z]{2,}", pattern.pattern)[:12])


def test_the_patterns_are_found() -> None:
    assert len(_all_patterns()) > 100


def test_no_pattern_grows_faster_than_its_text() -> None:
    slow = [
        f"{where} on {run!r}"
        for where, pattern in _all_patterns().items()
        for run in (*RUNS, *_words_of(pattern))
        if _grows(_use(pattern), run)
    ]

    assert slow == []


def test_a_quadratic_pattern_would_be_found() -> None:
    assert _grows(_use(re.compile(r"[\w.]+@[\w.]+")), "a")


@pytest.fixture(scope="module")
def triage() -> Callable[[str], object]:
    units = (
        UnitFact("HM", "海门区", "district"),
        UnitFact("HM-HM", "海门街道", "town", parent="HM", places=("长江路", "静海路", "天华路")),
    )
    classifier = build_classifier(load_shipped_pack(), units)
    return lambda text: classifier.triage(text, facts=Facts())


MATTERS = (
    "静海路",
    "长江路和",
    "井盖没了",
    "着火",
    "天华路20号",
    "3栋2单元",
    "那条",
    "水",
    "在",
    "地",
    "一百",
)


def test_triage_grows_with_the_text_only(triage: Callable[[str], object]) -> None:
    assert [run for run in (*RUNS, *MATTERS) if _grows(triage, run)] == []


def test_masking_and_normalizing_grow_with_the_text_only() -> None:
    names = ("张小明", "欧阳娜娜")
    assert [run for run in (*RUNS, *MATTERS) if _grows(lambda text: mask(text, *names), run)] == []
    assert [run for run in (*RUNS, *MATTERS) if _grows(normalize_text, run)] == []
