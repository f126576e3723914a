"""Who opens a page in WeChat, as the account knows them (wechat-official-account.md §7).

build_url ──WeChat's browser──> the platform, which asks nothing ──redirect──> code ──find_account──> openid

Nobody vouches for whoever holds that telephone: it is a resident, whatever they are elsewhere.
"""

from collections.abc import Mapping

import httpx

from bot.channels import http, sign_in
from bot.channels.official_account.api import OfficialAccountAPI
from bot.channels.official_account.settings import OfficialAccountSettings
from bot.channels.sign_in import SignInRefused
from models.account_ids import WECHAT, spell_account

_CODE_OVER = frozenset({40029, 40163, 42003})
"""Made up, used, or older than five minutes."""


class AccountSignIn:
    """Signing in through one account; its pages must be on the account's 网页授权域名."""

    def __init__(
        self, settings: OfficialAccountSettings, api: OfficialAccountAPI, client: httpx.AsyncClient
    ) -> None:
        self._settings = settings
        self._api = api
        self._client = client

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        """Where to send the browser; it comes back to `redirect_to` with `code` and `state`.

        ValueError for a browser that is not WeChat's (`inside`), and for a state that is not of letters and
        digits.
        """
        if not inside:
            raise ValueError("an official account knows people in WeChat only")
        settings = self._settings
        return sign_in.build_url(
            settings.oauth_base, app_id=settings.app_id, redirect_to=redirect_to, state=state
        )

    async def find_account(self, code: str) -> str:
        """The openid of whoever came back with this code, which is good once and for five minutes.

        Raises SignInRefused.
        """
        if not 0 < len(code) <= sign_in.LONGEST_CODE:
            raise SignInRefused("code_over")
        answer = await self._api.exchange_code(self._client, code)
        if not isinstance(answer, Mapping):
            raise SignInRefused("unavailable")
        # Only a refusal has one.
        errcode = http.errcode(answer, missing=0)
        if errcode in _CODE_OVER:
            raise SignInRefused("code_over")
        openid = answer.get("openid")
        if errcode or not isinstance(openid, str) or not openid:
            raise SignInRefused("unavailable")
        if answer.get("is_snapshotuser"):
            # A page that is only looked at (快照页) is shown to somebody who does not exist.
            raise SignInRefused("no_member")
        return spell_account(WECHAT, openid)
