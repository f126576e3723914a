"""Learned address parts as a YAML file: heaviest marks first, for anybody with a text editor."""

from collections.abc import Mapping
from typing import Any

import yaml

from handlers.triage.address.parser import ROLES
from handlers.triage.learning.address_training import Learned
from handlers.triage.learning.pack_writer import WIDTH
from handlers.triage.rules.schema import LabelRule, PartRule, PartRules, Words

HEADER = """\
# 学得的地址部件：由 gridbot rules learn 从 {addresses} 条标好部件的地址得出，共 {weights} 个分值，
# 每一个都在至少 {least} 条不同的地址里出现过；门牌号码本身从来不看。
# 写法：
#   types   每种部件：它的头一个字（begin）、中间的字（inside）、最后一个字（end）、只有一个字（only）。
#           没有写的就不会出现。start 是什么也没看到时的分；words 是「分值: 记号」，正分支持，负分排除。
#   next    它后面接哪种部件：「分值: 部件」。
#   endings 部件常用哪些字收尾，0 是数字。
# 记号，方括号里是正在看的那个字（一串数字算一个字，写作 0）：
#   [路] 就是「路」   中[路]号 连同前后   路[] 前一个   []号 后一个   路·[] 前面隔一个   []·号 后面隔一个
#   [3位] 三位数（5位：五位及以上）   ^ 开头   $ 结尾   ␣ 空格   []= 和 =[] 这两个字前面已经说过
#   []…路 从这里往后，第一个收尾字是「路」   []2…路 而且隔两个字   路…[] 往前，最近的收尾字是「路」
# 整句总分最高的读法胜出。可以随意增删、改分；要换成自己的，重新学一份，写在配置的 packs 最后。
"""


def dump(learned: Learned) -> str:
    """The file, the same to the byte for the same marks."""
    rules = learned.rules
    pack = {
        "version": "learned",
        "parts": plain(rules),
    }
    header = HEADER.format(addresses=learned.addresses, weights=learned.weights(), least=learned.least)
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=WIDTH)


def plain(rules: PartRules) -> dict[str, Any]:
    """The rules as YAML has them."""
    return {
        **({"near": True} if rules.near else {"endings": " ".join(rules.endings)}),
        "types": {name: _type(rule) for name, rule in rules.types.items()},
    }


def _type(rule: PartRule) -> dict[str, Any]:
    roles = {name: _role(said) for name in ROLES if (said := rule.role(name))}
    return {**roles, "next": _lists(rule.next)}


def _role(said: LabelRule) -> dict[str, Any]:
    return {"start": said.start, "words": _lists(said.words)}


def _lists(several: Mapping[int, Words]) -> dict[int, str]:
    return {weight: " ".join(words) for weight, words in several.items()}
