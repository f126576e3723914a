"""Texts for the handling groups and the duty desk. None of them names or describes the reporter.

Each function is named after the event it announces and returns one message about the case in the view.
"""

from collections.abc import Sequence

from handlers.wording import formats, labels, marks
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import ACTS

SAYS_SOLVED = "报事人说已经解决了："
"""Before the words of a reporter who says so while the unit is still at it."""


def _case_phrase(view: CaseView, text: str) -> str:
    return f"{subject(view)}{text}"


def _due_phrase(view: CaseView) -> str:
    if view.is_paused:
        return "现在挂账，时限暂停"
    if view.urgent and view.due and view.due > view.now:
        return "请马上处置"  # the late limit stands on the card: here it would say that there is time
    return formats.format_deadline(view.due, now=view.now, asks=True) if view.due else "请尽快办理"


def _limit_phrase(view: CaseView) -> str:
    """The due time in words that fit the unit and the desk, which has nothing to finish."""
    if view.is_paused:
        return "时限暂停"
    return f"时限 {formats.format_time(view.due, now=view.now)}" if view.due else "时限不变"


def new_task(view: CaseView, instructions: str = "", added: Sequence[str] = ()) -> str:
    """A unit's new task, with what the desk wrote beside it and what was added since it was reported."""
    asked = f"交办要求：{instructions.rstrip('。')}。" if instructions else ""
    pieces = f"补充：{'；'.join(words.rstrip('。') for words in added)}。" if added else ""
    return _case_phrase(
        view, f"{labels.alarm(view)}新任务，{_due_phrase(view)}。{asked}{pieces}引用本条回复「签收」即签收。"
    )


def addition(view: CaseView) -> str:
    """The words added to a case, or a note that only photos came."""
    return _case_phrase(view, f"补充：{view.act_text}" if view.act_text else "补充了照片。")


def says_solved(words: str) -> str:
    """What a reporter said of a case that is still in hand, as its unit and its history show it."""
    return f"{SAYS_SOLVED}{words}"


def transfer_away(view: CaseView) -> str:
    """To the unit that had the case: its old card may still be in its group."""
    return _case_phrase(view, f"已改由{view.unit}办理，你们不用再办。")


def recall(view: CaseView) -> str:
    """To the unit that had the case: it was given to them by mistake."""
    why = f"（{view.act_text}）" if view.act_text else ""
    return _case_phrase(view, f"{view.actor}收回了这件{why}，你们不用办。")


def new_class(view: CaseView) -> str:
    return _case_phrase(view, f"类别已更正，{_due_phrase(view)}。{labels.how_to_unrestrict(view)}")


def new_place(view: CaseView) -> str:
    """Where it really is; of a danger with all that was said: 7幢401 里面还有人."""
    says_more = view.urgent and view.act_text not in ("", view.place)
    return _case_phrase(view, f"地点已更正，以此为准。{f'原话：{view.act_text}' if says_more else ''}")


def supposed_place(view: CaseView) -> str:
    return _case_phrase(view, "地点是照片水印上的，没有核对过，请边去边问。")


def return_by_unit(view: CaseView) -> str:
    suggested = f"建议交{view.suggested}。" if view.suggested else ""
    return _case_phrase(view, f"{view.actor}退回：{view.act_text}。{suggested}请重新交办。")


def submission(view: CaseView) -> str:
    return _case_phrase(view, f"{view.unit}反馈：{_result(view)}。{_doubt_about_photo(view)}请核查。")


def _result(view: CaseView) -> str:
    """The words of a result beside its card, which holds them whole."""
    return formats.clip(view.act_text, _RESULT) or "见照片"


def grid_result(view: CaseView) -> str:
    return _case_phrase(
        view,
        f"{view.actor}自办：{_result(view)}。{_doubt_about_photo(view)}等报事人确认，值班员也可核查。",
    )


def _doubt_about_photo(view: CaseView) -> str:
    return "照片和之前的很像，请看是不是处理后拍的。" if view.details.repeats_photo else ""


def check_passed(view: CaseView) -> str:
    return _case_phrase(view, "核查通过，已请报事人评价。")


def check_failed(view: CaseView) -> str:
    return _case_phrase(view, f"核查不通过，请重新办理：{view.act_text}")


def _rating_phrase(view: CaseView) -> str:
    """The rating as it was given: both answers, and the words beside them."""
    solved = "已解决" if view.solved else "未解决"
    satisfied = {True: "，满意", False: "，不满意", None: ""}[view.satisfied]
    said = f"（{_rating_words(view)}）" if view.act_text else ""
    return f"{solved}{satisfied}{said}"


def _rating_words(view: CaseView) -> str:
    """What was said beside a rating: the whole of it stands with the case."""
    return formats.clip(view.act_text, _RATING)


