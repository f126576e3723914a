"""What a page says when it cannot show what was asked for; what it shows otherwise stands in its template."""

from datetime import date, datetime

from handlers.wording import formats, reports


def no_such_page() -> str:
    return "没有这个页面。它可能已经移走，或者地址不完整。"


def invalid_address() -> str:
    return "地址里有看不懂的内容，请从页面上的链接进入。"


def invalid_form() -> str:
    return "这次提交看不懂，没有保存。请回到上一页重新填写。"


def form_over() -> str:
    return "这个页面已经过期，没有提交。请刷新后再试。"


def form_too_large() -> str:
    return "照片太大，没有提交。请一次少传几张。"


def form_too_slow() -> str:
    return "网络太慢，没有收全，没有提交。请换个地方再试。"


def sign_in_first() -> str:
    return "请先登录。"


def unavailable() -> str:
    return "数据库暂时没有回应，请过一会儿再试。刚才的提交没有保存。"


def internal_fault() -> str:
    return "服务出错了，已记入日志。刚才的提交没有保存。"


def not_a_photo() -> str:
    return "有一个文件不是照片，没有提交。请选 JPEG、PNG、WebP 或 HEIC 照片。"


def photo_too_large(megabytes: int) -> str:
    return f"照片最大 {megabytes} MB，没有提交。"


def photo_too_detailed() -> str:
    return "照片像素太多，没有提交。请缩小后再传。"


def photo_broken() -> str:
    return "有一张照片打不开，可能已损坏，没有提交。"


# Cases ---------------------------------------------------------------------------------------

FOLDERS = {
    "new": "待受理",
    "unsigned": "待签收",
    "due": "快到期",
    "late": "已超时",
    "submitted": "待核验",
    "to_sign": "待审签",
    "meeting": "等会商",
    "callback": "待回访",
    "returned": "退回",
    "orders": "督办",
    "mine": "我的",
}
"""The folders of the to-do page by their keys."""


REASON_KINDS = {
    "class": "类别",
    "nature": "性质",
    "urgent": "紧急",
    "report": "是诉求",
    "place": "地点",
    "unit": "单位",
}
"""What a word counted for, in the explanation of a choice."""


def no_such_case() -> str:
    return "没有这件事，或者它不归您看。请核对编号。"


def no_such_file() -> str:
    return "没有这张照片，或者它不归您看。"


def stale_form() -> str:
    return "您打开页面以后，这件事有了变化，刚才的没有提交。请看看下面的变化，再决定。"


def confirm_first(verb: str) -> str:
    return f"「{verb}」不能轻易反悔，请先勾选「我已核对」。没有提交。"


def too_many_words(most: int) -> str:
    return f"文字太长，最多 {most} 个字。没有提交。"


_FIELDS = {
    "limit": "时限看不懂，请写 4小时、3天 或 2个工作日",
    "until": "日期看不懂，请写 2026-12-01 这样的日期",
    "point": "地图上的位置看不懂，请在图上再点一次",
    "recovered": "金额看不懂，请写多少元，如 4000 或 4000.50",
    "asked": "金额看不懂，请写多少元，如 4000 或 4000.50",
}


def unreadable_field(name: str) -> str:
    """A field cannot be read; `name` as the form names it."""
    return f"{_FIELDS.get(name, '有一项内容看不懂')}。没有提交。"


def time_left(due: datetime | None, *, now: datetime, is_running: bool) -> str:
    """How long until it is due, or since; local times. "" where no time runs."""
    if due is None or not is_running:
        return ""
    if due <= now:
        return f"超时 {formats.format_span(now - due)}"
    return f"剩 {formats.format_span(due - now)}"


WORKBOOK_SHEET = "事件"
WORKBOOK_COLUMNS = (
    "编号", "状态", "类别", "内容", "地点", "承办单位", "上报时间", "办结时限", "紧急",
    "涉及金额（元）", "追回（元）",
)  # fmt: skip
URGENT = "紧急"
ABOUT_MONEY = "涉及金额的"


def suggestions(adoption: str) -> str:
    """Suggestions, all of them or those answered so."""
    return f"建议，{adoption}的" if adoption else "建议"


def workbook_name(day: date) -> str:
    """The name of the file of a list, of this day."""
    return f"事件清单{day:%Y%m%d}.xlsx"


def unfit_view_name(longest: int) -> str:
    return f"名字要有 1 到 {longest} 个字。没有保留。"


