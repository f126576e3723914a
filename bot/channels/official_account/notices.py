"""What reaches a person after their window: a template, or a notice that they agreed to (§5, §6).

template ──refused──> subscription notice ──not agreed──> the desk is told
"""

import httpx
import structlog

from bot.channels import http
from bot.channels.base import Delivered, Delivery, Outcome, RouteRefused
from bot.channels.official_account import errors, messages
from bot.channels.official_account.api import OfficialAccountAPI
from bot.channels.official_account.messages import Message
from bot.channels.official_account.settings import OfficialAccountSettings
from models.messages import CardPush
from models.pushes import BUDGET_OVER, FIXED_FIELDS

log = structlog.get_logger()


class LateNotices:
    """The messages of fixed fields of one account."""

    def __init__(
        self, settings: OfficialAccountSettings, api: OfficialAccountAPI, client: httpx.AsyncClient
    ) -> None:
        self._template = settings.template
        self._subscription = settings.subscription
        self._api = api
        self._client = client

    def can_carry(self, delivery: Delivery) -> bool:
        """Whether one is set for this, and can say it. What people agree to once is for the result."""
        is_set = self._template is not None or (self._subscription is not None and delivery.is_result)
        return is_set and messages.is_notice(delivery.body)

    async def send(self, delivery: Delivery) -> Outcome:
        """Hand the delivery to the platform by the first that it takes.

        What none of them takes waits until the person speaks, as what could not be said without them.
        """
        body = delivery.body
        if not isinstance(body, CardPush) or not self.can_carry(delivery):
            return RouteRefused(BUDGET_OVER)
        outcome: Outcome = RouteRefused(BUDGET_OVER)
        if self._template is not None:
            # The platform takes the same push once, if it comes twice within minutes.
            once = {"client_msg_id": f"gridbot-{delivery.push_id}"}
            message = {**once, **messages.build_template(body.card, self._template)}
            outcome = await self._post(delivery, "message/template/send", message)
        is_open = isinstance(outcome, RouteRefused) and not outcome.chat_gone
        if is_open and self._subscription is not None and delivery.is_result:
            message = {**messages.build_subscription(body.card, self._subscription)}
            outcome = await self._post(delivery, "message/subscribe/bizsend", message)
        if isinstance(outcome, RouteRefused) and not outcome.chat_gone:
            log.warning("account.notice_refused", push=delivery.push_id, reason=outcome.reason)
            return RouteRefused(BUDGET_OVER)
        return outcome

    async def _post(self, delivery: Delivery, path: str, message: Message) -> Outcome:
        answer = await self._api.post(self._client, path, {"touser": delivery.chat_id, **message})
        if isinstance(answer, Outcome):
            return answer
        outcome = errors.judge_send(http.errcode(answer))
        return (
            Delivered(f"{FIXED_FIELDS}{answer.get('msgid', '')}")
            if isinstance(outcome, Delivered)
            else outcome
        )
