"""What informants are asked before they take part, and what they are told when they leave (requirements A06)."""

from collections.abc import Mapping

from models.organisation import Participation

PARTICIPATION_NAMES: Mapping[str, str] = {
    Participation.ENROLLED: "在册",
    Participation.UNCONFIRMED: "未确认",
    Participation.AGREED: "已同意",
    Participation.LEFT: "已退出",
    Participation.SUSPENDED: "停用",
}
