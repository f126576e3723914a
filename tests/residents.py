"""A resident with ordinary WeChat, on a door that the platform limits: what they say, and what they get to read."""

from typing import Any

from sqlalchemy import select

from models.account_ids import WECHAT
from models.messages import Card, Click, Incoming, IncomingKind, Part, PartKind
from models.pushes import BUDGET_OVER, Push, PushState
from tests.district import District, QueuedPush, make_photo

OPENID = "oRESIDENT1"


class Resident:
    """Somebody with ordinary WeChat, and what they get to read."""

    def __init__(self, district: District, openid: str = OPENID) -> None:
        self.district = district
        self.openid = openid

    def say(self, text: str = "", *, photos: int = 0) -> str:
        parts = [Part(PartKind.TEXT, text)] if text else []
        files = [make_photo(n) for n in range(photos)]
        return self._handle(IncomingKind.MESSAGE, files, parts=tuple(parts))

    def send_place(self, point: tuple[float, float], label: str) -> str:
        return self._handle(IncomingKind.MESSAGE, parts=(Part(PartKind.LOCATION, label, point=point),))

    def scan(self, scene: str = "", *, addressed: bool = True) -> str:
        return self._handle(IncomingKind.ENTER, scene=scene, addressed=addressed)

    def say_to_person(self, text: str) -> str:
        """While a person answers them."""
        return self._handle(IncomingKind.MESSAGE, parts=(Part(PartKind.TEXT, text),), attended=True)

    def hear_failure(self, push: int) -> str:
        return self._handle(IncomingKind.UNDELIVERED, failed_push=push)

    def leave(self) -> str:
        return self._handle(IncomingKind.LEFT)

    def press(self, words: str) -> str:
        key = next(button.key for button in self.last_card().buttons if button.text == words)
        return self._handle(IncomingKind.CLICK, click=Click("", key))

    def _handle(self, kind: IncomingKind, files: Any = (), **more: Any) -> str:
        self.district.message_count += 1
        incoming = Incoming(
            "public", f"m{self.district.message_count}", self.openid, direct=True, sender=self.openid,
            provider=WECHAT, bot_name="网格助手", kind=kind, **more,
        )  # fmt: skip
        return self.district.handle(self.district.receive(incoming), incoming, files)

    def pushes(self) -> list[QueuedPush]:
        return self.district.pushes(self.openid)

    def last_card(self) -> Card:
        return self.district.last_card(self.openid)

    def park(self, reason: str = BUDGET_OVER) -> None:
        """Nothing that waits for them can be said: their window is over, or they have left."""
        waiting = [push.row.id for push in self.pushes() if push.row.state == PushState.READY]
        with self.district.database.write() as session:
            for push in session.scalars(select(Push).where(Push.id.in_(waiting))):
                push.state, push.outcome = PushState.DEAD, reason
