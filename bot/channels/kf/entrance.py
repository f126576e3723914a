"""How people find customer service: a link for each grid, to be shown as a QR code (wecom-external.md B)."""

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from bot.channels import http
from bot.channels.base import EntranceRefused
from bot.channels.kf.settings import KfSettings
from bot.channels.wecom.interfaces import CorpInterfaces
from bot.channels.wecom.json_body import get_text

_LONGEST_SCENE = 128
"""Bytes of `scene_param`, as it stands in the address."""
_SCENE = "grid"
"""The platform's own statistics know the links by this word."""


class ServiceLinks:
    """What an administrator publishes once: links. The first account is the one that they lead to."""

    def __init__(self, settings: KfSettings, api: CorpInterfaces, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._api = api
        self._client = client
        self._base = ""

    async def make_link(self, scene: str) -> str:
        """The address that opens a conversation which names this scene. Raises EntranceRefused."""
        written = quote(scene, safe="")
        if len(written) > _LONGEST_SCENE:
            raise EntranceRefused("scene_too_long")
        self._base = self._base or await self._make_base()
        return f"{self._base}{'&' if '?' in self._base else '?'}scene_param={written}"

    async def _make_base(self) -> str:
        asked = {"open_kfid": await self._find_account(), "scene": _SCENE}
        url = _read(await self._api.post(self._client, "kf/add_contact_way", asked)).get("url")
        if not isinstance(url, str) or not url.startswith("https://"):
            raise EntranceRefused("no_link")
        return url

    async def _find_account(self) -> str:
        if self._settings.accounts:
            return self._settings.accounts[0]
        found = _read(await self._api.get(self._client, "kf/account/list")).get("account_list")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        if not rows:
            raise EntranceRefused("no_account")
        return get_text(rows[0], "open_kfid")


def _read(answer: object) -> Mapping[str, object]:
    """What the platform answered to a call that it accepted. Raises EntranceRefused."""
    if not isinstance(answer, Mapping):
        raise EntranceRefused(getattr(answer, "reason", "no_answer"))
    if code := http.errcode(answer):
        raise EntranceRefused(f"errcode_{code}")
    return answer
