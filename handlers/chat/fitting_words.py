"""Whether what was typed with an act can be said of one case, where no case was named; pure.

A command without a number takes the only case that fits the act. Then its words must fit the act as well:
`/抽查回访 10%` asks for a sample and recorded a call-back on whichever case was the only one, `/结案率`
closed it.
"""

import re

from models.workflow import Act

_OF_MANY = re.compile(
    r"(?:随机|抽取|抽查|约|共|全部|所有|统统|都|今[天日]|昨[天日]|本[周月年]|上[周月]|[这那]些|的|百分之|分之"
    r"|[\d一二两三四五六七八九十百千半%％.．,，、。！!？?~～\s]|成|件|条|起|个|例|宗|户|案件|事件|工单|率|情况|如何"
    r"|怎么?样?|统计|汇总|列表|清单|报表|报告|查询|进度|数量?|多少|名单|记录|了吗|了没有?|吗)+"
)
"""Amounts, shares, spans and questions, and nothing beside them."""
_FIGURE = re.compile(r"\S{0,4}?(?:率|满意度|占比|比例)")
"""What begins with the name of a figure asks for figures: `通过率`."""
_NOTHING_SAID = re.compile(
    # Possessive: 辛苦了 is read one way only, and a long run of it is not tried in every other.
    r"(?:了|吧|啦|一下|好的?|收到|谢谢|辛苦了?|(?:马上|立即)[^\d]*|[。，,！!~～、\s])*+"
)
"""What people add to an act that takes no words."""


def can_mean_one_case(act: Act, said: str) -> bool:
    """Whether these words, all that was typed after the verb, can be about a single case."""
    if not said:
        return True
    if not act.usage:
        return _NOTHING_SAID.fullmatch(said) is not None
    return _OF_MANY.fullmatch(said) is None and _FIGURE.match(said) is None
