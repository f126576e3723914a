"""Groups that the app makes (wecom-app.md §5): members only, and the app can but push into them."""

from collections.abc import Mapping, Sequence

import httpx

from bot.channels import http
from bot.channels.base import GroupRefused
from bot.channels.wecom.interfaces import CorpInterfaces

FEWEST, MOST = 2, 2000
"""Members of a group."""


class AppGroups:
    """The groups of one app."""

    def __init__(self, api: CorpInterfaces, client: httpx.AsyncClient) -> None:
        self._api = api
        self._client = client

    async def create_group(self, name: str, *, owner: str, members: Sequence[str], chat_id: str) -> str:
        """Make a group of these members (user ids), the owner among them; its chat id. Raises GroupRefused.

        `chat_id`: at most 32 letters and digits. The group shows in people's lists with the first message.
        """
        everybody = list(dict.fromkeys([owner, *members]))
        if not FEWEST <= len(everybody) <= MOST:
            raise GroupRefused("wrong_size")
        body = {"name": name, "owner": owner, "userlist": everybody, "chatid": chat_id}
        answer = await self._api.post(self._client, "appchat/create", body)
        if not isinstance(answer, Mapping):
            raise GroupRefused(getattr(answer, "reason", "no_answer"))
        if code := http.errcode(answer):
            raise GroupRefused(f"errcode_{code}")
        return str(answer.get("chatid") or chat_id)
