"""Understanding one message: report or chatter, class, nature, urgency, place, unit, and why.

`build` compiles a pack and an organisation once; the result is immutable and pure, so one
`Understanding` may serve every worker and be replaced as a whole when rules or units change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ahocorasick_rs import AhoCorasick

from handlers.triage.address.place_grammar import Found
from handlers.triage.address.place_names import WORTH
from handlers.triage.classify import intent, reasons
from handlers.triage.classify.decisions import (
    LEAST_HINT,
    Evidence,
    Ranked,
    alarm,
    choose,
    confidence,
    is_idle,
    is_report,
    is_urgent,
    nature_of,
    said_classes,
    weigh,
)
from handlers.triage.classify.lexicon import DUTY_WORD, Lexicon, Reading
from handlers.triage.classify.ngram_weights import Leaning
from handlers.triage.compiled_pack import compiled
from handlers.triage.rules.packs import ClassInfo, Pack, PackError
from handlers.triage.text.homophones import Hearing
from handlers.triage.text.normalize import fold
from handlers.triage.types import Facts, Place, PlaceFact, Reason, Triage, UnitFact
from handlers.triage.unit_directory import FINE, OWN_TOWN, Directory

UNKNOWN = "other"
SECRET = ("gov.attitude",)
# A place known only by where it stands in the sentence is no sign of a report.
UNSURE = 24
GUESSED = WORTH["bare"]
# What only a point tells: sure of the unit, silent about the house.
POINTED = 0.6
# What a place loses that was not written as it is called.
MISHEARD = 0.2
SELF_HARM = "self_harm"
RUMOUR, HEARSAY = "rumor.check", 14


@dataclass(frozen=True, slots=True)
class _Chosen:
    info: ClassInfo
    score: float
    runner_up: str | None
    margin: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the words of a message are, before anything is decided from them."""

    reading: Reading
    found: Found | None
    matter: str
    """The text without its place, letter for letter where it was."""


