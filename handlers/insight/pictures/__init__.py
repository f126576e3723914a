"""Charts as pictures, with Chinese labels on any machine: an SVG of ours, drawn with a font that came along.

Both come with the extra `pictures`, each behind one function here, and are looked for as they are needed.
"""

from importlib.util import find_spec

from handlers.errors import WrongState
from handlers.insight import fonts
from handlers.wording import charts as say

MEDIA_TYPE = "image/png"
_ZOOM = 2
"""Pixels of a unit of the SVG: phones show pictures larger than they are."""


def can_draw() -> bool:
    """Whether the extra is there."""
    return find_spec("resvg_py") is not None and fonts.has_fonts()


def require_drawing() -> None:
    """Raises WrongState where this machine cannot draw."""
    if not can_draw():
        raise WrongState(say.cannot_draw())


def draw_png(svg: str) -> bytes:
    """The picture of an SVG, on white. ValueError for what is no SVG."""
    import resvg_py

    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        background="#ffffff",
        zoom=_ZOOM,
        font_files=[str(fonts.find_sans())],
        skip_system_fonts=True,
        font_family=fonts.SANS,
        sans_serif_family=fonts.SANS,
    )
    return bytes(drawn)
