"""Learned packs as YAML files for a text editor: heaviest first, equal bytes for equal weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from handlers.triage.address.parser import ROLES
from handlers.triage.learning import address_training, alarm_training, label_training, ngram_training
from handlers.triage.rules.schema import LabelRule, PartRule, PartRules, SayingRules

# Characters; a Chinese one is two columns wide, and a line should fit an office screen.
_WIDTH = 60
_LABEL_HEADER = """\
# 学得的关键词：由 gridbot rules learn 从 {messages} 条带标注的消息得出，每类最多 {words} 个词。
# 写法：
#   words   分值: 词（空格隔开）。正分支持这一类，负分排除这一类；可以随意增删、改分。
#   start   一个词也没有读到时的分。
#   score   怎样计分：词在标题（title）、正文（text）里各按份额计；repeat 是同一个词说几遍怎么算
#           （log 越多越不值钱，once 只算一遍）；length 越大，长文里的一个词越不值钱。
# 词按字面查找，互相重叠的都算。总分最高的类别胜出。
"""
_NGRAM_HEADER = """\
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
_ALARM_HEADER = """\
# 学得的轻重：一句话说的是眼前的危险，还是在谈论危险。由 gridbot rules dangers 从 {lines} 条带标注的话
# 和 {examples} 条例句得出，共 {weights} 个分值，单位是百分之一分。
# 只在写明的险字或弱险字（danger.yaml 的 words、near、sign）之间掂量；没有这些字，再像也不报警。
# 写法：
#   words    「分值: 单字或相邻两字」，正分像眼前的危险，负分像闲谈、往事、演练、提问。
#   groups   「分值: 词组」，有词组里的词就算一次。
#   start    一个字也没有读到时的分。话越长，每个字越不值钱。
# 可以直接改分值；要重学，请用新的标注。
"""
_SAYINGS_HEADER = """\
# 学得的字眼：一句接着说的话里有什么意思。由 gridbot rules sayings 从 {sayings} 条例句（sayings.txt）得出，
# 共 {weights} 个分值，单位是百分之一分。写明的词（dialogue.yaml 的 signs）先算，这里只补词没有说到的。
# 写法：
#   谁说的 > 什么迹象 > start 一个字也没有读到时的分；words「分值: 一到三个连着的字」，^ 是开头，$ 是结尾。
# 总分到 0 就算听出来了；话越长，每个字越不值钱。
# 要改，请增删例句，再学一遍；也可以直接改分值。
"""
_ADDRESS_HEADER = """\
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


def dump_labels(learned: label_training.LearnedLabels) -> str:
    """The YAML text of learned labels; equal bytes for equal words."""
    pack: dict[str, Any] = {
        "version": "learned",
        "score": learned.score.model_dump(),
        "labels": {
            label: {
                "start": rule.start,
                "words": {weight: " ".join(words) for weight, words in rule.words.items()},
            }
            for label, rule in learned.labels.items()
        },
    }
    header = _LABEL_HEADER.format(messages=learned.messages, words=learned.count_most_words())
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=_WIDTH)


def dump_ngrams(learned: ngram_training.LearnedWeights) -> str:
    """The YAML text of learned hints; equal bytes for equal hints."""
    rules = learned.rules
    pack = {
        "version": "learned",
        "hints": {
            "of": rules.of,
            "report": _side_to_plain(rules.report),
            "urgent": _side_to_plain(rules.urgent),
            "natures": {nature: _side_to_plain(side) for nature, side in rules.natures.items()},
            "classes": {class_id: _side_to_plain(side) for class_id, side in rules.classes.items()},
        },
        **({"spots": _parts_to_plain(learned.spots)} if learned.spots else {}),
    }
    header = _NGRAM_HEADER.format(examples=learned.examples, weights=learned.count_weights())
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=_WIDTH)


def dump_alarm(learned: alarm_training.LearnedAlarm) -> str:
    """The YAML text of learned weights of alarms; equal bytes for equal weights."""
    rules = learned.rules
    pack = {
        "version": "learned",
        "alarm": {
            "start": rules.start,
            "groups": _lists_to_plain(rules.groups),
            "words": _lists_to_plain(rules.words),
        },
    }
    header = _ALARM_HEADER.format(
        lines=learned.lines, examples=learned.examples, weights=learned.count_weights()
    )
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=_WIDTH)


def dump_sayings(rules: SayingRules, *, sayings: int, weights: int) -> str:
    """The YAML text of what was learned from so many sayings; equal bytes for equal weights."""
    pack = {
        "version": "learned",
        "sayings": {
            "sides": {
                side: {sign: _side_to_plain(rule) for sign, rule in signs.items()}
                for side, signs in rules.sides.items()
            }
        },
    }
    header = _SAYINGS_HEADER.format(sayings=sayings, weights=weights)
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _side_to_plain(side: LabelRule) -> dict[str, Any]:
    return {
        "start": side.start, "words": {weight: " ".join(words) for weight, words in side.words.items()},
    }  # fmt: skip


def dump_addresses(learned: address_training.LearnedParts) -> str:
    """The YAML text of learned address parts; equal bytes for equal marks."""
    rules = learned.rules
    pack = {
        "version": "learned",
        "parts": _parts_to_plain(rules),
    }
    header = _ADDRESS_HEADER.format(
        addresses=learned.addresses, weights=learned.count_weights(), least=learned.least
    )
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _parts_to_plain(rules: PartRules) -> dict[str, Any]:
    """The rules as YAML has them."""
    return {
        **({"near": True} if rules.near else {"endings": " ".join(rules.endings)}),
        "types": {name: _type_to_plain(rule) for name, rule in rules.types.items()},
    }


def _type_to_plain(rule: PartRule) -> dict[str, Any]:
    roles = {name: _role_to_plain(role_rule) for name in ROLES if (role_rule := rule.role(name))}
    return {**roles, "next": _lists_to_plain(rule.next)}


def _role_to_plain(role_rule: LabelRule) -> dict[str, Any]:
    return {"start": role_rule.start, "words": _lists_to_plain(role_rule.words)}


def _lists_to_plain(several: Mapping[int, Sequence[str]]) -> dict[int, str]:
    return {weight: " ".join(words) for weight, words in several.items()}
