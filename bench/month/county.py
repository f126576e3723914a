"""A county made up to size: towns and villages, the offices of the sample district, people, groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.config.loader import PACKAGE_ROOT

BOT, TOP = "AIB1", "HM"
BOT_NAME = "网格助手"
SECRET = "sandbox-secret"  # noqa: S105 - of the sandbox
DUTY_CHAT = "wrDUTY"
DUTY = ("duty1", "duty2", "duty3", "duty4")
LEADERS = ("leader1", "leader2")
COORDINATOR = "coord1"
_SAMPLE = PACKAGE_ROOT / "examples" / "haimen" / "org.yaml"
_TOWNS = (
    "青石镇", "白沙镇", "柳河镇", "双桥镇", "石塘镇", "东湖镇",
    "南岭镇", "西坪镇", "北沟镇", "金山镇", "云溪镇", "花园镇",
)  # fmt: skip
_RIDERS, _RESIDENTS = 6, 8
"""Of each town. Whoever reports again soon would add a piece to the report before."""


@dataclass(frozen=True, slots=True)
class Town:
    """One town: where its people talk, and who they are."""

    code: str
    name: str
    riders: Sequence[str]
    residents: Sequence[str]
    officer: str
    """Its grid officer."""

    @property
    def intake(self) -> str:
        return f"wrIN-{self.code}"

    @property
    def homes(self) -> str:
        """The residents' group."""
        return f"wrRES-{self.code}"

    @property
    def roads(self) -> Sequence[str]:
        return tuple(f"{self.name[:2]}{road}" for road in ("大道", "东路", "南街", "新村"))


@dataclass(frozen=True, slots=True)
class CountyOffice:
    """A department or public company: its group and its two people."""

    code: str
    name: str

    @property
    def chat(self) -> str:
        return f"wrH-{self.code}"

    @property
    def people(self) -> Sequence[str]:
        return (f"{self.code}-a", f"{self.code}-b")


@dataclass(slots=True)
class County:
    """All of it, as gridbot's organisation file and as the platform's world."""

    towns: Sequence[Town]
    offices: Mapping[str, CountyOffice]
    """By code."""
    organisation: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    world: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """The organisation file in this folder."""
        path = folder / "org.yaml"
        path.write_text(yaml.safe_dump(self.organisation, allow_unicode=True), encoding="utf-8")
        return path


def build_county(towns: int, units: int) -> County:
    """A county of so many towns and, with its offices and villages, so many units in all."""
    sample = yaml.safe_load(_SAMPLE.read_text(encoding="utf-8"))
    places = {"district", "town", "village", "grid"}
    offices = [dict(row) for row in sample["units"] if row["kind"] not in places]
    county = County(
        [_build_town(number) for number in range(towns)],
        {row["code"]: CountyOffice(row["code"], row["short"]) for row in offices},
    )
    villages = max(units - 1 - towns - len(offices), 0)
    county.organisation = {
        "units": [
            {"code": TOP, "name": "海门区", "kind": "district", "lead": LEADERS[0]},
            *(_town_row(town) for town in county.towns),
            *(_village_row(county.towns[number % towns], number // towns) for number in range(villages)),
            *({**row, "lead": f"{row['code']}-a", "deputy": f"{row['code']}-b"} for row in offices),
        ],
        "people": list(_list_people(county)),
        "chats": list(_list_chats(county)),
    }
    county.world = _build_world(county.organisation)
    return county


def _build_town(number: int) -> Town:
    code = f"{TOP}-T{number:02}"
    return Town(
        code,
        _TOWNS[number],
        [f"{code}-r{one}" for one in range(_RIDERS)],
        [f"{code}-m{one}" for one in range(_RESIDENTS)],
        f"{code}-g",
    )


def _town_row(town: Town) -> dict[str, Any]:
    places = list(town.roads)
    return {"code": town.code, "name": town.name, "kind": "town", "parent": TOP, "places": places}


def _village_row(town: Town, number: int) -> dict[str, Any]:
    row = {"code": f"{town.code}-V{number}", "kind": "village", "parent": town.code}
    return {**row, "name": f"{town.name[:2]}第{number + 1}社区", "places": [town.roads[number % 4]]}


def _person(code: str, role: str, unit: str, **more: str) -> dict[str, Any]:
    return {"id": code, "name": code, "role": role, "unit": unit, "accounts": {"wecom": code}, **more}


def _list_people(county: County) -> Sequence[dict[str, Any]]:
    people = [_person(one, "duty", TOP) for one in DUTY]
    people += [_person(one, "leader", TOP) for one in LEADERS]
    people.append(_person(COORDINATOR, "coordinator", TOP))
    for town in county.towns:
        people += [_person(one, "informant", town.code, occupation="外卖骑手") for one in town.riders]
        people += [_person(one, "resident", town.code) for one in town.residents]
        people.append(_person(town.officer, "grid", town.code))
        people.append(_person(f"{town.code}-l", "leader", town.code))
    for office in county.offices.values():
        people += [_person(one, "handler", office.code) for one in office.people]
    return people


def _chat(chat_id: str, name: str, use: str, unit: str) -> dict[str, Any]:
    row = {"code": chat_id, "name": name, "use": use, "unit": unit}
    return {**row, "channel": "grid", "chat_id": chat_id}


def _list_chats(county: County) -> Sequence[dict[str, Any]]:
    chats = [_chat(DUTY_CHAT, "值班群", "duty", TOP)]
    for town in county.towns:
        chats.append(_chat(town.intake, f"{town.name}网格群", "intake", town.code))
        chats.append(_chat(town.homes, f"{town.name}居民群", "residents", town.code))
    chats += [_chat(one.chat, f"{one.name}群", "handling", one.code) for one in county.offices.values()]
    return chats


def _build_world(organisation: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Everybody is in every group: who may do what is gridbot's business."""
    members = [person["id"] for person in organisation["people"]]
    return {
        "name": "海门区",
        "members": [{"id": one, "name": one} for one in members],
        "bots": [
            {"id": BOT, "name": BOT_NAME, "mode": "socket", "secret": SECRET, "known_by": members},
        ],
        "groups": [
            {"id": chat["chat_id"], "name": chat["name"], "members": members, "spoken": True}
            for chat in organisation["chats"]
        ],
    }
