"""Texts made comparable: one width, one case, one way to write a number.

三号楼, ３号楼 and 叁號樓 are one house; signs, stickers and courtesies say nothing about the matter.
"""

import re
import unicodedata

DIGITS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")} | {"〇": "0"}
TENS = {"十": 10, "百": 100}
# Formal numerals, and the few traditional characters that stand beside a number.
PLAINER = str.maketrans(
    "壹贰叁肆伍陆柒捌玖拾佰貳參陸號樓棟單層區門東燈", "一二三四五六七八九十百二三六号楼栋单层区门东灯"
)
NUMERAL = re.compile(r"[零〇一二三四五六七八九十百]+")
STICKER = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,6}\]")
MENTION = re.compile(r"@\S+\s?")
SILENT = re.compile(r"[^\u4e00-\u9fffa-z0-9]+")
COURTESY = re.compile(
    r"尊敬的|敬爱的|各位|领导们?|书记|市长|您好|你们?好|大家好|请问|麻烦|谢谢|感谢|恳请|强烈|希望|请求|请|投诉|反映|反应|举报"
    r"|咨询|建议|相关|有关|部门|尽快|尽早|及时|处理|解决|帮忙|一下|看看|没人管|怎么办|什么时候|今天|昨天|早上|晚上"
    r"|[这那]里|[我你他]们?|的|了|呢|吧|啊|吗|呀|嘛|哦|噢"
)


def normalize_spelling(text: str) -> str:
    """The text in half-width, lower case, with numbers as figures. Signs are kept: they separate clauses."""
    folded = unicodedata.normalize("NFKC", MENTION.sub("", STICKER.sub(" ", text))).lower()
    return NUMERAL.sub(_digits, folded.translate(PLAINER))


def strip_signs(normalized: str) -> str:
    """Only the characters, letters and digits of a normalised text."""
    return SILENT.sub("", normalized)


def extract_gist(normalized: str) -> str:
    """A normalised text without signs and courtesies: the words of the matter."""
    return SILENT.sub("", COURTESY.sub(" ", normalized))


def split_bigrams(plain: str) -> frozenset[str]:
    """Every two neighbouring characters."""
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def _digits(match: re.Match[str]) -> str:
    """十二 and 一百零三 by place value, 八一五 figure by figure."""
    word = match.group()
    if not any(char in TENS for char in word):
        return "".join(DIGITS[char] for char in word)
    total, figure = 0, 0
    for char in word:
        if char in TENS:
            total, figure = total + max(figure, 1) * TENS[char], 0
        else:
            figure = int(DIGITS[char])
    return str(total + figure)
