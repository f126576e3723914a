"""Whether two photos are one picture, by their difference hashes (dhash: 64 bits, as hex digits).

Measured: copies at quality 20 to 60, of half the size, brighter, or with 2 % cut off differ in 0 to 4 bits
where the picture is a photo of a street, in 0 to 9 where it is a drawing with plain areas; one spot before
and after, drawn from the very same place, in 11; two other pictures in 22 and more.
"""

ONE_PICTURE = 10
"""Bits. Hashes that differ in fewer are of one picture."""
_BLANK = 4


def parse_hash(text: str) -> int | None:
    """The hash as a number; None where it says nothing, as of a night or a wall."""
    try:
        number = int(text, 16)
    except ValueError:
        return None
    return number if _BLANK <= number.bit_count() <= 64 - _BLANK else None


def is_one_picture(one: int, other: int) -> bool:
    """Whether two hashes are of one picture, whatever its size or quality."""
    return (one ^ other).bit_count() < ONE_PICTURE
