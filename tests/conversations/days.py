"""The three days of tests/data/three_days.jsonl, played in order in one database.

Unlike the situations it is one story: what is said later leans on what was said before, also across
chats and days. The lines stay as they are, whatever the program answers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handlers.insight import hot_topics
from models.cases import Case, Event
from tests.district import District, QueuedPush

Line = Mapping[str, Any]
Check = Mapping[str, Any]

_ZONE = ZoneInfo("Asia/Shanghai")
_FIRST_DAY = datetime(2026, 11, 30, tzinfo=_ZONE)
_LOOK_AFTER = timedelta(seconds=12)
_DESKS = ("wrpa", "wrduty")
_PLACEHOLDER = re.compile(r"\{(td-\d+)\}")


def to_organisation(head: Line) -> dict[str, Any]:
    """The organisation of the first line, as an organisation file says it."""
    return {
        "units": head["units"],
        "people": [_as_in_file(person) for person in head["people"]],
        "chats": [
            {"code": chat["chat_id"], **chat, "channel": "grid"}
            for chat in head["chats"]
            if chat["use"] != "direct"
        ],
    }


def _as_in_file(person: Mapping[str, Any]) -> dict[str, Any]:
    """Nobody is asked in these days whether they want to take part."""
    agreed = {"participation": "agreed"} if person["role"] == "informant" else {}
    return {**person, "accounts": {"wecom": person["id"]}, **agreed}


@dataclass
class _Seen:
    """What came of one line."""

    pushes: Sequence[QueuedPush]
    """Those to the chat it was said in."""
    everywhere: Sequence[QueuedPush]
    opened: Sequence[Case]
    events: Sequence[tuple[Case, Event]]
    case_id: int | None = None
    notices: int = 0


class ThreeDays:
    """Plays the lines and checks each against what should come of it."""

    def __init__(self, district: District, lines: Sequence[Line]) -> None:
        self._district = district
        self._lines = lines
        self._cases: dict[str, int] = {}
        """Ids of the cases that the lines opened or were joined to."""
        self.seen: dict[str, _Seen] = {}

    def play(self) -> dict[str, list[str]]:
        """What does not hold, by line."""
        missed: dict[str, list[str]] = {}
        for line, after in zip(self._lines, (*self._lines[1:], None), strict=True):
            self._play_line(line, after)
            if wrong := [name for name, holds in self._check(line, line["machine"]).items() if not holds]:
                missed[line["id"]] = wrong
        return missed

    # Playing ---------------------------------------------------------------------------------

    def _play_line(self, line: Line, after: Line | None) -> None:
        district = self._district
        start = self._time_of(line)
        district.tick(max(start, district.now))
        first_push = max((push.row.id for push in district.pushes()), default=0)
        cases = {case.id for case in district.cases()}
        events = {event.id for event in district.list_events()}
        notices = district.count_notices()
        chat = line["who"] if line["chat"] == "direct" else line["chat"]
        district.say(
            chat, line["who"], self._fill_in(line["text"]),
            quote=self._quoted(line, chat), photos=int(bool(line.get("photo"))),
            addressed=bool(line["addressed"]), direct=line["chat"] == "direct", spoken=bool(line.get("voice")),
        )  # fmt: skip
        until = district.now + _LOOK_AFTER
        if after is not None:
            until = min(until, max(self._time_of(after) - timedelta(seconds=2), district.now))
        district.tick(until)
        self._look_for_topics()
        everywhere = [push for push in district.pushes() if push.row.id > first_push]
        names = district.list_chat_names()
        by_id = {case.id: case for case in district.cases()}
        opened = [case for case in by_id.values() if case.id not in cases]
        done = [(by_id[event.case_id], event) for event in district.list_events() if event.id not in events]
        self.seen[line["id"]] = seen = _Seen(
            [push for push in everywhere if names[push.row.chat_id] == chat],
            everywhere, opened, done, notices=district.count_notices() - notices,
        )  # fmt: skip
        seen.case_id = self._case_of(seen)
        if seen.case_id is not None:
            self._cases[line["id"]] = seen.case_id

    def _look_for_topics(self) -> None:
        """What the ticker does every few minutes."""
        district = self._district
        with district.database.write() as session:
            scan = hot_topics.scan_cases(session, district.env, now=district.now)
            if scan is not None:
                hot_topics.settle_topics(session, district.env, scan=scan, now=district.now)

    def _time_of(self, line: Line) -> datetime:
        hour, minute = map(int, line["at"].split(":"))
        seconds = 20 if line.get("after") else 0
        return (
            _FIRST_DAY + timedelta(days=line["day"] - 1, hours=hour, minutes=minute, seconds=seconds)
        ).astimezone(UTC)

    def _case_of(self, seen: _Seen) -> int | None:
        if seen.opened:
            return seen.opened[0].id
        return next((case.id for case, event in seen.events if event.act in ("add", "follow")), None)

    def _fill_in(self, text: str) -> str:
        def serial(match: re.Match[str]) -> str:
            case_id = self._cases.get(match[1])
            return self._case(case_id).number[-4:] if case_id is not None else "9999"

        return _PLACEHOLDER.sub(serial, text)

    def _quoted(self, line: Line, chat: str) -> str:
        if not line.get("quote"):
            return ""
        case_id = self._cases.get(line["quote"].removeprefix("push:"))
        number = self._case(case_id).number if case_id is not None else "none"
        return next((push.text for push in reversed(self._district.pushes(chat)) if number in push.text), "")

    def _case(self, case_id: int) -> Case:
        return next(case for case in self._district.cases() if case.id == case_id)

    # Checking --------------------------------------------------------------------------------

    def _check(self, line: Line, check: Check) -> dict[str, bool]:
        if "any" in check:
            tried = [all(self._check(line, each).values()) for each in check["any"]]
            rest = {key: value for key, value in check.items() if key != "any"}
            return {"any": any(tried), **(self._check(line, rest) if rest else {})}
        seen = self.seen[line["id"]]
        return {key: _CHECKS[key](self, seen, check) for key in _CHECKS if key in check}

    def is_silent(self, seen: _Seen, _check: Check) -> bool:
        return not seen.pushes and not seen.opened and not seen.events

    def has_no_case(self, seen: _Seen, _check: Check) -> bool:
        return not seen.opened

    def has_new_case(self, seen: _Seen, check: Check) -> bool:
        return any(self._fits(case, check) for case in seen.opened)

    def _fits(self, case: Case, check: Check) -> bool:
        units = {unit.id: unit.display_name for unit in self._district.units()}
        classes = check.get("class", [case.class_id])
        fits_class = any(
            case.class_id.startswith(("med.", "health.medical"))
            if each == "medical*"
            else case.class_id == each
            for each in classes
        )
        hint = "hint" not in check or any(
            number in push.text
            for push in self._district.pushes()
            if case.number in push.text
            for number in [self._case(self._cases[check["hint"]]).number]
        )
        return (
            fits_class
            and case.urgent == check.get("urgent", case.urgent)
            and check.get("place", "") in case.place
            and units.get(case.unit_id or case.suggested_unit_id or 0)
            == check.get("unit", units.get(case.unit_id or case.suggested_unit_id or 0))
            and case.restricted == check.get("restricted", case.restricted)
            and hint
        )

    def is_joined(self, seen: _Seen, check: Check) -> bool:
        wanted = {self._root(self._cases[name]) for name in _names(check["join"]) if name in self._cases}
        joined = {self._root(case.id) for case, _ in seen.events}
        hints = {self._case(case_id).number for case_id in wanted}
        shown = any(number in push.text for push in seen.everywhere for number in hints)
        return bool(wanted & joined) or (shown and bool(seen.opened))

    def _root(self, case_id: int) -> int:
        case = self._case(case_id)
        while case.parent_id is not None:
            case = self._case(case.parent_id)
        return case.id

    def has_act(self, seen: _Seen, check: Check) -> bool:
        acts, of = (
            _names(check["act"]),
            {self._root(self._cases[n]) for n in _names(check["of"]) if n in self._cases},
        )
        for case, event in seen.events:
            if event.act in acts and self._root(case.id) in of and self._fits_event(case, event, check):
                return True
        return False

    def _fits_event(self, case: Case, event: Event, check: Check) -> bool:
        units = {unit.id: unit.display_name for unit in self._district.units()}
        verdict = check.get("verdict")
        if verdict == "unsolved" and case.status == "CLOSED":
            return False
        if verdict == "good" and case.status not in ("CLOSED", "CALLBACK"):
            return False
        if verdict == "pass" and case.status not in ("CALLBACK", "CLOSED"):
            return False
        return check.get("unit") in (None, units.get(case.unit_id or 0)) or event.act == "whistle"

    def is_untouched(self, seen: _Seen, check: Check) -> bool:
        return self._cases.get(check["untouched"]) not in {case.id for case, _ in seen.events}

    def has_status(self, seen: _Seen, check: Check) -> bool:
        numbers = [self._case(self._cases[n]).number for n in _names(check["status_of"]) if n in self._cases]
        numbers += [
            self._case(self._root(self._cases[n])).number
            for n in _names(check["status_of"])
            if n in self._cases
        ]
        return any(number in push.text for number in numbers for push in seen.pushes)

    def asks(self, seen: _Seen, check: Check) -> bool:
        return bool(seen.pushes) and not seen.opened

    def is_distinct(self, seen: _Seen, _check: Check) -> bool:
        listed = re.findall(r"^(\d{4,})", "\n".join(push.text for push in seen.pushes), re.MULTILINE)
        return len(listed) == len(set(listed))

    def is_at_desk(self, seen: _Seen, _check: Check) -> bool:
        names = self._district.list_chat_names()
        return any(names[push.row.chat_id] in _DESKS for push in seen.everywhere)

    def has_notice(self, seen: _Seen, _check: Check) -> bool:
        return seen.notices > 0

    def has_reply(self, seen: _Seen, check: Check) -> bool:
        return any(re.search(check["reply"], push.text) for push in seen.pushes)

    def has_no_reply(self, seen: _Seen, check: Check) -> bool:
        return not any(re.search(check["no_reply"], push.text) for push in seen.pushes)


def _names(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


_CHECKS: Mapping[str, Callable[[ThreeDays, _Seen, Check], bool]] = {
    "silent": ThreeDays.is_silent,
    "no_case": ThreeDays.has_no_case,
    "new_case": ThreeDays.has_new_case,
    "join": ThreeDays.is_joined,
    "act": ThreeDays.has_act,
    "untouched": ThreeDays.is_untouched,
    "status_of": ThreeDays.has_status,
    "ask": ThreeDays.asks,
    "distinct": ThreeDays.is_distinct,
    "to_desk": ThreeDays.is_at_desk,
    "notice": ThreeDays.has_notice,
    "reply": ThreeDays.has_reply,
    "no_reply": ThreeDays.has_no_reply,
}
