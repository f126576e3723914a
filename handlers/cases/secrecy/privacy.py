"""Keeping people's contacts and names out of what others read (standards §13)."""

import re

from models.cases import Case, Event
from models.workflow import ACTS, CaseRelation

REPORTER = "报事人"
_AS_REPORTER = frozenset(
    {
        CaseRelation.ANYONE,
        CaseRelation.REPORTER,
        CaseRelation.CHECKER,
        CaseRelation.SURVEYOR,
        CaseRelation.LAST,
    }
)
"""How a reporter may stand to their own case: they check it, look at it and take back, too."""

_IDENTITY = re.compile(r"(?<!\d)(\d{2})\d{15}([\dXx])(?!\d)")
_DASH = r"[-－\s]?"
_MOBILE = re.compile(
    rf"(?<!\d)((?:(?:[0０]{{2}})?[8８][6６]{_DASH})?[1１]\d{{2}}){_DASH}\d{{4}}{_DASH}(\d{{4}})(?!\d)"
)
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[-－\s]?\d{3,4}[-\s]?(\d{4})(?!\d)")
_LOCAL = re.compile(r"((?:电话|座机|联系方式)[是为:：\s]{0,3})\d{3,4}[-\s]?(\d{4})(?!\d)")
_ACCOUNT = re.compile(r"((?:微信|[Ww][Xx]|[Vv][Xx]|QQ|qq)号?[是为:：\s]{0,3})[A-Za-z0-9_-]{5,20}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤施季倪茅"
)
_OWN_NAME = re.compile(
    rf"((?:我叫|本人叫|联系人|姓名)[是为:：\s]{{0,2}})[{_SURNAMES}](?!师傅|老师|阿姨|大爷|经理|医生)"
    r"[\u4e00-\u9fff]{1,2}(?![\u4e00-\u9fff])"
)
"""Who names themself does so with a surname, and ends there: 我叫救护车 and 我叫王师傅来看 name nobody."""


def mask(text: str, *names: str) -> str:
    """Mask telephone numbers (138****1234), identity numbers (first 2, last 1), accounts, and names.

    Names are those given here, and what people call themselves (我叫…, 联系人…).
    A name is replaced only where it is long enough to be one: a single character is a word.
    """
    text = _IDENTITY.sub(lambda m: f"{m[1]}{'*' * 15}{m[2]}", text)
    for number in (_MOBILE, _LANDLINE, _LOCAL):
        text = number.sub(r"\1****\2", text)
    text = _MAIL.sub("****", _ACCOUNT.sub(r"\1****", text))
    text = _OWN_NAME.sub(rf"\1{REPORTER}", text)
    for name in names:
        if len(name) > 1:
            text = text.replace(name, REPORTER)
    return text


def display_actor(event: Event, case: Case) -> str:
    """The name of whoever acted, as others may read it; whoever acted as the reporter stays unnamed."""
    as_reporter = event.actor_id is not None and event.actor_id == case.reporter_id
    return REPORTER if as_reporter and _AS_REPORTER & set(ACTS[event.act].relations) else event.actor_name
