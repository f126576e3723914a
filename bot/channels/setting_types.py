"""The field types that config.yaml is made of: what a value may be, with an example of a right one.

They stand here because a channel's package brings its own settings and knows nothing of `bot.config`,
which puts the settings of all channels together with the rest of the file.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints


def _check_aes_key(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", key.get_secret_value()):
        raise ValueError("应当是 43 位字母和数字")
    return key


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
"""A key people choose: it becomes a part of an address or of an environment variable."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Secret = Annotated[SecretStr, Field(min_length=1, examples=['"…"'])]
"""Never empty: an empty token would let everybody in."""
AESKey = Annotated[SecretStr, AfterValidator(_check_aes_key), Field(examples=['"43 位的 EncodingAESKey"'])]
WebURL = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+")]
SocketURL = Annotated[str, StringConstraints(pattern=r"^wss?://[^/\s]+")]
Hours = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
"""Local times, from and to; over midnight where the second is earlier."""
Length = Annotated[timedelta, Field(gt=timedelta(0))]


class Section(BaseModel):
    """A group of keys: frozen, and a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
