"""Addresses of photos that open without a token: for one photo, one reader and an hour, signed.

    /m/<sha256>?reader=board&until=1796000000&sign=…     sign = HMAC-SHA256(key, sha256 reader until)

An address shows no more than its reader may see at the moment it is opened; the signature only stands for the
token that a browser cannot send with a picture.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.exc import IntegrityError

from models.database import Database
from models.link_keys import LinkKey

PATH = "/m"
LASTS = timedelta(hours=1)
_STEP = 900
"""Seconds. An address stays the same for so long, so that a browser need not load the picture again."""
_PURPOSE = "media"


class LinkRefused(Exception):
    """The address is over, or not one of ours."""


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Signs and checks addresses. `key`: 32 bytes."""

    key: bytes

    def build_path(self, sha256: str, reader: str, *, now: datetime) -> str:
        """Path and query of the photo with this hash, for one reader (the name of a token), from now on.

        Good for LASTS at least.
        """
        until = (int((now + LASTS).timestamp()) // _STEP + 1) * _STEP
        query = {"reader": reader, "until": until, "sign": self._sign(sha256, reader, until)}
        return f"{PATH}/{sha256}?{urlencode(query)}"

    def check(self, sha256: str, reader: str, until: int, sign: str, *, now: datetime) -> None:
        """Raises LinkRefused where the address is over or was not made by us, whichever part was changed."""
        wanted = self._sign(sha256, reader, until)
        # As bytes: what came may hold anything.
        if not hmac.compare_digest(wanted.encode(), sign.encode()) or now.timestamp() >= until:
            raise LinkRefused

    def _sign(self, sha256: str, reader: str, until: int) -> str:
        # A hash and a number hold no line break, so that no two addresses have one text.
        text = f"{sha256}\n{until}\n{reader}"
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def load_signer(database: Database, *, now: datetime) -> LinkSigner:
    """The signer with the key that all processes have; made where there is none yet."""
    with database.read() as session:
        row = session.get(LinkKey, _PURPOSE)
    while row is None:
        made = LinkKey(purpose=_PURPOSE, value=secrets.token_hex(32), made_at=now)
        try:
            with database.write() as session:
                session.add(made)
        except IntegrityError:
            pass  # another process was quicker
        with database.read() as session:
            row = session.get(LinkKey, _PURPOSE)
    return LinkSigner(bytes.fromhex(row.value))
