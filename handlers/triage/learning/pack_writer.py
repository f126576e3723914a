"""A learned pack as a YAML file: heaviest words first, for anybody with a text editor."""

from typing import Any

import yaml

from handlers.triage.learning.label_training import Learned

# Characters; a Chinese one is two columns wide, and a line should fit an office screen.
WIDTH = 60
HEADER = """\
# 学得的关键词：由 gridbot rules learn 从 {messages} 条带标注的消息得出，每类最多 {words} 个词。
# 写法：
#   words   分值: 词（空格隔开）。正分支持这一类，负分排除这一类；可以随意增删、改分。
#   start   一个词也没有读到时的分。
#   score   怎样计分：词在标题（title）、正文（text）里各按份额计；repeat 是同一个词说几遍怎么算
#           （log 越多越不值钱，once 只算一遍）；length 越大，长文里的一个词越不值钱。
# 词按字面查找，互相重叠的都算。总分最高的类别胜出。
"""


def dump(learned: Learned) -> str:
    """The file, the same to the byte for the same words."""
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
    header = HEADER.format(messages=learned.messages, words=learned.most_words())
    return header + yaml.safe_dump(pack, allow_unicode=True, sort_keys=False, width=WIDTH)