_RESULT = 200
"""Characters of a result in the words beside its card."""
_RATING = 200
"""Characters of what a reporter writes beside a rating that a group reads."""


def rating(view: CaseView) -> str:
    """The reporter's rating: the case was closed, or goes back to the unit as not solved."""
    if view.status == "CLOSED":
        return _case_phrase(view, f"已办结，报事人评价：{_rating_phrase(view)}。")
    return _case_phrase(
        view, f"报事人反映没有解决，请重新办理{f'：{_rating_words(view)}' if view.act_text else '。'}"
    )


def own_number_unsolved(view: CaseView) -> str:
    """To the desk: whoever reported a merged case says that theirs is not solved."""
    return _case_phrase(view, f"报事人反映没有解决，已从并案拆出，请重新交办：{_rating_words(view)}")


def answer_refused(view: CaseView) -> str:
    """To the desk: whoever was answered by itself, with no unit, is not content."""
    return _case_phrase(view, f"报事人反映没有解决，还没有承办单位，请交办：{_rating_words(view)}")


def reopening(view: CaseView) -> str:
    return _case_phrase(view, f"重新办理：{view.act_text}")


def no_group(view: CaseView) -> str:
    """To the desk: the unit has no group, so the task was sent to nobody."""
    return _case_phrase(view, f"{view.unit}没有处置群，任务发不出去。请电话通知，再把它的群 /绑定 上。")


def automatic_dispatch(view: CaseView) -> str:
    return _case_phrase(view, f"{labels.alarm(view)}已自动交{view.unit}。")


def urgent(view: CaseView) -> str:
    return _case_phrase(view, f"{labels.alarm(view)}请马上安排承办单位。")


def turned_urgent(view: CaseView) -> str:
    """To desk and unit: what is under way already became a danger, with what was said of it."""
    said = f"{view.act_text.rstrip('。')}。" if view.act_text else ""
    return _case_phrase(view, f"{labels.alarm(view)}转为紧急。{said}请马上处置。")


def nobody_responsible(view: CaseView) -> str:
    """To the desk: nobody of the unit can be mentioned, be it that it has nobody, be it that all are away."""
    return _case_phrase(view, f"{view.unit}没有负责人和副手在岗，任务没有人可叫。请打电话，并尽快指定。")


def restricted_danger(view: CaseView) -> str:
    """To the desk: somebody is in danger. The rest is for the readers of the case; `view` is redacted."""
    unit = f"已交{view.unit}。" if view.unit else ""
    return _case_phrase(view, f"{_danger_phrase(view)}{unit}请马上电话叫人到现场，其余的限阅。")


def danger_warning(view: CaseView) -> str:
    """To a unit that may have to save somebody, before the desk has given anybody the case."""
    return _case_phrase(view, f"预警{_danger_phrase(view)}请马上准备去现场，值班员会正式交办。")


def _danger_phrase(view: CaseView) -> str:
    said = view.text.rstrip("。")
    return f"{labels.alarm(view)}{said}。"


def restricted_case(view: CaseView) -> str:
    """To the desk: a restricted case came in and nobody is configured who may see it."""
    return (
        f"一件限阅的事{marks.case_mark(view.number)}可以看的人都还联系不上。"
        "请管理员检查限阅人员，并请他们先私聊我一次。"
    )


def survey_request(view: CaseView, names: Sequence[str]) -> str:
    """To those asked to go and see, by name."""
    return _case_phrase(
        view,
        f"请{'、'.join(names)}到现场看一看：{view.act_text}。{_look_by(view)}看完引用本条发照片和情况。",
    )


def survey_request_elsewhere(view: CaseView, names: Sequence[str]) -> str:
    """As `survey_request`, in a group where it was not reported: the place, and no word of the reporter."""
    place = view.place or "现场"
    return (
        f"{place}{marks.case_mark(view.number)}请{'、'.join(names)}去看一看：{view.act_text}。{_look_by(view)}"
        "看完引用本条发照片和情况。"
    )


def _look_by(view: CaseView) -> str:
    return f"请在 {view.details.look_by} 前去看，" if view.details.look_by else ""


def survey_reminder(number: str, names: Sequence[str], asked: str) -> str:
    """To those who were asked and have not answered in time."""
    return (
        f"{marks.case_mark(number)}请{'、'.join(names)}现场核实的，还没有收到：{asked}。"
        "看完请引用本条发照片和情况；去不了请回「无法核实」。"
    )


def surveys_unanswered(number: str, names: Sequence[str], asked: str) -> str:
    """To the desk: who was asked, reminded just now, and has not answered."""
    return (
        f"{marks.case_mark(number)}现场核实到时还没有回音：{'、'.join(names)}（{asked}）。"
        f"已再提醒一次；也可以另请人：/核实 {number[-4:]} 要看什么"
    )


