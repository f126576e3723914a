"""Words cut to what a platform takes: bytes are hard limits, characters are what still looks good."""

import re

ELLIPSIS = "…"
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(([^()\s]*)\)")
_MARKS = re.compile(r"(?<!\*)\*\*(?!\*)|__|`|</?font[^>]*>")
_LINE_START = re.compile(r"^(?:#{1,6} +|> ?)", re.MULTILINE)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the last of them `…` where something was cut."""
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def shorten_bytes(text: str, limit: int) -> str:
    """At most `limit` UTF-8 bytes, ending in `…` where something was cut."""
    if len(text.encode()) <= limit:
        return text
    return _head(text, limit - len(ELLIPSIS.encode())) + ELLIPSIS


def split_bytes(text: str, limit: int) -> tuple[str, ...]:
    """Pieces of at most `limit` UTF-8 bytes, cut at line breaks where there are any.

    Never inside a code point; nothing but the line breaks at the cuts is lost. Empty text has no
    pieces.
    """
    pieces: list[str] = []
    rest = text.strip("\n")
    while len(rest.encode()) > limit:
        head = _head(rest, limit)
        at_line = head.rfind("\n")
        if at_line > 0 and rest[len(head) : len(head) + 1] != "\n":
            head = head[:at_line]
        pieces.append(head)
        rest = rest[len(head) :].lstrip("\n")
    return tuple(piece for piece in (*pieces, rest) if piece.strip())


def strip_markdown(text: str) -> str:
    """The small markdown without its marks, for routes that would show them."""
    text = _LINK.sub(lambda match: f"{match[1]} {match[2]}".strip(), text)
    return _LINE_START.sub("", _MARKS.sub("", text))


def _head(text: str, limit: int) -> str:
    return text.encode()[:limit].decode("utf-8", "ignore")
