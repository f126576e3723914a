"""The one picture that a photo push is where each message counts: before and after side by side."""

import asyncio
from dataclasses import dataclass
from functools import partial

from bot.channels.base import Delivery, RouteRefused
from bot.channels.pictures import image_fit

_BYTES = 2 * 1024**2
"""Platforms take more; a phone shows no more than this."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG or PNG, ready to be uploaded."""

    name: str
    data: bytes


async def load_picture(delivery: Delivery) -> Picture | RouteRefused:
    """The picture of a push that brings a photo, joined with the one beside it, or why there is none."""
    if delivery.file is None:
        return RouteRefused("file_missing")
    path, beside = delivery.file.path, delivery.beside.path if delivery.beside else None
    fit = (
        partial(image_fit.fit_pair, beside, path, _BYTES)
        if beside is not None
        else partial(image_fit.fit, path, _BYTES)
    )
    try:
        data = await asyncio.to_thread(fit)
    except OSError:
        return RouteRefused("file_missing")
    if data is None:
        return RouteRefused("photo_unusable")
    return Picture("photo.png" if data.startswith(b"\x89PNG") else "photo.jpg", data)
