"""References between the rows of an organisation file and the rows that the database already has."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from bot.config.problems import ConfigProblem
from bot.imports.org_rows import Organisation, PersonRow, PostRow, UnitRow
from handlers.triage.rules.value_errors import format_suggestion


@dataclass(frozen=True, slots=True)
class StoredOrganisation:
    """Units and people in the database; rows of a file may refer to them."""

    parents: Mapping[str, str | None]
    """Unit code to the code of its parent."""
    people: AbstractSet[str]
    names: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """Unit code to what the unit is called."""


def merge_parents(organisation: Organisation, known: StoredOrganisation) -> dict[str, str | None]:
    """Unit code to the code of its parent (None for a root), for all units once the file is imported."""
    return {**known.parents, **{unit.code: unit.parent for unit in organisation.units}}


def resolve_unit_names(organisation: Organisation, known: StoredOrganisation) -> Organisation:
    """A unit may be called by a name that no other has: people's lists know names, not codes."""
    parents = merge_parents(organisation, known)
    named = _index_names(organisation, known)

    def find_code(unit: str | None) -> str | None:
        codes = named.get(unit or "", set())
        return next(iter(codes)) if unit not in parents and len(codes) == 1 else unit

    def resolve_posts(person: PersonRow) -> tuple[PostRow, ...]:
        return tuple(post.model_copy(update={"unit": find_code(post.unit)}) for post in person.posts)

    return replace(
        organisation,
        units=tuple(
            unit.model_copy(update={"parent": find_code(unit.parent)}) for unit in organisation.units
        ),
        people=tuple(
            person.model_copy(update={"unit": find_code(person.unit), "posts": resolve_posts(person)})
            for person in organisation.people
        ),
        chats=tuple(chat.model_copy(update={"unit": find_code(chat.unit)}) for chat in organisation.chats),
    )


def _index_names(organisation: Organisation, known: StoredOrganisation) -> dict[str, set[str]]:
    """Name to the codes of the units that have it, once the file is in."""
    names = {**known.names, **{unit.code: _list_names(unit) for unit in organisation.units}}
    found: dict[str, set[str]] = {}
    for code, called in names.items():
        for name in called:
            found.setdefault(name, set()).add(code)
    return found


def _list_names(unit: UnitRow) -> set[str]:
    return {name for name in (unit.name, unit.short, *unit.aliases) if name}


def find_errors(organisation: Organisation, known: StoredOrganisation) -> list[ConfigProblem]:
    """A problem for every reference to a unit that neither file nor database has, and for every unit that
    is its own ancestor. The file is refused for any of them.
    """
    parents = merge_parents(organisation, known)
    named = _index_names(organisation, known)
    return [*_find_unknown_units(organisation, parents, named), *_find_cycles(organisation, parents)]


def find_warnings(organisation: Organisation, known: StoredOrganisation) -> list[ConfigProblem]:
    """A warning for every lead or deputy who is not entered yet. The file is taken all the same: the
    tree of units works without them.
    """
    people = known.people | {person.id for person in organisation.people}
    return [
        ConfigProblem(
            organisation.locations["units", unit.code].locate(role),
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
    organisation: Organisation, parents: Mapping[str, str | None], named: Mapping[str, AbstractSet[str]]
) -> Iterator[ConfigProblem]:
    mentions = [("units", unit.code, "parent", unit.parent) for unit in organisation.units]
    mentions += [("people", person.id, "unit", person.unit) for person in organisation.people]
    mentions += [
        ("people", each.id, "posts", post.unit) for each in organisation.people for post in each.posts
    ]
    mentions += [("chats", chat.code, "unit", chat.unit) for chat in organisation.chats]
    missing = {unit for *_, unit in mentions if unit and unit not in parents}
    problems = {unit: _describe_unknown_unit(unit, parents, named) for unit in missing}
    example = next(iter(parents), "HM")
    for sheet, code, field_name, unit in mentions:
        if unit in problems:
            location = organisation.locations[sheet, code]
            yield ConfigProblem(
                location.locate(field_name), problems[unit], location.format_example(field_name, example)
            )


def _describe_unknown_unit(
    unit: str, parents: Mapping[str, str | None], named: Mapping[str, AbstractSet[str]]
) -> str:
    if unit in named:
        return f"不止一个单位叫 {unit}，请写代码"
    return _describe_missing("单位", unit, parents.keys())


def _describe_missing(what: str, code: str, known: AbstractSet[str]) -> str:
    return f"没有代码为 {code} 的{what}{format_suggestion(code, sorted(known))}"


def _find_cycles(organisation: Organisation, parents: Mapping[str, str | None]) -> Iterator[ConfigProblem]:
    for unit in organisation.units:
        if _is_above_itself(unit.code, parents):
            location = organisation.locations["units", unit.code]
            heading = location.get_heading("parent")
            yield ConfigProblem(
                location.locate("parent"), f"{unit.code} 的上级绕回了自己，最上面的单位不写 {heading}"
            )


def _is_above_itself(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False
