"""Who agreed to being archived, as the platform knows it (wecom-archive.md §4): asked once for each room.

What people say later comes with the archive itself (agree, disagree). Where the interface is not to be had,
the platform's own rule stands: it hands out nothing of whoever does not agree.
"""

from collections.abc import Mapping

import httpx
import structlog

from bot.channels import http
from bot.channels.access_tokens import AccessTokens, Answer
from bot.channels.archive.settings import ArchiveSettings
from bot.channels.settings import ChannelHost

log = structlog.get_logger()

_TOKEN_REFUSED = frozenset({40014, 41001, 42001})
_REFUSES = "Disagree"
"""Any other word, one unknown among them, is no refusal."""


class ConsentApi:
    """The interface of the archive's own secret."""

    def __init__(self, settings: ArchiveSettings, host: ChannelHost) -> None:
        self._base = settings.api_base.rstrip("/")
        self._corp_id = settings.corp_id
        self._secret = settings.secret.get_secret_value()
        self._client = host.client
        self._tokens = AccessTokens(
            host.database,
            account=f"archive:{settings.corp_id}",
            secret=self._secret,
            fetch=self._fetch_token,
            refusals=_TOKEN_REFUSED,
            clock=host.clock,
        )

    async def find_consents(self, room_id: str) -> Mapping[str, bool]:
        """Outside contacts of the room to whether they agree; empty where nobody says."""
        url = f"{self._base}/cgi-bin/msgaudit/check_room_agree"

        async def ask(token: str) -> Answer:
            return await http.post(
                self._client, url, params={"access_token": token}, json={"roomid": room_id}
            )

        answer = await self._tokens.call(self._client, ask)
        if not isinstance(answer, Mapping) or http.errcode(answer):
            log.info("archive.no_consents")
            return {}
        rows = answer.get("agreeinfo")
        return {
            str(row["exteranalopenid"]): row.get("agree_status") != _REFUSES
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict) and row.get("exteranalopenid")
        }

    async def _fetch_token(self, client: httpx.AsyncClient, _forced: bool) -> Answer:
        query = {"corpid": self._corp_id, "corpsecret": self._secret}
        return await http.get(client, f"{self._base}/cgi-bin/gettoken", params=query)
