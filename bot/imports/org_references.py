"""Whether the rows of a file, together with what is already in the database, hold together."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.config.problems import Mistake, perhaps
from bot.imports.org_rows import Organisation


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds already; a file may lean on it."""

    parents: Mapping[str, str | None]
    """Unit code to the code of its parent."""
    people: AbstractSet[str]


def merged(organisation: Organisation, known: Known) -> dict[str, str | None]:
    """Every unit's parent once the file is in."""
    return {**known.parents, **{unit.code: unit.parent for unit in organisation.units}}


def wrong(organisation: Organisation, known: Known) -> list[Mistake]:
    """Units and parents that nobody has, and units that are above themselves."""
    parents = merged(organisation, known)
    return [*_unknown_units(organisation, parents), *_cycles(organisation, parents)]


def doubtful(organisation: Organisation, known: Known) -> list[Mistake]:
    """A lead or deputy who is not entered yet: the tree works without them, so the file is taken."""
    people = known.people | {person.id for person in organisation.people}
    return [
        Mistake(
            f"{organisation.where['units', unit.code]}.{role}", _nobody("人员", code, people), grave=False
        )
        for unit in organisation.units
        for role, code in (("lead", unit.lead), ("deputy", unit.deputy))
        if code and code not in people
    ]


def paths(parents: Mapping[str, str | None]) -> dict[str, str]:
    """Unit code to `/HM/HM-HM/`: the codes from the root down."""
    found: dict[str, str] = {}

    def path(code: str) -> str:
        if code not in found:
            parent = parents[code]
            found[code] = f"{path(parent) if parent else '/'}{code}/"
        return found[code]

    for code in parents:
        path(code)
    return found


def _unknown_units(organisation: Organisation, parents: Mapping[str, str | None]) -> Iterator[Mistake]:
    named = [("units", unit.code, "parent", unit.parent) for unit in organisation.units]
    named += [("people", person.id, "unit", person.unit) for person in organisation.people]
    named += [("chats", chat.code, "unit", chat.unit) for chat in organisation.chats]
    missing = {unit for *_, unit in named if unit and unit not in parents}
    problems = {unit: _nobody("单位", unit, parents.keys()) for unit in missing}
    example = next(iter(parents), "HM")
    for sheet, code, field, unit in named:
        if unit in problems:
            yield Mistake(f"{organisation.where[sheet, code]}.{field}", problems[unit], f"{field}: {example}")


def _nobody(what: str, code: str, known: AbstractSet[str]) -> str:
    return f"没有代码为 {code} 的{what}{perhaps(code, sorted(known))}"


def _cycles(organisation: Organisation, parents: Mapping[str, str | None]) -> Iterator[Mistake]:
    for unit in organisation.units:
        if _above_itself(unit.code, parents):
            path = f"{organisation.where['units', unit.code]}.parent"
            yield Mistake(path, f"{unit.code} 的上级绕回了自己，最上面的单位不写 parent")


def _above_itself(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False
