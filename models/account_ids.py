"""How the ids of people on a platform are spelled, so that equal ones are equal.

WeCom compares the userid of a member case-blind: the same person comes as `ZhangYL` from one interface and
as `zhangyl` from another. Ids of outside contacts (`wm…`, `wo…`), openids and ids of groups are random
letters, and tell people apart by their case.
"""

import re

WECOM = "wecom"
"""All WeCom channels of one corporation share one set of user ids."""

WECHAT = "wechat"
"""Official accounts. Each has openids of its own, random enough that no two accounts share one."""

WECOM_CUSTOMER = "wecom_customer"
"""Ordinary WeChat users whom a corporation's customer service speaks with, by their external_userid.

They are no members: whoever is linked to one of these ids is a resident there, whatever they are elsewhere.
"""

_OUTSIDE_CONTACT = re.compile(r"w[mo][A-Za-z0-9_-]{30}")
"""`external_userid`: 32 characters."""


def is_vouched_for(provider: str, user_id: str) -> bool:
    """Whether an employer vouches for whoever holds this account: a member of the corporation, nobody else.

    Only such an account carries the rights of staff.
    """
    return provider == WECOM and not _OUTSIDE_CONTACT.fullmatch(user_id)


def spell_account(provider: str, user_id: str) -> str:
    """The one spelling of a person's id on a platform. Applying it again changes nothing.

    `provider`: whose id it is, as a channel declares it. Only WeCom's userids lose their case.
    """
    if provider != WECOM or _OUTSIDE_CONTACT.fullmatch(user_id):
        return user_id
    return user_id.lower()