def survey_result(view: CaseView) -> str:
    return _case_phrase(view, f"现场核实：{view.act_text or '见照片'}。")


def survey_declined(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}现在去不了现场{f'：{view.act_text}' if view.act_text else ''}。")


def _asked_phrase(view: CaseView) -> str:
    return f"要求：{view.act_text.rstrip('。')}。" if view.act_text else ""


def assist_request(view: CaseView) -> str:
    return _case_phrase(
        view,
        f"请协办，主办{view.unit}。{_asked_phrase(view)}到场请报到，办完请发 /协办完成 {view.short} 结果。",
    )


def whistle_call(view: CaseView) -> str:
    return _case_phrase(view, f"📢 吹哨：请马上到场，到场点「报到」。{view.act_text}")


def assist_note(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}请来协同的单位：{view.details.partners}。")


def whistle_note(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}已吹哨：{view.details.partners}。")


def arrival(view: CaseView) -> str:
    took = f"，用时 {view.details.arrival_time}" if view.details.arrival_time else ""
    away = f"，离事发地约 {view.details.arrival_distance}" if view.details.arrival_distance else ""
    return _case_phrase(view, f"{view.actor}已到场报到{took}{away}。{view.act_text}")


def partner_result(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}（协办）：{view.act_text or '见照片'}。")


def joint_progress(view: CaseView, unit: str) -> str:
    """To the units that work on it together: what one of them, `unit`, did."""
    said = f"：{view.act_text}" if view.act_text else ""
    return _case_phrase(view, f"🤝 {unit} {view.actor}{ACTS[view.act].verb}{said}")


def sign_withdrawn(view: CaseView) -> str:
    """The signature was withdrawn, since nothing happened after it."""
    return _case_phrase(view, f"签收已收回：{view.act_text}。请{view.unit}重新签收。")


def mediation(view: CaseView) -> str:
    money = f"累计追回 {view.recovered}。" if view.recovered else ""
    return _case_phrase(view, f"调解记录：{view.act_text}。{money}")


def request(view: CaseView) -> str:
    return _case_phrase(
        view, f"{view.actor}申请{view.details.request}：{view.act_text}。请另一位值班员或领导决定。"
    )


def groups_to_tell(names: Sequence[str]) -> str:
    """To the second person: every group that will hear of it."""
    return f"同意后会告诉：{'、'.join(escape_words(name) for name in names)}。" if names else ""


def groups_told(names: Sequence[str]) -> str:
    """After the decision: every group that heard of it."""
    return f"已发给：{'、'.join(escape_words(name) for name in names)}。" if names else ""


def approval(view: CaseView) -> str:
    """The decision on a request was positive; the text depends on the state the case has now."""
    if view.status == "VOID":
        return _case_phrase(view, f"{view.actor}同意作废，不必再办理。")
    if view.status == "SUSPENDED":
        return _case_phrase(view, f"{view.actor}同意挂账，时限暂停{_resumption_phrase(view)}。")
    if view.details.ceiling:
        return _case_phrase(
            view,
            f"{view.actor}同意按特别复杂事件办理，最长时限改为 {view.details.ceiling}。"
            f"现在的{_limit_phrase(view)}，不够请发 /延期 {view.short} 时间 理由。",
        )
    return _case_phrase(view, f"{view.actor}同意申请，{_limit_phrase(view)}。")


def refusal(view: CaseView) -> str:
    """The decision on a request was negative; the case goes on as before."""
    reason, course = (
        f"：{view.act_text}" if view.act_text else "",
        "仍然挂账" if view.is_paused else "照常办理",
    )
    return _case_phrase(view, f"{view.actor}不同意申请{reason}，{course}，{_limit_phrase(view)}。")


def suspension(view: CaseView) -> str:
    return _case_phrase(
        view,
        f"{view.actor}挂账：{view.act_text}。时限暂停{_resumption_phrase(view)}，恢复请发 /恢复 {view.short}。",
    )


def _resumption_phrase(view: CaseView) -> str:
    """When the time goes on by itself."""
    resumes = view.details.resumes
    return f"，{formats.format_time(resumes, now=view.now)} 自动恢复" if resumes else ""


def resumption(view: CaseView) -> str:
    return _case_phrase(view, f"恢复办理，{_due_phrase(view)}。")


def nudge(view: CaseView) -> str:
    reason = f"：{view.act_text}" if view.act_text else ""
    return _case_phrase(view, f"催办（第 {view.nudges} 次）{reason}。{_due_phrase(view)}。")


