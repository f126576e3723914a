"""One spelling of words for every door: messages, the API, imports, rule files.

What nobody sees is taken out (zero-width and direction marks, variation selectors), and what looks like
an ordinary character becomes one (radicals, compatibility ideographs, full-width letters, odd spaces).
Emoji keep their joiners, selectors and flags, so that words can be shown again as they were written; the
raw payload keeps everything.
"""

import re
import unicodedata

_PUNCTUATION = "，！？；：（）"
"""Full-width, and the ordinary signs of Chinese: they stay."""
_JOINER, _KEYCAP = "\u200d", "\u20e3"
_SELECTORS = "\ufe0e\ufe0f"

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_LINE_ENDS = "\u0085\u2028\u2029"
_LOOKALIKES = "\u2e80-\u2fd5\uf900-\ufaff\uff01-\uff5e\uffe0-\uffe6\U0001d400-\U0001d7ff\U0002f800-\U0002fa1f"
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
"""A black flag with the letters of its country behind it."""
_ODD = re.compile(f"{_FLAG}|[{_INVISIBLE}{_SPACES}{_LINE_ENDS}{_LOOKALIKES}]")
_SPACE = re.compile(f"[{_SPACES}]")
_UNSEEN = re.compile(f"[{_INVISIBLE}]")

_SUPPLEMENT_RADICALS = (
    "2E81厂 2E82乛 2E83乚 2E84乙 2E85亻 2E86冂 2E87几 2E88刀 2E89刂 2E8A卜 2E8B卩 2E8C小 2E8D小 2E8E兀 "
    "2E8F尣 2E90尢 2E91尢 2E92巳 2E93幺 2E94彑 2E95彐 2E96忄 2E97心 2E98扌 2E99攵 2E9B旡 2E9C日 2E9D月 "
    "2E9E歹 2E9F母 2EA0民 2EA1氵 2EA2水 2EA3灬 2EA4爫 2EA5爫 2EA6丬 2EA7牛 2EA8犭 2EA9王 2EAA疋 2EAB目 "
    "2EAC示 2EAD礻 2EAE竹 2EAF糹 2EB0纟 2EB1罓 2EB2罒 2EB3罓 2EB4网 2EB5网 2EB6羊 2EB7羊 2EB8羊 2EB9耂 "
    "2EBA肀 2EBB聿 2EBC肉 2EBD臼 2EBE艹 2EBF艹 2EC0艹 2EC1虎 2EC2衤 2EC3覀 2EC4西 2EC5见 2EC6角 2EC7角 "
    "2EC8讠 2EC9贝 2ECA足 2ECB车 2ECC辶 2ECD辶 2ECE辶 2ECF邑 2ED0钅 2ED1長 2ED2镸 2ED3长 2ED4门 2ED5阜 "
    "2ED6阝 2ED7雨 2ED8青 2ED9韦 2EDA页 2EDB风 2EDC飞 2EDD食 2EDE食 2EDF飠 2EE0饣 2EE1首 2EE2马 2EE3骨 "
    "2EE4鬼 2EE5鱼 2EE6鸟 2EE7卤 2EE8麦 2EE9黄 2EEA黾 2EEB斉 2EEC齐 2EED歯 2EEE齿 2EEF竜 2EF0龙 2EF1龜 "
    "2EF2亀 2EF3龟"
)
"""By Unicode's EquivalentUnifiedIdeograph, or the ordinary form: normal forms do not know these radicals."""
_RADICALS = {chr(int(entry[:4], 16)): entry[4] for entry in _SUPPLEMENT_RADICALS.split()}


def normalize_text(text: str) -> str:
    """The text as it is read, matched and shown. Applying it again changes nothing."""
    return _ODD.sub(_replace, text) if _ODD.search(text) else text


def _replace(found: re.Match[str]) -> str:
    char, text, at = found[0], found.string, found.start()
    if len(char) > 1 or char in _PUNCTUATION or _is_part_of_emoji(text, at):
        return char
    if _SPACE.match(char):
        return " "
    if char in _LINE_ENDS:
        return "\n"
    if _UNSEEN.match(char):
        return ""
    return _RADICALS.get(char) or unicodedata.normalize("NFKC", char)


def _is_part_of_emoji(text: str, at: int) -> bool:
    """Whether the joiner or selector at this offset holds an emoji together: 👨‍👩‍👧, ❤️, 1️⃣."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char in _SELECTORS:
        return bool(_EMOJI.match(before)) or (before in tuple("0123456789#*") and after == _KEYCAP)
    if char != _JOINER:
        return False
    base = text[max(at - 2, 0) : at - 1] if before and before in _SELECTORS else before
    return bool(_EMOJI.match(base)) and bool(_EMOJI.match(after))
