"""Texts around joining the accounts of one person."""

from models.account_ids import WECHAT, WECOM, WECOM_CUSTOMER

HELP = (
    ("关联账号", "把您在企业微信、公众号的账号连成一个人"),
    ("解除关联", "这个账号不再和别的连着"),
)
_NAMES = {WECOM: "企业微信", WECHAT: "微信公众号", WECOM_CUSTOMER: "微信客服"}


def _name(provider: str) -> str:
    return _NAMES.get(provider, "另一个入口")


def code(said: str, minutes: int) -> str:
    return (
        f"您的代码是 {said}，{minutes} 分钟内有效，只能用一次。\n"
        f"请在您的另一个账号里私聊我发：/关联账号 {said}\n"
        "不要告诉别人：知道代码的人能看到您报的事。"
    )


def only_in_private() -> str:
    return "关联账号只在私聊里办。"


def wrong_code() -> str:
    return "代码不对，或者已经过期。请在另一个账号里发 /关联账号 重新要一个。"


def too_many_tries(minutes: int) -> str:
    return f"试的次数太多了，{minutes} 分钟以后再试。"


def two_members() -> str:
    return "两个都是企业微信的账号，各是各的人，不能关联。"


def join_notice(provider: str) -> str:
    """For both: `provider` is whose account the other one is."""
    return (
        f"您的账号已和{_name(provider)}的账号关联，报的事两边都能看，有消息只在您最近用的一边说。"
        "不是您本人办的，请发 /解除关联。"
    )


def not_joined() -> str:
    return "这个账号没有关联别的账号。要关联，请发 /关联账号。"


def part_receipt() -> str:
    return "已解除关联。这个账号报的事，只在这里看。"


def part_notice(provider: str) -> str:
    """For those that stay: `provider` is whose account left."""
    return f"{_name(provider)}的账号已和您解除关联。"
