"""Signing in to pages of this installation with one's account of WeCom (wecom-app.md §6).

build_url ──browser──> the platform asks who it is ──redirect──> code ──find_account──> account
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from bot.channels import http, sign_in
from bot.channels.app.settings import AppSettings
from bot.channels.sign_in import SignInRefused
from bot.channels.wecom.interfaces import CorpInterfaces
from models.account_ids import WECOM, spell_account

_CODE_OVER = frozenset({40029, 40078})


class AppSignIn:
    """Signing in through one app: its members are known, whoever else has a code is not."""

    def __init__(self, settings: AppSettings, api: CorpInterfaces, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._api = api
        self._client = client

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        """Where to send the browser; it comes back to `redirect_to` with `code` and `state`.

        `inside`: it is WeCom's own, which asks nothing; another shows a QR code to scan. `redirect_to` must
        be on the app's 可信域名. ValueError for a state that is not of 1 to 128 letters and digits: the
        platform takes no other.
        """
        settings = self._settings
        app = {"appid": settings.corp_id, "agentid": str(settings.agent_id)}
        if inside:
            return sign_in.build_url(
                settings.oauth_base, app_id=settings.corp_id, redirect_to=redirect_to, state=state,
                agentid=app["agentid"],
            )  # fmt: skip
        sign_in.require_state(state)
        query = urlencode({"login_type": "CorpApp", **app, "redirect_uri": redirect_to, "state": state})
        return f"{settings.qr_base.rstrip('/')}/wwlogin/sso/login?{query}"

    async def find_account(self, code: str) -> str:
        """The account id of the member who came back with this code, which is good once and for five minutes.

        Raises SignInRefused.
        """
        if not 0 < len(code) <= sign_in.LONGEST_CODE:
            raise SignInRefused("code_over")
        answer = await self._api.get(self._client, "auth/getuserinfo", code=code)
        if not isinstance(answer, Mapping):
            raise SignInRefused("unavailable")
        errcode = http.errcode(answer)
        if errcode in _CODE_OVER:
            raise SignInRefused("code_over")
        if errcode != 0:
            raise SignInRefused("unavailable")
        # Older interfaces write it with capitals; who is no member has an openid alone.
        user_id = answer.get("userid") or answer.get("UserId")
        if not isinstance(user_id, str):
            raise SignInRefused("no_member")
        return spell_account(WECOM, user_id)