def too_many_views(most: int) -> str:
    return f"最多保留 {most} 个查法，请先去掉一个。"


def not_in_bulk(verb: str) -> str:
    return f"「{verb}」要一件一件办。"


def choose_cases(most: int) -> str:
    return f"请先选中要办的，一次最多 {most} 件。没有提交。"


# Figures -------------------------------------------------------------------------------------

FIGURES = {
    "received": "受理",
    "excluded": "不受理、作废、并案",
    "withdrawn": "报事人撤回",
    "answered": "已回应",
    "rated": "有评价",
    "solved": "已解决",
    "judged": "评了满意度",
    "satisfied": "满意",
    "unrated": "办结了没有评价",
    "due": "已到期限",
    "on_time": "按时办结",
    "overdue": "现在超时",
    "unanswered": "没有回应",
    "unsolved": "没有解决",
    "dissatisfied": "不满意",
    "not_on_time": "没有按时",
    "in_grid": "网格自办",
    "redone": "返工",
    "reopened": "重开",
    "sent_back": "单位退回过",
}
"""What is counted, by the keys of the figures."""
DEADLINES = {"late": "已超时", "today": "今天到期", "tomorrow": "明天到期"}
"""When the time of a case ends, by its keys."""


def handled_by(unit: str) -> str:
    """Of one unit alone; "": of none."""
    return f"{unit} 承办" if unit else reports.NOBODY


ON_MAP, OFF_MAP, ON_SPOT = "在办", "在办、没有定位", "在办、在图上这一处"
"""What is open, and where it stands on a map."""
AGES = {"today": "今天报的", "days": "1 至 3 天", "week": "4 至 7 天", "older": "8 天以上"}
"""How long ago something was reported, by its keys."""
COLOURINGS = {"class": "按类别", "state": "按状态", "age": "按时间"}
"""What the colours of a map tell, by their keys."""
OTHER_CLASSES = "其他类别"
_SHORTEST_MONTH = 28


def no_outlines() -> str:
    return "还没有任何区域的轮廓，画不出地图。请直接填写地点。"


def lies_in(area: str, sign: str = "") -> str:
    """Where a case lies; `sign`: `=` of the area itself, `!` anywhere else."""
    return {"=": f"{area}，没有分到下级", "!": f"不在{area}或没有定到区域"}.get(sign, f"{area}属地")


def stretch(first: date, last: date) -> str:
    """A few days, as the head of a column."""
    if first == last:
        return f"{first.month}/{first.day}"
    if (
        first.day == 1
        and (last.month, last.year) == (first.month, first.year)
        and last.day >= _SHORTEST_MONTH
    ):
        return f"{first.year % 100}年{first.month}月"
    return f"{first.month}/{first.day}–{last.month}/{last.day}"


def reported_at(hour: int) -> str:
    """The hour in which it was reported."""
    return f"{hour} 时报的"


def same_place(number: str) -> str:
    """At the place of another case."""
    return f"和 {number} 同一地点"


def of_topic(code: str) -> str:
    """Of a topic."""
    return f"热点 {code}"


def unreadable_period() -> str:
    return "日期看不懂，或者开始比结束晚。请重新选。"


# Signing in ----------------------------------------------------------------------------------


def sign_in_over() -> str:
    return "这次登录已经过期，或者不是从这里开始的。请再点一次登录。"


def no_platform() -> str:
    return "这里没有接通企业微信登录。"


def no_passwords() -> str:
    return "这里没有开通密码登录。"


def only_in_demo() -> str:
    return "只有本机的演示可以直接选人。"


def account_unknown(slug: str, *, by: str = "企业微信") -> str:
    """Why the platform did not say who signs in; `slug`: code_over, no_member or another; `by`: its name."""
    return {
        "code_over": "登录码已经用过或过期，请再点一次登录。",
        "no_member": f"{by}里没有您，不能登录。" if by != "企业微信" else "您不是本企业的成员，不能登录。",
        "token_refused": f"{by}的回答不可信，没有登录。请告诉管理员。",
        "wrong_issuer": f"{by}的回答不可信，没有登录。请告诉管理员。",
    }.get(slug, f"{by}暂时没有回应，请过一会儿再试。")


def not_staff() -> str:
    return "名册里没有您，或者您的身份不用登录这里。请联系管理员。"


def wrong_password() -> str:
    return "账号或密码不对。"


def too_many_tries() -> str:
    return "试错太多次，请 15 分钟后再试，或请管理员重设密码。"
