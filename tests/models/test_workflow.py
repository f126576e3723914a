"""The act table holds together."""

from collections import Counter

from models.workflow import ACTS, BY_WORD, CLOCKS, OPEN, CaseRelation, Status, list_allowed_acts


def test_no_two_acts_share_a_word() -> None:
    words = Counter(word for act in ACTS.values() for word in {act.verb, *act.aliases, act.key})
    assert [word for word, times in words.items() if times > 1] == []


def test_every_word_leads_to_its_act() -> None:
    for act in ACTS.values():
        for word in (act.verb, *act.aliases, act.key, act.key.replace("_", "-")):
            assert BY_WORD[word] is act


def test_every_act_is_explained() -> None:
    assert [act.key for act in ACTS.values() if not (act.verb and act.about and act.relations)] == []


def test_every_state_has_a_name() -> None:
    assert len({status.chinese for status in Status}) == len(Status)


def test_every_open_state_can_be_left() -> None:
    leaving = {key: act for key, act in ACTS.items() if key not in ("undo", "approve")}
    for status in OPEN:
        assert any(status in act.from_states and set(act.to_states) - {status} for act in leaving.values())


def test_every_state_can_be_reached_by_an_act_of_its_own() -> None:
    reached = {status for act in ACTS.values() if act.key != "undo" for status in act.to_states}
    assert reached == set(Status)


def test_only_reopening_splitting_rating_calling_and_undoing_leave_a_finished_state() -> None:
    leaving = {act.key for status in set(Status) - OPEN for act in list_allowed_acts(status) if act.to_states}
    assert leaving == {"reopen", "split", "rate", "call_back", "undo"}
    # A joined case is rated by its reporter, for that number.
    assert [status for status in set(Status) - OPEN if ACTS["rate"] in list_allowed_acts(status)] == [
        Status.DUPLICATE
    ]


def test_an_act_that_can_be_undone_ends_nothing_for_others() -> None:
    undoable = {act.key for act in ACTS.values() if act.undoable}
    assert undoable == {"accept", "reject", "classify", "place", "raise", "reopen"}


def test_only_acts_that_need_the_program_are_left_to_it() -> None:
    by_time = {act.key for act in ACTS.values() if CaseRelation.TIME in act.relations}
    assert by_time == {
        "assign",
        "place",
        "unsign",
        "resume",
        "nudge",
        "raise",
        "propose_raise",
        "close",
        "merge",
        "deliver_answer",
        "whistle",
        "carry_on",
        "transcribe",
        "mark_urgent",
    }


def test_dangerous_acts_are_those_that_take_a_case_away() -> None:
    assert {act.key for act in ACTS.values() if act.needs_confirmation} == {"merge", "void"}


def test_every_state_that_goes_on_has_a_clock() -> None:
    assert {status for status in OPEN if CLOCKS.get(status)} == OPEN


def test_a_finished_case_has_no_clock() -> None:
    assert set(CLOCKS) == OPEN


def test_every_act_of_the_design_has_its_verb() -> None:
    verbs = {
        "accept": "受理", "reject": "不予受理", "assign": "交办", "pass_on": "转办", "sign": "签收", "return": "退回",
        "progress": "进展", "feedback": "反馈", "solve_in_grid": "自办", "verify": "核查", "rate": "评价", "close": "结案",
        "reopen": "重开", "void": "作废", "classify": "改类", "place": "定位", "add": "补充", "report": "上报",
        "whistle": "吹哨", "check_in": "报到", "extend": "延期", "suspend": "挂账", "resume": "恢复", "nudge": "催办",
        "supervise": "督办", "raise": "提级", "merge": "并案", "split": "拆分",
    }  # fmt: skip
    assert {key: ACTS[key].verb for key in verbs} == verbs
