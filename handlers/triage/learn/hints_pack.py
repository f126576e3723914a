"""Learned hints as a YAML file: heaviest pieces first, for anybody with a text editor."""

from typing import Any

import yaml

from handlers.triage.learn import parts_pack
from handlers.triage.learning.ngram_training import Learned
from handlers.triage.learning.pack_writer import WIDTH
from handlers.triage.rules.schema import LabelRule

HEADER = """\
# 学得的字眼：由 gridbot rules hints 从 {examples} 条例句得出，共 {weights} 个分值，单位是百分之一分。
# 写法：
#   classes  每个类别：「分值: 单字或相邻两字」，越高越像这一类；
#            规则里的词照样算，这里只补词没有说到的。
#   report   正分像来反映事情，负分像闲聊。
#   urgent   正分像十万火急，负分像不急。
#   natures  每种性质，越高越像。
#   start    一个字也没有读到时的分；of 是例句的指纹。
#   spots    地点（place）从哪里起、到哪里止，写法和 addresses.yaml 一样。
# 要改，请增删例句（examples.txt），再学一遍；也可以直接改分值。
"""


def dump(learned: Learned) -> str:
    """The file, the same to the byte for the same hints."""
    rules = learned.rules
    pack = {
        "version": "learned",
        "hints": {
            "of": rules.of,
            "report": _side(rules.report),
            "urgent": _side(rules.urgent),
            "natures": {nature: _side(side) for nature, side in rules.natures.items()},
            "classes": {class_id: _side(side) for class_id, side in rules.classes.items()},
        },
        **({"spots": parts_pack.plain(learned.spots)} if learned.spots else {}),
    }
    header = HEADER.format(examples=learned.examples, weights=learned.weights())
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=WIDTH)


def _side(side: LabelRule) -> dict[str, Any]:
    return {
        "start": side.start, "words": {weight: " ".join(words) for weight, words in side.words.items()},
    }  # fmt: skip