class Understanding:
    """A compiled pack over a compiled organisation."""

    def __init__(
        self,
        pack: Pack,
        units: Sequence[UnitFact],
        places: Sequence[PlaceFact] = (),
        *,
        common: Collection[str] = (),
    ) -> None:
        self.pack = pack
        self._directory = Directory(units, places)
        self._lexicon = Lexicon(pack, self._directory.gazetteer(), tuple(self._directory.keywords()))
        self._grammar, self._hints, self._spots = compiled(pack)
        self._hearing = self._ears(common)
        self._order = {class_id: at for at, class_id in enumerate(pack.classes)}
        self._misheard = tuple(pack.misheard.items())
        self._mishearing = AhoCorasick([wrong for wrong, _ in self._misheard] or ["\0"])

    def triage(self, text: str, *, facts: Facts) -> Triage:
        """Everything the words and the facts tell about this message."""
        reading = self._read(text, facts)
        risk = self._risk(reading)
        if risk is None and is_idle(self.pack, reading, facts):
            return self._talk(text, facts)
        heard = self._heard(reading)
        said = said_classes(self.pack, reading)
        leaning = self._hints.read(heard.matter, least=LEAST_HINT, also=said)
        chosen = self._chosen(risk, *choose(self._order, reading, said, leaning.classes))
        written = chosen.info.id in said
        alarming = written and alarm(self.pack, reading, chosen.info) > 0
        kind = "report" if risk else self._kind(heard, chosen.info, leaning, facts, alarming=alarming)
        report = kind == "report"
        # Hints alone raise no alarm over talk: 热得着火了一样 leans to fire too.
        urgent = (report or written) and is_urgent(self.pack, reading, chosen.info, leaning)
        place = self._place(reading, self._mended(heard) if report else heard.found, facts)
        nature = nature_of(self.pack, reading, chosen.info, leaning)
        return Triage(
            report=report,
            kind=kind,
            class_id=chosen.info.id,
            nature=nature,
            urgent=risk is not None or urgent,
            risk=risk,
            place=place,
            unit=self._unit(reading, chosen.info, place, facts),
            confidence=confidence(chosen.score, chosen.margin),
            margin=float(chosen.margin),
            runner_up=chosen.runner_up,
            missing=self._missing(chosen, place, nature, facts) if report else (),
            reasons=(
                *reasons.by_words(reading, chosen.info.id, nature, place),
                *self._hinted(heard, chosen),
            ),
            rules_version=self.pack.version,
            secret=chosen.info.id in SECRET or reading.scores.get("nature:举报", 0) > 0,
        )

    def _talk(self, text: str, facts: Facts) -> Triage:
        """What is no report whatever it is about, so nobody asks for its class and its place."""
        form = intent.kind(text, facts)
        return Triage(
            report=False,
            kind="chatter" if form == "report" else form,
            class_id=UNKNOWN,
            nature=self.pack.classes[UNKNOWN].nature,
            rules_version=self.pack.version,
        )

    def _kind(self, heard: Heard, info: ClassInfo, leaning: Leaning, facts: Facts, *, alarming: bool) -> str:
        """`report`, or what kind of talk it is."""
        form = intent.kind(heard.reading.text, facts)
        if form != "report":
            return form
        evidence = self.evidence(heard, info.id, facts)
        wanted = is_report(self.pack, evidence, heard.matter, leaning.report, alarming=alarming, facts=facts)
        return "report" if wanted else "chatter"

    def heard(self, text: str, facts: Facts) -> Heard:
        """The words of the message, before anything is decided from them."""
        return self._heard(self._read(text, facts))

    def _heard(self, reading: Reading) -> Heard:
        found = self._grammar.find(reading.folded, reading.names, reading.matter, reading.known)
        # The name of a road says nothing of the matter: 秀山路 is no hint at trees.
        matter = reading.folded if found is None else _without(reading.folded, found.start, found.end)
        return Heard(reading, found, matter)

    def _mended(self, heard: Heard) -> Found | None:
        """The place with the borders people give it, if it is one: worth its time where somebody is sent."""
        if heard.found is None:
            return None
        found = heard.found
        guessed = found.worth <= GUESSED
        borders = self._spots.mended(heard.reading.folded, found.start, found.end, guessed=guessed)
        return replace(found, start=borders[0], end=borders[1]) if borders else None

    def evidence(self, heard: Heard, class_id: str, facts: Facts) -> Evidence:
        """What the written words say for a report, were it of this class."""
        found = heard.found
        return weigh(
            self.pack, heard.reading, thanks=self.pack.classes[class_id].nature == "感谢",
            placed=found is not None and found.worth > UNSURE, facts=facts,
        )  # fmt: skip

    def place(self, text: str, facts: Facts) -> Place | None:
        """Where the words say it is; the unit of the group where they say nothing."""
        heard = self.heard(text, facts)
        return self._place(heard.reading, self._mended(heard), facts)

    def matches(self, text: str) -> int:
        """How many words of the pack the text holds (the matching alone, for the bench)."""
        return len(self._lexicon.matches(self._fold(text)))

    def _ears(self, common: Collection[str]) -> Hearing:
        """Deaf without the words of the language: nobody else knows which of them sound like a name."""
        places = self.pack.places
        names, words = (self._directory.called(), self._lexicon.solid()) if common else ((), ())
        ordinary = chain(common, self._lexicon.words, places.stop, places.plain, places.never)
        return Hearing(names, words, ordinary=ordinary, binding=places.stop)

    def _read(self, text: str, facts: Facts) -> Reading:
        """As it is written; as it sounds, where that names no place or a machine wrote it down."""
        reading = self._lexicon.read(text, self._fold(text))
        if reading.names and not facts.spoken:
            return reading
        meant = self._hearing.meant(reading.folded, reading.known, reading.matter, reading.names)
        return reading if meant == reading.folded else self._lexicon.read(text, meant)

    def _risk(self, reading: Reading) -> str | None:
        """Who asks whether a rumour is true has no life to save; but no talk of self-harm is only talk."""
        signs = [name for name in self.pack.risk if reading.scores.get(f"risk:{name}", 0) > 0]
        hearsay = reading.scores.get(RUMOUR, 0) >= HEARSAY
        return next((name for name in signs if not hearsay or name == SELF_HARM), None)

    def _fold(self, text: str) -> str:
        """The text as it was meant, letter for letter in its place."""
        folded = fold(text)
        for number, start, end in self._mishearing.find_matches_as_indexes(folded):
            folded = folded[:start] + self._misheard[number][1] + folded[end:]
        return folded

    def _chosen(self, risk: str | None, first: Ranked | None, second: Ranked | None) -> _Chosen:
        if risk is not None:
            first = ("safe.security", max(first[1] if first else 0, 6))
        if first is None:
            return _Chosen(self.pack.classes[UNKNOWN], 0, None, 0)
        return _Chosen(
            self.pack.classes[first[0]], first[1], second[0] if second else None,
            max(0, first[1] - (second[1] if second else 0)),
        )  # fmt: skip

    def _hinted(self, heard: Heard, chosen: _Chosen) -> tuple[Reason, ...]:
        if chosen.score <= 0 or chosen.info.id in heard.reading.scores:
            return ()
        return reasons.by_pieces(self._hints, heard.reading.text, heard.matter, chosen.info.id)

    def _place(self, reading: Reading, found: Found | None, facts: Facts) -> Place | None:
        if found is not None:
            unit = self._directory.locate(found.codes, facts) if found.codes else None
            said = reading.text[found.start : found.end]
            sure = min(0.95, 0.35 + found.worth / 120 + (0.2 if unit else 0.0))
            if fold(said) != reading.folded[found.start : found.end]:
                sure -= MISHEARD
            return Place(
                said, found.start, found.end, found.level,
                self._directory.pinned(unit, facts), round(sure, 2),
            )  # fmt: skip
        home = self._directory.get(self._directory.pinned(None, facts))
        if home is None:
            return None
        sure = POINTED if facts.point_unit else 0.3 if home.kind in FINE else 0.1
        return Place(home.name, 0, 0, "unit", home.code, sure)

    def _unit(self, reading: Reading, info: ClassInfo, place: Place | None, facts: Facts) -> str | None:
        codes = (place.unit if place else None, facts.point_unit, facts.chat_unit, facts.sender_unit)
        district = self._directory.district(codes)
        leaning = [
            (score, side.removeprefix(DUTY_WORD))
            for side, score in reading.scores.items()
            if side.startswith(DUTY_WORD) and self._directory.within(side.removeprefix(DUTY_WORD), district)
        ]
        if leaning:
            return max(leaning)[1]
        if info.unit == OWN_TOWN:
            town = next((town for code in codes if (town := self._directory.town(code))), None)
            return town.code if town else None
        return self._directory.office(info.unit, district)

    def _missing(self, chosen: _Chosen, place: Place | None, nature: str, facts: Facts) -> tuple[str, ...]:
        missing = ("what",) if chosen.score == 0 else ()
        rule = self.pack.rules.get(chosen.info.id)
        if nature in ("咨询", "感谢") or (rule is not None and not rule.needs_place):
            return missing
        unit = self._directory.get(place.unit) if place else None
        coarse = place is None or (place.level == "unit" and (unit is None or unit.kind not in FINE))
        return (*missing, "place") if coarse and facts.point_unit is None else missing


def build(
    pack: Pack,
    units: Sequence[UnitFact],
    places: Sequence[PlaceFact] = (),
    *,
    common: Collection[str] = (),
) -> Understanding:
    """Compiles rules and organisation; half a second for a district.

    `common`: words of the language; with them, what was misheard is found by its sound.
    """
    require_unknown(pack)
    return Understanding(pack, units, places, common=common)


def require_unknown(pack: Pack) -> None:
    """PackError where there is no class for what fits none."""
    if UNKNOWN not in pack.classes:
        raise PackError(f"the packs name no class table with a class {UNKNOWN}; say `classes: classes.csv`")


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
