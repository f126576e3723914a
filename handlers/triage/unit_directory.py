"""Which unit a matter belongs to: the names, places and duties of the organisation as triage sees them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from handlers.triage.text.numbers import spell_figures
from handlers.triage.types import Facts, PlaceFact, UnitFact

TERRITORY = ("district", "town", "village", "grid", "micro_grid")
FINE_KINDS = ("village", "grid", "micro_grid")
OWN_TOWN = "属地镇街"
UNKNOWN_UNIT = ""
"""In place of a unit's code, for a place that is known by name only."""


class UnitDirectory:
    """The unit tree, asked by code and by name; immutable after it is made."""

    def __init__(self, units: Sequence[UnitFact], places: Sequence[PlaceFact] = ()) -> None:
        self._places = places
        self._units: Mapping[str, UnitFact] = {unit.code: unit for unit in units}
        self._offices = tuple(unit for unit in units if unit.kind not in TERRITORY)

    def get(self, code: str | None) -> UnitFact | None:
        """The unit of this code, or None."""
        return self._units.get(code) if code else None

    def build_gazetteer(self) -> dict[str, list[str]]:
        """Every name a place can be called by, with the territorial units it may mean."""
        names: dict[str, list[str]] = {}
        for unit in self._units.values():
            own = unit.list_names() if unit.kind in TERRITORY and unit.kind != "district" else ()
            for name in dict.fromkeys((*own, *unit.places)):
                if len(name) > 1:
                    names.setdefault(name, []).append(unit.code)
        for place in self._places:
            for name in (place.name, *spell_figures(place.name)):
                names.setdefault(name, []).append(place.unit or UNKNOWN_UNIT)
        return names

    def list_owned_names(self) -> list[str]:
        """Every name with an owner: of units, and of places whose unit is known."""
        units = (name for unit in self._units.values() for name in (*unit.list_names(), *unit.places))
        return [*units, *(place.name for place in self._places if place.unit)]

    def list_keywords(self) -> Iterator[tuple[str, str]]:
        """Words of duty with the code of the unit they lean to."""
        for unit in self._units.values():
            yield from ((word, unit.code) for word in unit.keywords)

    def iter_ancestors(self, code: str | None) -> Iterator[UnitFact]:
        """The unit, its parent, and so on up to the root."""
        seen: set[str] = set()
        while code and code not in seen and (unit := self._units.get(code)):
            seen.add(code)
            yield unit
            code = unit.parent

    def measure_depth(self, code: str) -> int:
        """How far below the root this unit hangs."""
        return sum(1 for _ in self.iter_ancestors(code))

    def is_within(self, code: str, root: str | None) -> bool:
        """Whether the unit is `root` or hangs below it."""
        return root is None or any(unit.code == root for unit in self.iter_ancestors(code))

    def find_district(self, codes: Iterable[str | None]) -> str | None:
        """The district of the first of these codes that has one."""
        for code in codes:
            for unit in self.iter_ancestors(code):
                if unit.kind == "district":
                    return unit.code
        return None

    def find_town(self, code: str | None) -> UnitFact | None:
        """The town a unit lies in."""
        return next((unit for unit in self.iter_ancestors(code) if unit.kind == "town"), None)

    def locate_unit(self, codes: Iterable[str], facts: Facts) -> str | None:
        """Of units that share a place name: the one nearest to the chat, and of those the finest."""
        home = [
            unit.code
            for unit in self.iter_ancestors(facts.point_unit or facts.chat_unit or facts.sender_unit)
        ]

        def nearness(code: str) -> tuple[int, int]:
            shared = sum(1 for unit in self.iter_ancestors(code) if unit.code in home)
            return shared, self.measure_depth(code)

        district = self.find_district(home)
        inside = [code for code in codes if code in self._units and self.is_within(code, district)]
        return max(inside, key=nearness, default=None)

    def resolve_unit(self, named: str | None, facts: Facts) -> str | None:
        """The unit a place lies in: what the words name, what a point tells, else that of the group.

        A point outweighs the group, and a name no finer than itself; the finer of two that agree counts.
        """
        point = facts.point_unit
        home = next((c for c in (facts.chat_unit, facts.sender_unit) if c in self._units), None)
        if point is None or point not in self._units:
            return named or home
        for code in (named, home):
            if code is not None and self.is_within(code, point):
                return code
        finer = named is not None and self.measure_depth(named) > self.measure_depth(point)
        return named if finer and not self.is_within(point, named) else point

    def find_office(self, name: str, district: str | None) -> str | None:
        """The office called `name` in this district; None where that is nobody, or not clear."""
        candidates = [unit for unit in self._offices if self.is_within(unit.code, district)]
        exact = [unit for unit in candidates if name in unit.list_names()]
        loose = exact or [unit for unit in candidates if unit.name.endswith(name)]
        if len(loose) > 1 and district is not None:
            loose = [min(loose, key=lambda unit: self.measure_depth(unit.code))]
        return loose[0].code if len(loose) == 1 else None
