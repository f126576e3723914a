"""The workflow, as one table (design §5).

Commands, card buttons, the API, the help texts, the permission check and the documentation are
all read from `ACTS`. Adding an act is adding a row here, its effect and its notifiers in the module of
its family in `handlers/acts/`, its sentences in `handlers/wording/`, a button in
`handlers/cards/layout.py` where one press should be enough, and a test.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from models.workflow_terms import (
    CLOCKS,
    IN_SIGNOFF,
    OPEN,
    RUNNING,
    UNDO_WITHIN,
    Act,
    ActField,
    Audience,
    CaseRelation,
    ClockEffect,
    Condition,
    Reply,
    RequestKind,
    Status,
    Step,
    Turn,
    Withdrawal,
    find_clock_effects,
)

__all__ = [
    "ACTS",
    "BY_WORD",
    "CLOCKS",
    "IN_SIGNOFF",
    "OPEN",
    "RUNNING",
    "UNASSIGNED",
    "UNDO_WITHIN",
    "Act",
    "ActField",
    "Audience",
    "CaseRelation",
    "ClockEffect",
    "Condition",
    "Reply",
    "RequestKind",
    "Status",
    "Step",
    "Turn",
    "Withdrawal",
    "find_act_requiring",
    "find_act_with",
    "find_clock_effects",
    "list_allowed_acts",
    "register_act",
]  # fmt: skip


UNASSIGNED = (Status.NEW, Status.ACCEPTED)
"""What no unit was given yet."""


def _states(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


_S, _W, _N, _A = Status, CaseRelation, ActField, Audience
_C, _Q, _T, _B = Condition, RequestKind, Reply, Turn
_STAFF = (_W.DUTY, _W.HANDLER, _W.GRID, _W.COORDINATOR)
_WITH_UNIT = _states(_S.DISPATCHED, _S.IN_PROGRESS, _S.SUSPENDED)
_ANSWERED = _states(_S.CALLBACK, _S.CLOSED)

_TABLE = (
    # Coming in
    Act(
        "report", "上报", _states(), (_S.NEW,), (_W.ANYONE,), (_N.EVIDENCE,), (_A.REPORTER, _A.DUTY),
        ("报事", "反映"), "一句话", "上报一件事（直接说话、发照片也可以）",
    ),
    Act(
        "add", "补充", OPEN, (), (_W.REPORTER, *_STAFF, _W.PARTNER, _W.WARNED, _W.OBSERVER),
        (_N.EVIDENCE,), (_A.HANDLING,), (), "内容", "给事件补充文字或照片", reply=_T.OTHER, on_page=True,
    ),
    Act(
        "accept", "受理", _states(_S.NEW), (_S.ACCEPTED,), (_W.DUTY,), (), (_A.REPORTER,),
        (), "", "受理，先不派单", undoable=True, bulk=True,
    ),
    Act(
        "reject", "不予受理", _states(_S.NEW, _S.ACCEPTED), (_S.REJECTED,), (_W.DUTY,),
        (_N.REASON,), (_A.REPORTER,), ("不受理",), "理由", "不予受理，理由会告诉报事人", undoable=True,
    ),
    Act(
        "classify", "改类", OPEN, (), (_W.DUTY,), (_N.CLASS,), (_A.HANDLING,),
        ("分类",), "类别", "更正类别，时限随之更新", undoable=True,
    ),
    Act(
        "place", "定位", OPEN, (), (_W.DUTY, _W.GRID, _W.REPORTER, _W.TIME), (_N.PLACE,), (_A.HANDLING,),
        ("地点",), "地点", "更正地点", undoable=True, own_case_only=True,
    ),
    Act(
        "transcribe", "转写", OPEN, (), (_W.DUTY, _W.TIME), (_N.TEXT,),
        (_A.REPORTER, _A.HANDLING, _A.DUTY),
        ("听写",), "听到的话", "把报事人的语音写成文字，和他自己写的一样",
        requires=_C.HAS_VOICE,
    ),
    Act(
        "mark_urgent", "加急", OPEN, (), (_W.DUTY, _W.COORDINATOR, _W.HANDLER, _W.TIME), (_N.TEXT,),
        (_A.REPORTER, _A.HANDLING, _A.DUTY),
        ("转为紧急",), "理由", "变成紧急的事：马上叫人，按紧急的时限办", requires=_C.NOT_URGENT,
    ),
    Act(
        "survey", "核实", OPEN, (), (_W.DUTY, _W.COORDINATOR), (_N.TEXT,), (_A.SURVEYORS,),
        ("现场核实",), "要看什么 [时限]", "请附近的信息员看一看，如 /核实 0031 清了没有，要照片 4小时",
        optional_fields=(_N.LIMIT,),
    ),
    Act(
        "survey_report", "核实结果", OPEN, (), (_W.SURVEYOR,), (_N.EVIDENCE,), (_A.DUTY, _A.HANDLING),
        (), "看到的情况（附照片）", "回报现场核实的情况", reply=_T.ACCOUNT, said="报核实结果",
    ),
    Act(
        "survey_decline", "无法核实", OPEN, (), (_W.SURVEYOR,), (), (_A.DUTY,),
        (), "[理由]", "现在去不了现场",
    ),
    # To whom
    Act(
        "assign", "交办", _states(_S.NEW, _S.ACCEPTED), (_S.DISPATCHED,), (_W.DUTY, _W.COORDINATOR, _W.TIME),
        (_N.UNIT,), (_A.REPORTER, _A.HANDLING), ("派单", "派遣"), "单位 [时限]",
        "交给承办单位，如 /交办 0031 城管局 4小时", bulk=True,
        optional_fields=(_N.LIMIT,), requires=_C.NOT_IN_ARBITRATION, recallable=True,
    ),
    Act(
        "recall", "收回", _states(_S.DISPATCHED), (_S.NEW, _S.ACCEPTED), (_W.DUTY, _W.COORDINATOR), (),
        (_A.FORMER,), ("收回交办",), "[理由]", "交办错了，5 分钟内还没签收的收回来",
        requires=_C.RECALLABLE, takes_back_task=True,
    ),
    Act(
        "pass_on", "转办", _states(_S.ACCEPTED, _S.DISPATCHED), (_S.DISPATCHED,), (_W.DUTY,),
        (_N.UNIT,), (_A.REPORTER, _A.HANDLING, _A.FORMER), ("改派",), "单位", "转给另一单位，时限不变",
        requires=_C.NOT_IN_ARBITRATION,
    ),
    Act(
        "arbitrate", "裁定", _states(_S.ACCEPTED), (_S.DISPATCHED,), (_W.DUTY, _W.COORDINATOR, _W.LEADER),
        (_N.UNIT,), (_A.REPORTER, _A.HANDLING, _A.FORMER), ("仲裁",), "单位 [理由]",
        "裁定承办单位，不能再退回", optional_fields=(_N.LIMIT,), requires=_C.IN_ARBITRATION,
    ),
    Act(
        "assist", "协办", _WITH_UNIT, (), (_W.DUTY, _W.COORDINATOR), (_N.UNITS,), (_A.PARTNERS, _A.HANDLING),
        (), "单位…", "请其他单位协办",
    ),
    Act(
        "whistle", "吹哨", OPEN, (), (_W.COORDINATOR, _W.DUTY, _W.TIME), (_N.UNITS,),
        (_A.PARTNERS, _A.HANDLING, _A.DUTY), (), "单位…", "吹哨，请各部门到场报到",
    ),
    Act(
        "check_in", "报到", OPEN, (), (_W.PARTNER, _W.HANDLER), (), (_A.DUTY, _A.JOINT),
        ("到场",), "[情况]", "到场报到，记下用时", requires=_C.NOT_ARRIVED,
    ),
    Act(
        "partner_done", "协办完成", OPEN, (), (_W.PARTNER,), (_N.EVIDENCE,),
        (_A.HANDLING, _A.JOINT), (), "结果", "协办单位办完自己的部分", reply=_T.SHARE_DONE,
    ),
    Act(
        "call_meeting", "提请会商", OPEN, (), (_W.COORDINATOR, _W.DUTY, _W.LEADER), (_N.REASON,),
        (_A.HANDLING, _A.DUTY), ("上会",), "理由", "放进会商议程，等联席会议定", requires=_C.NOT_ON_AGENDA,
    ),
    Act(
        "meet", "会商", OPEN, (), (_W.COORDINATOR, _W.DUTY, _W.LEADER), (_N.DECISIONS,),
        (_A.HANDLING, _A.DUTY, _A.PARTNERS),
        ("联席会议",), "结论，再一行一家「单位：做什么，期限」", "记下会商结论，给各单位派任务、定期限",
    ),
    Act(
        "send_down", "下派", _states(_S.IN_PROGRESS), (), (_W.HANDLER,), (_N.UNIT,),
        (_A.PARTNERS, _A.HANDLING), ("交下级",), "村居或网格 [要求]",
        "交下面的村居或网格去办，时限不变，结果回到本单位", sends_down=True,
    ),
    # Doing it
    Act(
        "sign", "签收", _states(_S.DISPATCHED), (_S.IN_PROGRESS,), (_W.HANDLER,), (), (_A.REPORTER,),
        ("接单",), "", "本单位签收，开始办理", bulk=True,
    ),
    Act(
        "unsign", "撤签", _states(_S.IN_PROGRESS), (_S.DISPATCHED,), (_W.DUTY, _W.TIME), (_N.REASON,),
        (_A.HANDLING, _A.DUTY), (), "理由", "签收后没有动静，收回签收",
    ),
    Act(
        "return", "退回", _states(_S.DISPATCHED, _S.IN_PROGRESS), (_S.ACCEPTED,), (_W.HANDLER,),
        (_N.REASON,), (_A.DUTY,), ("退单",), "理由 [建议单位]",
        "不属本单位职责，退回值班员（一个单位只能退一次）",
        optional_fields=(_N.SUGGESTED_UNIT,), requires=_C.RETURNABLE,
    ),
    Act(
        "contact", "联系", _states(_S.DISPATCHED, _S.IN_PROGRESS), (), (_W.HANDLER,), (), (),
        ("已联系",), "[情况]", "已联系报事人",
    ),
    Act(
        "tell_reporter", "转告", OPEN, (), (_W.DUTY, _W.COORDINATOR, _W.HANDLER), (_N.TEXT,), (_A.REPORTER,),
        (), "要说的话", "把一句话转告报事人，如 /转告 0031 明天上午去",
    ),
    Act(
        "progress", "进展", _states(_S.IN_PROGRESS, _S.SUSPENDED), (), (_W.HANDLER,), (_N.EVIDENCE,),
        (_A.REPORTER, _A.JOINT), (), "内容", "记一条办理进展", reply=_T.UPDATE, said="记进展",
    ),
    Act(
        "stage", "阶段", _states(_S.IN_PROGRESS), (), (_W.HANDLER,), (_N.EVIDENCE,),
        (_A.REPORTER, _A.JOINT), ("完成阶段",), "结果", "这一阶段完成，进入下一阶段",
        requires=_C.STAGE_RUNNING, said="完成阶段",
    ),
    Act(
        "mediate", "调解", OPEN, (), (_W.HANDLER, _W.GRID, _W.PARTNER), (_N.TEXT,), (_A.DUTY,),
        (), "经过 [追回 金额]", "记下调解经过和追回的金额", optional_fields=(_N.MONEY,),
    ),
    Act(
        "add_party", "当事人", OPEN, (), (_W.DUTY, _W.HANDLER), (_N.PARTY,), (_A.HANDLING,),
        (), "姓名 电话 关系", "记下当事人怎么联系（私聊我）", names_people=True, said="记当事人",
    ),
    Act(
        "claim", "涉及金额", OPEN, (), (_W.DUTY, _W.HANDLER, _W.GRID, _W.PARTNER), (_N.AMOUNT,), (),
        (), "4000 元", "记下涉及多少钱，追回的用 /调解", said="记涉及金额",
    ),
    Act(
        "feedback", "反馈", _states(_S.IN_PROGRESS, _S.DISPATCHED), (_S.SUBMITTED,), (_W.HANDLER,),
        (_N.EVIDENCE,), (_A.DUTY, _A.JOINT), ("办结反馈", "回复"), "结果（附照片）", "办完了，附处理后照片",
        reply=_T.DONE,
    ),
    Act(
        "solve_in_grid", "自办", _states(_S.NEW, _S.ACCEPTED), (_S.SUBMITTED,), (_W.GRID,),
        (_N.EVIDENCE,), (_A.REPORTER, _A.DUTY), ("自办自结",), "结果", "网格员当场解决", reply=_T.DONE,
    ),
    # More time
    Act(
        "extend", "延期", _states(_S.IN_PROGRESS), (), (_W.HANDLER,), (_N.LENGTH, _N.REASON), (_A.DUTY,),
        ("申请延期",), "多久 理由", "到期前申请延期，如 /延期 0031 2个工作日 等配件",
        requires=_C.NO_REQUEST_PENDING, request=_Q.EXTEND,
    ),
    Act(
        "ask_suspend", "申请挂账", _states(_S.IN_PROGRESS), (), (_W.HANDLER,), (_N.REASON,), (_A.DUTY,),
        (), "理由 [到 日期]", "条件不具备，申请挂账",
        optional_fields=(_N.UNTIL,), requires=_C.NO_REQUEST_PENDING, request=_Q.SUSPEND,
    ),
    Act(
        "suspend", "挂账", _states(_S.IN_PROGRESS), (_S.SUSPENDED,), (_W.DUTY,), (_N.REASON,),
        (_A.REPORTER, _A.HANDLING), (), "理由 [到 日期]", "挂账，时限暂停",
        optional_fields=(_N.UNTIL,), is_audited=True,
    ),
    Act(
        "resume", "恢复", _states(_S.SUSPENDED), (_S.IN_PROGRESS,), (_W.DUTY, _W.HANDLER, _W.TIME), (),
        (_A.REPORTER, _A.HANDLING), (), "", "恢复办理，时限接着走",
    ),
    Act(
        "complicate", "申请复杂", OPEN, (), (_W.HANDLER, _W.DUTY), (_N.REASON,), (_A.DUTY, _A.LEADER),
        ("复杂",), "理由", "特别复杂，申请把最长时限放宽到 30 天",
        requires=_C.NO_REQUEST_PENDING, request=_Q.COMPLEX,
    ),
    Act(
        "approve", "同意", OPEN, (_S.VOID, _S.SUSPENDED), (_W.SECOND,), (),
        (_A.REPORTER, _A.HANDLING, _A.DUTY), ("同意作废", "同意延期", "同意挂账"), "", "同意等候决定的申请",
        may_stay=True, requires=_C.REQUEST_PENDING, grants=True, becomes=(_B.SIGNATURE_ASKED, "sign_off"),
    ),
    Act(
        "decline", "不同意", OPEN, (), (_W.SECOND,), (), (_A.HANDLING, _A.DUTY),
        ("不同意作废", "不同意延期", "不同意挂账"), "[理由]", "不同意等候决定的申请",
        requires=_C.REQUEST_PENDING, grants=False, becomes=(_B.SIGNATURE_ASKED, "sign_off"),
    ),
    # Pressing
    Act(
        "nudge", "催办", OPEN, (), (_W.REPORTER, _W.DUTY, _W.TIME), (), (_A.HANDLING, _A.DUTY),
        ("催",), "[一句话]", "催一催，如 /催办 0031 0032", bulk=True, on_page=True,
    ),
    Act(
        "supervise", "督办", OPEN, (), (_W.LEADER, _W.DUTY, _W.COORDINATOR), (_N.TEXT,),
        (_A.HANDLING, _A.DUTY), (), "要求 [时限]", "发督办单，编号、限期回复",
        optional_fields=(_N.LIMIT,), requires=_C.NO_ORDER_OPEN,
    ),
    Act(
        "answer_order", "督办回复", OPEN, (), (_W.HANDLER,), (_N.TEXT,), (_A.DUTY, _A.LEADER),
        (), "内容", "回复督办单", requires=_C.ORDER_OPEN, said="回复督办单",
    ),
    Act(
        "instruct", "批示", OPEN, (), (_W.LEADER,), (_N.TEXT,), (_A.HANDLING, _A.DUTY),
        (), "内容", "领导批示，记在事件上",
    ),
    Act(
        "charge", "包案", OPEN, (), (_W.LEADER, _W.DUTY), (), (_A.HANDLING, _A.DUTY, _A.CHARGE), (),
        "[领导]", "领导包案：承办单位不变，到期前私聊提醒领导",
        optional_fields=(_N.LEADER,), requires=_C.NOT_IN_CHARGE,
    ),
    Act(
        "discharge", "解除包案", OPEN, (), (_W.LEADER, _W.DUTY), (_N.REASON,),
        (_A.HANDLING, _A.DUTY, _A.CHARGE), (), "理由", "不再由领导包案", requires=_C.IN_CHARGE,
    ),
    Act(
        "raise", "提级", OPEN, (), (_W.DUTY, _W.COORDINATOR, _W.TIME), (_N.REASON,), (_A.DUTY, _A.LEADER),
        (), "[镇或县] 理由", "提到上一级协调，如 /提级 0031 县 三个部门意见不一",
        optional_fields=(_N.LEVEL,), undoable=True, requires=_C.BELOW_TOP_LEVEL,
    ),
    Act(
        "propose_raise", "建议提级", OPEN, (), (_W.TIME,), (_N.REASON,), (_A.DUTY,),
        (), "", "退回两次、超期、涉及两个部门时请值班员提级，一点就提", requires=_C.NOT_RAISED,
    ),
    Act(
        "complain", "投诉办理", frozenset(Status) - {_S.DUPLICATE}, (), (_W.REPORTER,), (_N.TEXT,),
        (_A.DUTY, _A.LEADER), (), "内容", "对办理不满意，只告诉值班员和领导，承办单位看不到",
        about_handling=True,
    ),
    Act(
        "call_person", "转人工", frozenset(Status), (), (_W.REPORTER,), (), (_A.REPORTER, _A.DUTY),
        ("找值班员",), "[想说的话]", "请值班员本人答复；不写编号也可以",
    ),
    # The end
    Act(
        "withdraw", "撤回", OPEN | {_S.DUPLICATE}, (), (_W.REPORTER,), (),
        (_A.REPORTER, _A.DUTY, _A.HANDLING), ("不办了",), "[原因]", "报错了、已经好了，不用再办",
        requires=_C.NOT_WITHDRAWN, own_number_only=True, becomes=(_B.RESULT_ASKED, "rate"), on_page=True,
    ),
    Act(
        "carry_on", "继续办", OPEN | {_S.DUPLICATE}, (), (_W.DUTY, _W.REPORTER, _W.TIME), (),
        (_A.REPORTER, _A.DUTY, _A.HANDLING), (), "[理由]", "撤回的事还是要办",
        requires=_C.WITHDRAWN, own_number_only=True, on_page=True,
    ),
    Act(
        "void_withdrawn", "撤回作废", OPEN, (_S.VOID,), (_W.DUTY,), (), (_A.REPORTER, _A.DUTY, _A.HANDLING),
        ("同意撤回",), "[理由]", "报事人撤回的事作废，不用第二个人", requires=_C.WITHDRAWN, is_audited=True,
    ),
    Act(
        "verify", "核查", _states(_S.SUBMITTED), (_S.CALLBACK, _S.IN_PROGRESS, _S.SUBMITTED), (_W.CHECKER,),
        (_N.VERDICT,), (_A.REPORTER, _A.HANDLING, _A.SIGNER), ("核验",), "通过 / 不通过 理由",
        "核查结果；不通过退回重办，要审签的先送审签", requires=_C.NO_SIGNATURE_ASKED, impartial=True,
    ),
    Act(
        "sign_off", "审签", _states(_S.SUBMITTED), (_S.CALLBACK, _S.IN_PROGRESS), (_W.SIGNER,),
        (_N.SIGNATURE,), (_A.REPORTER, _A.HANDLING, _A.DUTY), ("签发",), "同意 / 退改 理由",
        "审签答复：同意就答复报事人，退改就重办", requires=_C.SIGNATURE_ASKED,
    ),
    Act(
        "rate", "评价", _states(_S.CALLBACK, _S.DUPLICATE), (_S.CLOSED, _S.IN_PROGRESS, _S.ACCEPTED),
        (_W.REPORTER,),
        (_N.ANSWER,), (_A.REPORTER, _A.HANDLING, _A.DUTY), (), "已解决 / 未解决 [满意 / 不满意] [意见]",
        "报事人评价结果；被并案的只评自己那一件", requires=_C.MATTER_ANSWERED, reply=_T.RATING,
        stands_in_for="verify", impartial=True, own_number_only=True, on_page=True,
    ),
    Act(
        "call_back", "回访", _ANSWERED, (_S.IN_PROGRESS, _S.ACCEPTED), (_W.DUTY, _W.COORDINATOR), (_N.CALL,),
        (_A.HANDLING, _A.DUTY),
        ("抽查回访",), "联系上|未联系上 已解决|未解决 满意|不满意 话",
        "记下打给报事人的电话；没解决的重办，隔天两次没联系上的记未能联系",
        may_stay=True, impartial=True,
    ),
    Act(
        "deliver_answer", "答复送达", _ANSWERED | {_S.SUBMITTED, _S.DUPLICATE}, (), (_W.TIME,), (_N.TEXT,),
        (), (), "", "结果已送到报事人的会话",
    ),
    Act(
        "praise", "表扬", _ANSWERED, (), (_W.REPORTER, _W.DUTY), (_N.TEXT,), (_A.HANDLING,),
        (), "内容", "表扬承办单位",
    ),
    Act(
        "close", "结案", _states(_S.CALLBACK), (_S.CLOSED,), (_W.DUTY, _W.TIME), (), (_A.REPORTER,),
        ("办结",), "", "结案（须已答复报事人）", bulk=True,
    ),
    Act(
        "adopt", "采纳", _states(_S.NEW, _S.ACCEPTED, _S.DISPATCHED, _S.IN_PROGRESS), (_S.CALLBACK,),
        (_W.DUTY, _W.HANDLER), (_N.ADOPTION,), (_A.REPORTER, _A.DUTY), (), "全部|部分|暂不 理由",
        "答复建议：采纳多少，为什么；这就是给报事人的答复", requires=_C.IS_SUGGESTION,
    ),
    Act(
        "plan_milestone", "里程碑", _ANSWERED, (), (_W.DUTY, _W.HANDLER), (_N.TEXT, _N.UNTIL), (_A.HANDLING,),
        (), "做什么 到 日期", "建议采纳以后分几步做，到日子提醒单位，不算超时", requires=_C.ADOPTED,
        said="定里程碑",
    ),
    Act(
        "reach_milestone", "里程碑完成", _ANSWERED, (), (_W.DUTY, _W.HANDLER), (_N.EVIDENCE,), (_A.REPORTER,),
        (), "做成了什么", "最早的一步做完了，告诉报事人", requires=_C.MILESTONE_AHEAD, is_late_news=True,
        said="报里程碑完成",
    ),
    Act(
        "propose_publication", "申请公开", _states(_S.CLOSED), (), (_W.DUTY, _W.LEADER), (_N.TEXT,),
        (_A.DUTY,), (), "公开的话", "写好建议的公开说明，等另一个人公开", requires=_C.ANSWERED_SUGGESTION,
    ),
    Act(
        "publish", "公开", _states(_S.CLOSED), (), (_W.DUTY, _W.LEADER), (), (),
        (), "", "公开别人写好的建议说明，谁都看得到", requires=_C.PUBLICATION_PROPOSED, is_second_word=True,
    ),
    Act(
        "withdraw_publication", "撤下公开", _states(_S.CLOSED), (), (_W.DUTY, _W.LEADER), (), (),
        (), "[理由]", "公开的建议说明撤下来", requires=_C.PUBLISHED,
    ),
    Act(
        "plan_recheck", "复查", _states(_S.SUBMITTED, _S.CALLBACK), (), (_W.DUTY, _W.HANDLER), (_N.UNTIL,),
        (_A.HANDLING,), (), "到 日期 [看什么]", "办完以后定个日子再看一次，到日子提醒单位和值班员",
    ),
    Act(
        "report_recheck", "复查结果", _ANSWERED | {_S.SUBMITTED}, (), (_W.DUTY, _W.HANDLER),
        (_N.VERDICT,), (_A.HANDLING, _A.DUTY), (), "合格 / 不合格 看到的情况（附照片）",
        "记下复查的结果；不合格的请值班员重开", requires=_C.RECHECK_PLANNED, said="报复查结果",
    ),
    Act(
        "reopen", "重开", _states(_S.CLOSED, _S.DUPLICATE), (_S.ACCEPTED,), (_W.REPORTER, _W.DUTY),
        (_N.REASON,), (_A.REPORTER, _A.DUTY), (), "理由", "没有真正解决，重新办理",
        requires=_C.MATTER_ANSWERED, reply=_T.UNSOLVED, impartial=True, own_number_only=True, undoable=True,
        on_page=True,
    ),
    Act(
        "merge", "并案", OPEN, (_S.DUPLICATE,), (_W.DUTY, _W.TIME), (_N.PARENT,),
        (_A.REPORTER, _A.HANDLING, _A.DUTY),
        ("合并",), "主案编号", "并入另一件，一并跟进、一并答复", needs_confirmation=True,
    ),
    Act(
        "split", "拆分", _states(_S.DUPLICATE), (_S.ACCEPTED,), (_W.DUTY, _W.REPORTER), (),
        (_A.REPORTER, _A.DUTY), ("解除并案",), "[理由]", "不是同一件事，拆出来单独办", reply=_T.NOT_SAME,
        on_page=True,
    ),
    Act(
        "void", "作废", OPEN, (), (_W.DUTY,), (_N.REASON,), (_A.DUTY,),
        (), "理由", "申请作废，须另一位值班员同意", needs_confirmation=True,
        requires=_C.NO_REQUEST_PENDING, request=_Q.VOID,
        becomes=(_B.WITHDRAWN, "void_withdrawn"), is_audited=True,
    ),
    Act(
        "unrestrict", "解除限阅", OPEN, (), (_W.DUTY, _W.LEADER), (_N.REASON,), (_A.DUTY, _A.LEADER),
        (), "理由", "申请解除限阅，须另一位可以看的人同意",
        requires=_C.RESTRICTED, request=_Q.UNRESTRICT, is_audited=True,
    ),
    Act(
        "reveal", "查看联系人", frozenset(Status), (), (_W.DUTY, _W.HANDLER), (_N.REASON,), (),
        (), "理由", "查看报事人（私聊我才给，并留下记录）", reveals_reporter=True,
    ),
    Act(
        "revoke_link", "收回链接", frozenset(Status), (), (_W.REPORTER, _W.DUTY), (), (_A.DUTY,),
        ("作废链接",), "[原因]", "收回发给报事人的网页链接，点开的人什么也看不到",
        requires=_C.HAS_PAGE_LINK, own_number_only=True, on_page=True, is_audited=True,
    ),
    Act(
        "undo", "撤销", frozenset(Status), tuple(Status), (_W.LAST,), (),
        (_A.REPORTER, _A.HANDLING, _A.DUTY), (), "", "撤销自己 5 分钟内的上一步（受理、改类、定位、提级等）",
        may_stay=True, requires=_C.LAST_ACT_UNDOABLE, becomes=(_B.NOTHING_TO_UNDO, "withdraw"),
    ),
)  # fmt: skip

_acts = {act.key: act for act in _TABLE}
_by_word = {word: act for act in _TABLE for word in act.words}

ACTS: Mapping[str, Act] = MappingProxyType(_acts)
"""Every act by its key, in the order of a case's life."""

