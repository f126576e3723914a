"""Addresses of photos that a browser opens without a token, in the name of the token they were given to."""

from collections.abc import Callable
from functools import cached_property

from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.problems import SignatureOver
from bot.media import links
from bot.media.links import LinkRefused, LinkSigner

BuildLink = Callable[[str], str]
"""The whole address of the photo with this SHA-256."""


class PhotoLinks:
    """Gives addresses out, and finds out what rights one brings along."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _signer(self) -> LinkSigner:
        return links.load_signer(self._context.database, now=self._context.clock())

    def build_for(self, grant: Grant) -> BuildLink:
        """What builds addresses for a token. Call it outside any transaction."""
        signer, now = self._signer, self._context.clock()
        base = self._context.settings.site.base_url.rstrip("/")
        return lambda sha256: base + signer.build_path(sha256, grant.name, now=now)

    def read_rights(self, sha256: str, *, reader: str, until: int, sign: str) -> Grant:
        """The rights of the token an address was given to, as they are now.

        Raises SignatureOver for one that is over or was changed, or whose token is not configured any more.
        """
        try:
            self._signer.check(sha256, reader, until, sign, now=self._context.clock())
        except LinkRefused as error:
            raise SignatureOver from error
        token = self._context.settings.api.tokens.get(reader)
        if token is None or "read" not in token.scopes:
            raise SignatureOver
        return Grant(reader, token)
