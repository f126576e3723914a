"""How WeCom calls kinds of messages that nothing can be read of, in the archive and in customer service.

The bot's own documents have none of these.
"""

from models.messages import PartKind

UNREADABLE_KINDS = {
    "link": PartKind.LINK,
    "news": PartKind.LINK,
    "docmsg": PartKind.LINK,
    "weapp": PartKind.MINI_PROGRAM,
    "miniprogram": PartKind.MINI_PROGRAM,
    "chatrecord": PartKind.FORWARD,
    "merged_msg": PartKind.FORWARD,
    "card": PartKind.CONTACT_CARD,
    "business_card": PartKind.CONTACT_CARD,
    "redpacket": PartKind.RED_PACKET,
    "external_redpacket": PartKind.RED_PACKET,
    "emotion": PartKind.STICKER,
    "sticker": PartKind.STICKER,
}
