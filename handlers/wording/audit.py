"""What the record of acts says: who looked, who decided, who signed in."""

KINDS = {
    "reveals": "查看报事人",
    "decisions": "审批和作废",
    "sign_ins": "登录",
    "personal_data": "个人信息",
    "participation": "信息员参加",
}
SIGNED_OUT = "已退出"
_DOORS = {"wecom": "企业微信", "password": "密码", "demo": "演示"}


def may_not_audit() -> str:
    return "审计记录只给领导、督查员和管理员看。"


def signed_in(door: str) -> str:
    """How somebody signed in."""
    return f"用{_DOORS.get(door, door)}登录"


def data_request(kind: str) -> str:
    """What is to be done with somebody's data."""
    return {"export": "申请导出个人信息", "erase": "申请删除个人信息"}.get(kind, kind)


def data_request_state(number: str, reason: str, second: str, *, done: bool) -> str:
    """How far a request is; `second`: who agreed, "" as long as nobody did."""
    state = f"{second}同意，{'已完成' if done else '正在做'}" if second else "等第二个人同意"
    return f"{number}，{state}。理由：{reason}"
