"""One line of tests/data/conversation.jsonl, played and checked.

A line is a situation that exists, what people then say in plain words, and what must come of it. Its
format is told in tests/data/README.md.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from models.case_numbers import serial_of
from models.cases import Case, Event
from tests.district import District

Line = Mapping[str, Any]
Check = Mapping[str, Any]

_PAUSE = timedelta(seconds=3)
"""Between the acts that make a situation: people need some seconds, and no reminder falls due."""
_STEPS = ("NEW", "ACCEPTED", "DISPATCHED", "IN_PROGRESS", "SUBMITTED", "CALLBACK", "CLOSED")
_WAIT = 6.0


class NoSuchSituation(Exception):
    """The situation in which something is said did not come about; `str` says what went wrong."""


class Conversation:
    """A line in its district: makes the situation, says the words, checks what came of them."""

    def __init__(self, district: District, line: Line) -> None:
        self._district = district
        self._line = line
        self._cases: dict[str, int] = {}
        self._given_events: dict[int, int] = {}
        self._first_push = 0
        self._cases_before = 0

    def play(self) -> list[str]:
        """What does not hold, in words; nothing where all is as it should be."""
        try:
            for given in self._line["given"]:
                self._make_case(given)
        except NoSuchSituation as failed:
            return [str(failed)]
        self._mark_beginning()
        for said in self._line["say"]:
            self._say(said)
        self._let_pass(float(self._line.get("wait", _WAIT)))
        return [wrong for check in self._line["expect"] for wrong in self._check(check)]

    def describe(self) -> Iterator[str]:
        """What was said and pushed since, for whoever looks into a failure."""
        for push in self._new_pushes(None):
            yield f"{self._chat_name(push.row.chat_id)}: {push.text!r}"
        for name, case_id in self._cases.items():
            yield f"{name}: {self._case(case_id).status} {[event.act for event in self._new_events(case_id)]}"
        for case in self._new_cases():
            yield f"new: {case.class_id} {case.place} urgent={case.urgent} {case.status}"

    # The situation ---------------------------------------------------------------------------

    def _make_case(self, given: Mapping[str, Any]) -> None:
        district = self._district
        district.say(given["chat"], given["by"], given["text"], photos=int(given["photo"]))
        if len(district.cases()) == len(self._cases):
            raise NoSuchSituation(f"no case came of {given['text']}")
        case = district.case()
        self._cases[given["case"]] = case.id
        for words, who, chat in self._steps(given, case.number):
            district.advance(seconds=_PAUSE.total_seconds())
            photos = int(words.startswith("/反馈"))
            result = district.say(chat, who, words, photos=photos)
            if not result.startswith("act."):
                raise NoSuchSituation(f"{words}: {result}")
        district.advance(seconds=_PAUSE.total_seconds())

    def _steps(self, given: Mapping[str, Any], number: str) -> Iterator[tuple[str, str, str]]:
        """The commands that bring a case where it has got to: words, who, in which chat."""
        state = given["state"]
        reached = _STEPS.index("IN_PROGRESS" if state == "SUSPENDED" else state)
        handler = given.get("handler") or _HANDLERS.get(given.get("unit", ""), "")
        chat = _HANDLING.get(given.get("unit", ""), "")
        steps: Sequence[tuple[int, str, str, str]] = (
            (1, f"/受理 {number}", "duty_he", "wrDUTY"),
            (2, f"/交办 {number} {given.get('unit')}", "duty_he", "wrDUTY"),
            (3, f"/签收 {number}", handler, chat),
            (4, f"/反馈 {number} 已处理", handler, chat),
            (5, f"/核查 {number} 通过", "duty_he", "wrDUTY"),
            (6, f"/评价 {number} 已解决", given["by"], given["chat"]),
        )
        yield from (step[1:] for step in steps if step[0] <= reached and (step[0] > 1 or reached == 1))
        if state == "SUSPENDED":
            yield f"/挂账 {number} 等雨停", "duty_he", "wrDUTY"

    def _mark_beginning(self) -> None:
        self._first_push = max((push.row.id for push in self._district.pushes()), default=0)
        self._cases_before = len(self._district.cases())
        self._given_events = {
            case_id: len(self._district.events(self._case(case_id))) for case_id in self._cases.values()
        }

    # What is said ----------------------------------------------------------------------------

    def _say(self, said: Mapping[str, Any]) -> None:
        self._let_pass(float(said.get("after", 0.3)))
        direct = bool(said.get("direct"))
        self._district.say(
            said["who"] if direct else said["chat"],
            said["who"],
            self._fill_in(said["text"]),
            quote=self._quoted(said) if said.get("quote") else "",
            photos=int(bool(said.get("photo"))),
            addressed=not said.get("unaddressed"),
            direct=direct,
        )

    def _fill_in(self, text: str) -> str:
        for name, case_id in self._cases.items():
            text = text.replace(f"{{{name}}}", serial_of(self._case(case_id).number))
        return text

    def _quoted(self, said: Mapping[str, Any]) -> str:
        number = self._case(self._cases[said["quote"]]).number
        return [push.text for push in self._district.pushes(said["chat"]) if number in push.text][-1]

    def _let_pass(self, seconds: float) -> None:
        self._district.tick(self._district.advance(seconds=seconds))

    # What came of it -------------------------------------------------------------------------

    def _case(self, case_id: int) -> Case:
        return next(case for case in self._district.cases() if case.id == case_id)

    def _new_cases(self) -> list[Case]:
        return self._district.cases()[self._cases_before :]

    def _new_events(self, case_id: int) -> list[Event]:
        return self._district.events(self._case(case_id))[self._given_events[case_id] :]

    def _new_pushes(self, chat: str | None) -> list[Any]:
        name = chat.removeprefix("direct:") if chat is not None else None
        return [push for push in self._district.pushes(name) if push.row.id > self._first_push]

    def _chat_name(self, chat_id: int) -> str:
        names = getattr(self, "_chat_names", None)
        if names is None:
            names = self._chat_names = self._district.list_chat_names()
        return str(names[chat_id])

    def _check(self, check: Check) -> Iterator[str]:
        if "any" in check:
            tried = [[wrong for each in several for wrong in self._check(each)] for several in check["any"]]
            if all(tried):
                yield f"none of {[' & '.join(wrong) for wrong in tried]}"
            return
        kind = next(key for key in _CHECKS if key in check)
        if not _CHECKS[kind](self, check):
            yield f"{dict(check)}"

    def has_status(self, check: Check) -> bool:
        return bool(self._case(self._cases[check["case"]]).status == check["status"])

    def has_act(self, check: Check) -> bool:
        by = check.get("by")
        people = {person.id: person.code for person in self._district.people()}
        return any(
            event.act == check["act"] and (by is None or people.get(event.actor_id or 0) == by)
            for event in self._new_events(self._cases[check["case"]])
        )

    def has_no_act(self, check: Check) -> bool:
        done = {event.act for event in self._new_events(self._cases[check["case"]])}
        return done.isdisjoint(check["no_act"])

    def has_new_cases(self, check: Check) -> bool:
        return bool(len(self._new_cases()) == check["new_cases"])

    def has_new_case(self, check: Check) -> bool:
        new = self._new_cases()
        if len(new) < check["new"]:
            return False
        case = new[check["new"] - 1]
        units = {unit.id: unit.display_name for unit in self._district.units()}
        unit = units.get(case.unit_id or case.suggested_unit_id or 0)
        return (
            case.class_id in check.get("class", [case.class_id])
            and case.urgent == check.get("urgent", case.urgent)
            and check.get("place", "") in case.place
            and check.get("unit", unit) == unit
        )

    def has_reply(self, check: Check) -> bool:
        return any(re.search(check["reply"], push.text) for push in self._new_pushes(check["chat"]))

    def has_no_reply(self, check: Check) -> bool:
        return not any(re.search(check["no_reply"], push.text) for push in self._new_pushes(check["chat"]))

    def is_quiet(self, check: Check) -> bool:
        return not self._new_pushes(check["quiet"])


_CHECKS: Mapping[str, Callable[[Conversation, Check], bool]] = {
    "status": Conversation.has_status,
    "act": Conversation.has_act,
    "no_act": Conversation.has_no_act,
    "new_cases": Conversation.has_new_cases,
    "new": Conversation.has_new_case,
    "reply": Conversation.has_reply,
    "no_reply": Conversation.has_no_reply,
    "quiet": Conversation.is_quiet,
}
_HANDLERS = {"城管局": "cg_li", "公安局": "ga_he", "市场监管局": "sj_luo", "住建局": "zj_tan"}
_HANDLING = {"城管局": "wrCG", "公安局": "wrGA", "市场监管局": "wrSJ", "住建局": "wrZJ"}
