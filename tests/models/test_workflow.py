"""The act table holds together."""

from collections import Counter

from models.workflow import ACTS, BY_WORD, OPEN, Status, permitted


def test_no_two_acts_share_a_word() -> None:
    words = Counter(word for act in ACTS.values() for word in {act.verb, *act.aliases, act.key})
    assert [word for word, times in words.items() if times > 1] == []


def test_every_word_leads_to_its_act() -> None:
    for act in ACTS.values():
        for word in (act.verb, *act.aliases, act.key, act.key.replace("_", "-")):
            assert BY_WORD[word] is act


def test_every_act_is_explained() -> None:
    assert [act.key for act in ACTS.values() if not (act.verb and act.about and act.who)] == []


def test_every_state_has_a_name() -> None:
    assert len({status.chinese for status in Status}) == len(Status)


def test_every_open_state_can_be_left() -> None:
    built = OPEN - {Status.SUSPENDED}
    assert all(any(act.after and act.after != (status,) for act in permitted(status)) for status in built)


def test_every_state_but_those_of_later_acts_can_be_reached() -> None:
    reached = {status for act in ACTS.values() for status in act.after}
    assert set(Status) - reached == {Status.SUSPENDED, Status.DUPLICATE}


def test_only_reopening_leaves_a_finished_state() -> None:
    leaving = {act.key for status in set(Status) - OPEN for act in permitted(status)}
    assert leaving == {"reopen"}


def test_every_act_from_the_design_that_is_here_has_its_verb() -> None:
    verbs = {
        "accept": "受理", "reject": "不予受理", "assign": "交办", "pass_on": "转办", "sign": "签收", "return": "退回",
        "progress": "进展", "feedback": "反馈", "solve_in_grid": "自办", "verify": "核查", "rate": "评价", "close": "结案",
        "reopen": "重开", "void": "作废", "classify": "改类", "place": "定位", "add": "补充", "report": "上报",
    }  # fmt: skip
    assert {key: ACTS[key].verb for key in verbs} == verbs
