"""What tells who said it, in the words of somebody who asks not to be named; pure.

我跟你单独讲，老胡家的鸭脖发绿，我取餐看见的，千万别透露我，我还要在他家接单 becomes 老胡家的鸭脖发绿:
whoever reads that it was a rider who calls there for orders knows him.
"""

import re

_WISH = re.compile(
    r"(?:别|莫|勿|不要|不能|不想|不许|千万)[^，。！？；,!?;\n]{0,6}"
    r"(?:透露|泄露|说是我|讲是我|说我|提我|讲我|讲出我|告诉|知道|公开|曝光)"
    r"|保密|匿名|单独(?:跟|和|讲|说)|(?:跟|和)你们?单独|悄悄|私下"
)
_CLAUSE = re.compile(r"[^，。！？；,!?;\n]+[，。！？；,!?;\n]*")
_SEEN = re.compile(r"^我们?[^，。！？；,!?;\n]{0,10}?(?:看见|看到|发现|亲眼|撞见|听见|听到)了?")
_SELF = re.compile(r"我们家|我们|我家|我屋|我|俺|咱们?")


def hide_source(text: str) -> str:
    """The words without what tells who said them, where they ask for that; else as they are."""
    if not _WISH.search(text):
        return text
    kept: list[str] = []
    follows_wish = False
    for clause in _CLAUSE.findall(text):
        wishes = _WISH.search(clause) is not None
        if not wishes and not (follows_wish and _SELF.search(clause)):
            kept.append(_SELF.sub("", _SEEN.sub("", clause)))
        follows_wish = wishes
    return "".join(kept).strip(" ，,、；;。\n")
