"""References between the rows of an organisation file and the rows that the database already has."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.config.problems import ConfigProblem, format_suggestion
from bot.imports.org_rows import Organisation


@dataclass(frozen=True, slots=True)
class StoredOrganisation:
    """Units and people in the database; rows of a file may refer to them."""

    parents: Mapping[str, str | None]
    """Unit code to the code of its parent."""
    people: AbstractSet[str]


def merge_parents(organisation: Organisation, known: StoredOrganisation) -> dict[str, str | None]:
    """Unit code to the code of its parent (None for a root), for all units once the file is imported."""
    return {**known.parents, **{unit.code: unit.parent for unit in organisation.units}}


def find_errors(organisation: Organisation, known: StoredOrganisation) -> list[ConfigProblem]:
    """A problem for every reference to a unit that neither file nor database has, and for every unit that
    is its own ancestor. The file is refused for any of them.
    """
    parents = merge_parents(organisation, known)
    return [*_find_unknown_units(organisation, parents), *_find_cycles(organisation, parents)]


def find_warnings(organisation: Organisation, known: StoredOrganisation) -> list[ConfigProblem]:
    """A warning for every lead or deputy who is not entered yet. The file is taken all the same: the
    tree of units works without them.
    """
    people = known.people | {person.id for person in organisation.people}
    return [
        ConfigProblem(
            f"{organisation.locations['units', unit.code]}.{role}",
            _describe_missing("人员", code, people),
            grave=False,
        )
        for unit in organisation.units
        for role, code in (("lead", unit.lead), ("deputy", unit.deputy))
        if code and code not in people
    ]


def build_paths(parents: Mapping[str, str | None]) -> dict[str, str]:
    """Unit code to its path: the codes from the root down, as `/HM/HM-HM/`. Expects no cycles."""
    found: dict[str, str] = {}

    def path(code: str) -> str:
        if code not in found:
            parent = parents[code]
            found[code] = f"{path(parent) if parent else '/'}{code}/"
        return found[code]

    for code in parents:
        path(code)
    return found


def _find_unknown_units(
    organisation: Organisation, parents: Mapping[str, str | None]
) -> Iterator[ConfigProblem]:
    named = [("units", unit.code, "parent", unit.parent) for unit in organisation.units]
    named += [("people", person.id, "unit", person.unit) for person in organisation.people]
    named += [("chats", chat.code, "unit", chat.unit) for chat in organisation.chats]
    missing = {unit for *_, unit in named if unit and unit not in parents}
    problems = {unit: _describe_missing("单位", unit, parents.keys()) for unit in missing}
    example = next(iter(parents), "HM")
    for sheet, code, field, unit in named:
        if unit in problems:
            yield ConfigProblem(
                f"{organisation.locations[sheet, code]}.{field}", problems[unit], f"{field}: {example}"
            )


def _describe_missing(what: str, code: str, known: AbstractSet[str]) -> str:
    return f"没有代码为 {code} 的{what}{format_suggestion(code, sorted(known))}"


def _find_cycles(organisation: Organisation, parents: Mapping[str, str | None]) -> Iterator[ConfigProblem]:
    for unit in organisation.units:
        if _is_above_itself(unit.code, parents):
            path = f"{organisation.locations['units', unit.code]}.parent"
            yield ConfigProblem(path, f"{unit.code} 的上级绕回了自己，最上面的单位不写 parent")


def _is_above_itself(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False