def supervision_order(view: CaseView) -> str:
    return _case_phrase(
        view,
        f"📌 督办单 {view.details.order}：{view.act_text}。{view.details.order_due} 前请发 /督办回复 {view.short} 内容。",
    )


def ask_to_call(view: CaseView) -> str:
    """To the desk: the result is there, and nothing takes it to the reporter."""
    return _case_phrase(
        view,
        f"结果未能送达报事人，不算答复。请打电话（号码：私聊我发 /查看联系人 {view.short} 理由），"
        f"再发 /回访 {view.short} 联系上 说了什么；没打通发 /回访 {view.short} 未联系上，隔天再打一次。"
        "也可以请管理员导入报事人的账号，他私聊我就收到结果。",
    )


def answer_on_page(view: CaseView) -> str:
    """To the desk, after `ask_to_call`: the reporter has the page, where the result stands."""
    return _case_phrase(view, "报事人有这件事的网页链接：打开看到结果就算答复，电话照打更稳妥。")


def link_revoked(view: CaseView) -> str:
    """To the desk: the reporter took back the link to the page, and why."""
    return _case_phrase(view, f"报事人收回了网页链接：{view.act_text}。请核对报事人是谁。")


def order_reply(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}回复督办单 {view.details.order}：{view.act_text}")


def instruction(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}批示：{view.act_text}")


def praise(view: CaseView) -> str:
    return _case_phrase(view, f"表扬{view.unit}：{view.act_text}")


def merge(view: CaseView) -> str:
    return _case_phrase(view, f"已并入 {view.parent}，随主案办理。")


def repeat_report(view: CaseView, child: CaseView, count: int) -> str:
    """To the unit: `child` is a new report of the same matter, merged into `view`; `count` reports in all."""
    urgent = labels.alarm(child)
    return _case_phrase(
        view,
        f"{urgent}又有人反映（共 {count} 件）：{formats.clip(child.text, _SHORT)}。"
        f"新报的 {child.number} 已并进来，不是同一件请发 /拆分 {child.short}。",
    )


_SHORT = 60


def duplicate_hint(view: CaseView, other: str) -> str:
    """For the desk's card: `other` is similar, but not enough for an automatic merge."""
    return f"可能与{marks.case_mark(other)}同一件事，是就发 /并案 {view.short} {serial_of(other)}"


def split(view: CaseView) -> str:
    """To the desk: a merged case was separated again, with the reason if one was given."""
    more = view.act_text.removeprefix("不是同一件").lstrip("事").strip("，,。！! ")
    why = f"：{more}" if more else ""
    return _case_phrase(view, f"{view.actor}认为不是同一件{why}。已从并案拆出，请重新交办。")


def undo(view: CaseView) -> str:
    return _case_phrase(view, f"{view.actor}撤销了上一步，现在是「{view.status.chinese}」。")


def withdrawal(view: CaseView) -> str:
    """To the desk: the reporter said that nothing need be done; `view.withdrawal` says whether it stops."""
    said = f"：{view.act_text}" if view.act_text else ""
    if view.is_withdrawn:
        return _case_phrase(view, f"报事人撤回了{said}。请定：作废还是继续办。")
    return _case_phrase(view, f"报事人说不用来了{said}。{_why_on(view)}")


def _why_on(view: CaseView) -> str:
    if view.urgent or view.risk:
        return "这件是险情，照常处置，不因这句话停办。"
    return "这件限阅，照常办理，由您决定。" if view.restricted else "别人也反映了，照常办理。"


def do_not_send(view: CaseView) -> str:
    """To the unit: nobody need go before the desk has decided; to a danger they go, and know what is said."""
    if not view.is_withdrawn:
        said = f"：{view.act_text}" if view.act_text else ""
        return _case_phrase(view, f"报事人说不用来了{said}。险情以现场为准，请照常处置。")
    return _case_phrase(view, "报事人撤回了，先别派人，等值班员确认。")


def carry_on(view: CaseView) -> str:
    why = f"：{view.act_text}" if view.act_text else ""
    return _case_phrase(view, f"继续办{why}。{_due_phrase(view)}。")


def void_withdrawn(view: CaseView) -> str:
    return _case_phrase(view, "报事人撤回，已作废，不必再办。")


def complaint(view: CaseView) -> str:
    """To desk and leaders only: what the reporter says of those who handle the case."""
    unit = f"（承办：{view.unit}）" if view.unit else ""
    return _case_phrase(view, f"报事人对办理不满意{unit}：{view.act_text}。承办单位看不到这句话。")


def person_wanted(view: CaseView) -> str:
    """To the desk, where the reporter's own words are for fewer people, or nobody can be answered in a chat."""
    return _case_phrase(view, "报事人要找值班员，请尽快联系。")
