"""Words of people as they stand in a push: nothing in them is a link, a mention, a heading or a font.

Neither WeCom's markdown nor its text has an escape, so every sign that one of the channels would act upon
becomes its full-width twin, which reads the same. A door reads the twins as the ordinary signs again
(`models.normalization`), so that words may be copied from a push into a command.
"""

import re

_TWINS = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "[]<>`@~|\\"} | {"‹": "＜", "›": "＞"})
_STARS = re.compile(r"(?<!\*)\*{1,3}(?!\*)")
"""Four or more are what masking wrote: 138****5678."""
_UNDERSCORES = re.compile(r"_{2,}")
_LINE_START = re.compile(r"(?m)^([ \t]*)([#>+=-]|\d{1,9}[.)](?=\s))")
_ADDRESS = re.compile(r"://|(?<=[Ww]{3})\.")
_ENTITY = re.compile(r"&(?=#?\w{1,10};)")


def escape_words(words: str) -> str:
    """The words without live markup of any channel; applying it again changes nothing."""
    plain = _ENTITY.sub("＆", words.translate(_TWINS))
    plain = _STARS.sub(lambda found: "＊" * len(found[0]), plain)
    plain = _UNDERSCORES.sub(lambda found: "＿" * len(found[0]), plain)
    plain = _ADDRESS.sub(lambda found: "：//" if found[0] == "://" else "．", plain)
    return _LINE_START.sub(_widen, plain)


def _widen(found: re.Match[str]) -> str:
    sign = found[2]
    wide = sign[:-1] + chr(ord(sign[-1]) + 0xFEE0)
    return f"{found[1]}{wide}"
