"""The organisation as triage sees it: units by code and by name, their places and keywords of duty."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from handlers.triage.text.numbers import spell_figures
from handlers.triage.types import Facts, PlaceFact, UnitFact

TERRITORY = ("district", "town", "village", "grid", "special_grid", "micro_grid")
FINE_KINDS = ("village", "grid", "special_grid", "micro_grid")
OWN_TOWN = "属地镇街"
UNKNOWN_UNIT = ""
"""The code for a place whose unit is not known."""


class UnitDirectory:
    """The unit tree, searched by code and by name; its units stay what they are."""

    def __init__(self, units: Sequence[UnitFact], places: Sequence[PlaceFact] = ()) -> None:
        self._places = places
        self._units: Mapping[str, UnitFact] = {unit.code: unit for unit in units}
        self._offices = tuple(unit for unit in units if unit.kind not in TERRITORY)
        self._office_codes: dict[tuple[str, str | None], str | None] = {}
        """By name and district, as far as asked for: the rules name some dozens."""
        self._lines: dict[str, tuple[UnitFact, ...]] = {}
        """By code, as far as asked for: the unit and those above it, which every message asks for again."""

    def get(self, code: str | None) -> UnitFact | None:
        """The unit with this code, or None."""
        return self._units.get(code) if code else None

    def build_gazetteer(self) -> dict[str, list[str]]:
        """Every place name with the codes of the units it may lie in; UNKNOWN_UNIT where nobody knows."""
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
        """Every name that belongs to a unit: names of units, and of places whose unit is known."""
        units = (name for unit in self._units.values() for name in (*unit.list_names(), *unit.places))
        return [*units, *(place.name for place in self._places if place.unit)]

    def list_keywords(self) -> Iterator[tuple[str, str]]:
        """Keywords of duty, each with the code of the unit it speaks for."""
        for unit in self._units.values():
            yield from ((word, unit.code) for word in unit.keywords)

    def iter_ancestors(self, code: str | None) -> Iterator[UnitFact]:
        """The unit itself, its parent, and so on up to the root; nothing for an unknown code."""
        if code is None or code not in self._units:
            return iter(())
        if code not in self._lines:
            self._lines[code] = tuple(self._climb(code))
        return iter(self._lines[code])

    def _climb(self, code: str | None) -> Iterator[UnitFact]:
        seen: set[str] = set()
        while code and code not in seen and (unit := self._units.get(code)):
            seen.add(code)
            yield unit
            code = unit.parent

    def measure_depth(self, code: str) -> int:
        """How many units there are from the root to this one, both counted; 0 for an unknown code."""
        return sum(1 for _ in self.iter_ancestors(code))

    def is_within(self, code: str, root: str | None) -> bool:
        """Whether the unit is `root` or below it; always True where `root` is None."""
        return root is None or any(unit.code == root for unit in self.iter_ancestors(code))

    def find_district(self, codes: Iterable[str | None]) -> str | None:
        """The code of the district of the first of these units that lies in one."""
        for code in codes:
            for unit in self.iter_ancestors(code):
                if unit.kind == "district":
                    return unit.code
        return None

    def find_town(self, code: str | None) -> UnitFact | None:
        """The town that the unit is or lies in; None where there is none."""
        return next((unit for unit in self.iter_ancestors(code) if unit.kind == "town"), None)

    def locate_unit(self, codes: Iterable[str], facts: Facts) -> str | None:
        """The unit meant by a place name that several units share, None where none is in the district.

        It is the one nearest in the tree to the point, else to the chat, else to the sender; of equally
        near ones the finest.
        """
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
        """The unit a place lies in: the one the words name, the one a point lies in, else that of the chat.

        A point outweighs the chat, and a named unit that is no finer; where two agree, the finer counts.
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
        """The code of the office called `name` in this district; None where there is none, or several."""
        asked = name, district
        if asked not in self._office_codes:
            self._office_codes[asked] = self._search_office(name, district)
        return self._office_codes[asked]

    def _search_office(self, name: str, district: str | None) -> str | None:
        candidates = [unit for unit in self._offices if self.is_within(unit.code, district)]
        exact = [unit for unit in candidates if name in unit.list_names()]
        loose = exact or [unit for unit in candidates if unit.name.endswith(name)]
        if len(loose) > 1 and district is not None:
            loose = [min(loose, key=lambda unit: self.measure_depth(unit.code))]
        return loose[0].code if len(loose) == 1 else None

    def find_responsible(
        self, office: str, near: Sequence[str | None], duties: Mapping[str, float]
    ) -> str | None:
        """The code of who answers for a matter that is `office`'s, by the units it is `near`, best first.

        `duties`: points by unit whose keywords of duty were said; the most of this district comes first.
        """
        district = self.find_district(near)
        leaning = [(score, code) for code, score in duties.items() if self.is_within(code, district)]
        if leaning:
            return max(leaning)[1]
        if office == OWN_TOWN:
            town = next((town for code in near if (town := self.find_town(code))), None)
            return town.code if town else None
        return self.find_office(office, district)
