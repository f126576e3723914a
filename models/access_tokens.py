"""The tokens by which platforms know us, one row for each account: one refresh serves all processes."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class AccessTokenRow(Base):
    """The newest token of an account, who is fetching another, and until when nobody need ask."""

    __tablename__ = "access_tokens"

    account: Mapped[str] = mapped_column(primary_key=True)
    """Kind and id of the account, e.g. `official_account:wxAPP1`."""
    number: Mapped[int] = mapped_column(default=0)
    """Grows with each token, so that whoever was refused can tell whether there is a newer one."""
    sealed: Mapped[str] = mapped_column(default="")
    """The token, encrypted under the account's secret; empty where there is none."""
    renew_at: Mapped[datetime | None]
    """A while before the platform ends it."""
    unproven: Mapped[bool] = mapped_column(default=False)
    """It took the place of a refused one, and the platform has not accepted it yet."""
    forced_at: Mapped[datetime | None]
    """When the platform was last asked to make the token before void, which it allows seldom."""
    fetcher: Mapped[str | None]
    """Whoever is asking the platform for a token, until `fetch_until`."""
    fetch_until: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    """Until then nobody asks, for `held_reason`."""
    held_reason: Mapped[str] = mapped_column(default="")
    held_outage: Mapped[bool] = mapped_column(default=False)
    """The platform did not answer; otherwise it refuses who we say we are."""