BY_WORD: Mapping[str, Act] = MappingProxyType(_by_word)
"""Every act by every word people and programs use for it."""

REVEALS = frozenset(act.key for act in _TABLE if act.reveals_reporter)
"""Acts by which somebody looks at who reported a case."""
AUDITED = tuple(
    sorted(act.key for act in _TABLE if act.is_audited or act.reveals_reporter or act.grants is not None)
)
"""Acts that are looked at afterwards: an index is made of them."""


@contextmanager
def register_act(act: Act) -> Iterator[None]:
    """Add one row at the end of the table, for all threads, as long as the context lasts.

    Raises ValueError where the key or one of the words belongs to another act.
    """
    if taken := [word for word in act.words if word in _by_word]:
        raise ValueError(f"{act.key}: {'、'.join(taken)} is an act already")
    _acts[act.key] = act
    _by_word.update(dict.fromkeys(act.words, act))
    try:
        yield
    finally:
        del _acts[act.key]
        for word in set(act.words):
            del _by_word[word]


def list_allowed_acts(status: Status) -> tuple[Act, ...]:
    """The acts that a case in this state allows, whoever asks."""
    return tuple(act for act in ACTS.values() if status in act.from_states)


def find_act_requiring(field: ActField) -> Act:
    """The first act of the table that cannot be performed without this field."""
    return next(act for act in ACTS.values() if field in act.required_fields)


def find_act_with(condition: Condition) -> Act:
    """The first act of the table that requires this of a case."""
    return next(act for act in ACTS.values() if act.requires is condition)
