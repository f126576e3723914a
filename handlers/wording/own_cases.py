"""What a resident reads where they look up what they reported, in WeChat."""

NO_ACCOUNT = "这里还没有公众号。请打开回执里的网址看您反映的事。"
OPEN_IN_WECHAT = "请在微信里打开：从公众号进来才认得您。也可以打开回执里的网址。"
OPEN_AGAIN = "没有认出您，请回到公众号再点一次。"
NOTHING_YET = "您还没有在公众号里反映过事情。请在公众号里说一句话，或者扫网格的二维码。"


def account_unknown(slug: str) -> str:
    """Why the platform did not say who opens the page; `slug`: code_over, no_member or another."""
    known = {
        "code_over": OPEN_AGAIN,
        "no_member": "微信现在只让您看快照。请点右下角的「使用完整服务」，再打开一次。",
    }
    return known.get(slug, "微信暂时没有回应，请过一会儿再打开。")
