"""Fonts with every character of the national standard, which come along with an extra."""

from importlib.util import find_spec
from pathlib import Path

SANS, SERIF = "Noto Sans SC", "Noto Serif SC"
_PACKAGE = "pylopdf_fonts_zh_cn"


def has_fonts() -> bool:
    """Whether the extra that brings them is there."""
    return find_spec(_PACKAGE) is not None


def find_sans() -> Path:
    """The file of `SANS`."""
    import pylopdf_fonts_zh_cn

    return Path(pylopdf_fonts_zh_cn.sans_path())


def find_serif() -> Path:
    """The file of `SERIF`."""
    import pylopdf_fonts_zh_cn

    return Path(pylopdf_fonts_zh_cn.serif_path())
