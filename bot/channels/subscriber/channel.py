"""Webhooks to other systems, as Standard Webhooks describes them (standardwebhooks.com).

webhook-id         the event; the same for every try, so that a receiver knows what it has
webhook-timestamp  seconds since 1970, of this try
webhook-signature  v1,base64(HMAC-SHA256(secret, id.timestamp.body))
"""

import base64
import binascii
import hashlib
import hmac
import json
from urllib.parse import urlsplit

import httpx

from bot.channels.base import (
    Clock,
    CredentialsRefused,
    Delivered,
    Delivery,
    Outcome,
    PlainChannel,
    RateLimit,
    RefusedInput,
    RetryLater,
    RouteRefused,
)
from bot.channels.http import NOT_CONNECTED
from bot.channels.subscriber.addresses import AddressRefused, HostUnknown, find_address
from bot.channels.subscriber.settings import SubscriberSettings
from models.messages import CaseEventPush, Incoming

_BASE64 = "whsec_"
_AWAY = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses of a system, or a gateway before it, that takes nothing now, whatever it is."""
_DENIED = frozenset({401, 403})
_PORTS = {"http": 80, "https": 443}


class SubscriberChannel(PlainChannel):
    """One system. It hears nothing and is told everything in the order in which it happened."""

    def __init__(
        self, name: str, settings: SubscriberSettings, *, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        self.name = name
        self.declaration = settings.declare()
        self._settings = settings
        self._client = client
        self._clock = clock

    def read(self, raw: str) -> Incoming:  # noqa: ARG002 - the protocol's signature
        raise RefusedInput("subscriber_says_nothing", 404)

    def can_send(self, delivery: Delivery) -> bool:
        return isinstance(delivery.body, CaseEventPush)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:  # noqa: ARG002 - as above
        return ()

    async def send(self, delivery: Delivery) -> Outcome:
        if not isinstance(delivery.body, CaseEventPush):
            return RouteRefused("only_events")
        content = json.dumps(delivery.body.event, ensure_ascii=False).encode()
        try:
            request = await self._build_request(str(delivery.body.event["id"]), content)
        except AddressRefused:
            return RouteRefused("private_address")
        except HostUnknown:
            return NOT_CONNECTED
        try:
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            # Whatever it says besides is not read: it may go on for ever.
            await answer.aclose()
        except (httpx.TransportError, httpx.InvalidURL):
            # The receiver knows by its id what it has: it may be sent again.
            return NOT_CONNECTED
        return _judge(answer.status_code)

    async def _build_request(self, event_id: str, content: bytes) -> httpx.Request:
        """The call, to an address that was looked at. Raises AddressRefused, HostUnknown."""
        url = urlsplit(self._settings.url)
        host, port = url.hostname or "", url.port or _PORTS[url.scheme]
        address = await find_address(host, port, private_hosts=self._settings.private_hosts)
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Host": url.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self._settings.secret.get_secret_value(), event_id, timestamp, content),
        }
        target = httpx.URL(self._settings.url).copy_with(host=address)
        return self._client.build_request(
            "POST", target, content=content, headers=headers, extensions={"sni_hostname": host}
        )


def sign(secret: str, event_id: str, timestamp: str, content: bytes) -> str:
    """The value of `webhook-signature`; `secret` as the configuration has it."""
    signed = b".".join((event_id.encode(), timestamp.encode(), content))
    digest = hmac.digest(_read_key(secret), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _read_key(secret: str) -> bytes:
    """What stands behind `whsec_` is base64, as the libraries of receivers expect; else words as they are."""
    if secret.startswith(_BASE64):
        try:
            return base64.b64decode(secret.removeprefix(_BASE64), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _judge(status: int) -> Outcome:
    if 200 <= status < 300:
        return Delivered()
    if status in _AWAY:
        return RetryLater(f"http_{status}", after=30.0, outage=True)
    if status in _DENIED:
        return CredentialsRefused(f"http_{status}")
    if status >= 500:
        # It may be this very event that breaks it: after some tries the next one goes.
        return RetryLater(f"http_{status}", after=30.0)
    return RouteRefused(f"http_{status}")
