"""How people find the account: a QR code for each grid, and the menu below the conversation (§2, §7)."""

from collections.abc import Sequence

import httpx

from bot.channels import http
from bot.channels.access_tokens import Answer
from bot.channels.base import EntranceRefused
from bot.channels.official_account.api import OfficialAccountAPI

_LONGEST_SCENE = 64
"""Characters."""


class AccountEntrance:
    """What an administrator publishes once."""

    def __init__(self, api: OfficialAccountAPI, client: httpx.AsyncClient, *, qr_base: str) -> None:
        """`qr_base`: where the platform draws codes."""
        self._api = api
        self._client = client
        self._qr_url = f"{qr_base.rstrip('/')}/cgi-bin/showqrcode"

    async def draw_code(self, scene: str) -> bytes:
        """The picture of the code that brings people to this scene, for ever. Raises EntranceRefused."""
        if len(scene) > _LONGEST_SCENE:
            raise EntranceRefused("scene_too_long")
        asked = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        ticket = _read(await self._api.post(self._client, "qrcode/create", asked)).get("ticket")
        if not isinstance(ticket, str) or not ticket:
            raise EntranceRefused("no_ticket")
        try:
            answer = await self._client.get(self._qr_url, params={"ticket": ticket})
        except httpx.TransportError as error:
            raise EntranceRefused("connect_failed") from error
        if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("image/"):
            raise EntranceRefused(f"http_{answer.status_code}")
        return answer.content

    async def publish_menu(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show these entries (name, key), at most three, below every conversation. Raises EntranceRefused."""
        buttons = [{"type": "click", "name": name, "key": key} for name, key in entries]
        _read(await self._api.post(self._client, "menu/create", {"button": buttons}))


def _read(answer: Answer) -> dict[str, object]:
    """What the platform answered to a call that it accepted. Raises EntranceRefused."""
    if not isinstance(answer, dict):
        raise EntranceRefused(getattr(answer, "reason", "no_answer"))
    if code := http.errcode(answer, missing=0):
        raise EntranceRefused(f"errcode_{code}")
    return answer
