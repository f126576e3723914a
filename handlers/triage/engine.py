"""What one message says: report or chatter, class, nature, urgency, place, unit, and why.

`build_classifier` compiles a pack and an organisation once; the result is immutable and pure, so one
`Classifier` may serve every worker and be replaced as a whole when rules or units change.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from handlers.triage.address.place_grammar import PlaceMatch
from handlers.triage.address.place_reader import UNSURE
from handlers.triage.classify import intent, reasons
from handlers.triage.classify.class_choice import ChosenClass, ClassChooser
from handlers.triage.classify.danger import ENOUGH, Danger
from handlers.triage.classify.decisions import (
    LEAST_HINT,
    SideEvidence,
    calls_for_help,
    choose_nature,
    compute_confidence,
    is_accusation,
    is_assault,
    is_idle,
    is_report,
    is_urgent,
    score_classes,
    score_urgency,
    weigh_evidence,
)
from handlers.triage.classify.lexicon import DUTY_WORD, LexiconMatch
from handlers.triage.classify.ngram_weights import NgramScores
from handlers.triage.classify.rescue import RescueTable, SelfHelp
from handlers.triage.compiled_pack import CommonWords, CompiledParts
from handlers.triage.rules.class_table import ClassInfo
from handlers.triage.rules.packs import Pack, require_special_classes
from handlers.triage.text.normalize import fold, is_dictated
from handlers.triage.types import Facts, Place, PlaceFact, Reason, Triage, UnitFact
from handlers.triage.unit_directory import FINE_KINDS
from models.normalization import normalize_text

# What only a point tells: sure of the unit, silent about the house.
POINTED = 0.6
# What a place loses that was not written as it is called.
MISHEARD = 0.2
SELF_HARM = "self_harm"
# From so many points a message asks whether something told is true.
HEARSAY = 14
# From so many points a message tells a story, of a drill, of what is over.
PLAIN_TALK = 9
# The points for urgency that n-grams may add to a few words of danger, and those for a report they need.
MOST_LEARNED, NO_TALK = 3.0, -1.0
# Points of a class from which its words are no chance words.
PLAIN_WORDS = 6
# Points of an urgent class that what a line leans to does not outvote.
STRONG_CLASS = 12
# Points of a word that says it, and not merely of words that stand near one another.
SAID = 5

OFFICE_STAFF = "office_staff"
"""The group of words for officials and staff."""
ANNOUNCES = "announces"
"""The group of words that say that something is to be reported, and not what: 有个事反映一下."""
CONCERNED = "当事人"
_CALLED = re.compile(
    r"((?:联系|有事|要找|找[我他她]|找不[到着]|直接|麻烦|尽管|随时|可以|[到来]了|来的?时候)[^，。！？,.!?\n]{0,4})"
    r"打(?=[^，。！？,.!?\n]{0,8}?(?:1[3-9]\d{9}|电话|手机))"
)
"""What is done to a telephone, and to nobody: 要联系的话打我媳妇 139…; 老公打我 139… is a cry."""
_CLAUSE = re.compile(r"[^\s，。！？；、,.!?;]+")
_SELF = re.compile(r"我们|咱们|我|俺|咱")


@dataclass(frozen=True, slots=True)
class ParsedText:
    """What the words of a message are, before anything is decided from them."""

    reading: LexiconMatch
    found: PlaceMatch | None
    matter: str
    """The text without its place, letter for letter where it was."""


class Classifier(CompiledParts):
    """A pack over an organisation."""

    def __init__(
        self,
        pack: Pack,
        units: Sequence[UnitFact],
        places: Sequence[PlaceFact] = (),
        *,
        common: CommonWords = tuple,
    ) -> None:
        super().__init__(pack, units, places, common)
        self._fallback = pack.classes[pack.special.fallback_class]
        self._classes = ClassChooser(pack)
        self._rescue = RescueTable(pack)
        self._misheard = tuple(pack.misheard.items())
        self._misheard_automaton = AhoCorasick([wrong for wrong, _ in self._misheard] or ["\0"])
        # Several things are asked of the same words, one after another.
        self._match_lately = lru_cache(maxsize=8)(self.match_anew)
        self._triage_lately = lru_cache(maxsize=8)(self._triage_anew)

    def triage(self, text: str, *, facts: Facts) -> Triage:
        """What the words of a message and the facts about its sender and chat tell; never raises.

        Offsets in the result are those of `normalize_text(text)`, which is what every door hands over.
        """
        return self._triage_lately(normalize_text(text), facts)

    def _triage_anew(self, text: str, facts: Facts) -> Triage:
        reading = self._match_words(text, facts)
        danger, parsed = self._find_danger(reading)
        risk = self._detect_risk(reading, danger)
        if danger is None and risk is None and is_idle(self.pack, reading, facts):
            return self._build_talk_result(text, facts)
        parsed = parsed or self._parse_match(reading)
        class_scores = score_classes(self.pack, reading)
        ngram_scores = self._ngram_weights.score(parsed.matter, least=LEAST_HINT, always_include=class_scores)
        hints = ngram_scores.classes
        needs_help = danger is not None or risk is not None or calls_for_help(reading)
        if needs_help:
            # A cry for help that mentions an office is a cry for help: it goes to who saves.
            class_scores, hints = (
                self._classes.without_restricted(class_scores),
                self._classes.without_restricted(hints),
            )
        chosen = self._classes.choose(reading, risk, danger, class_scores, hints)
        accuses = not needs_help and is_accusation(reading)
        if accuses:
            chosen = self._classes.choose_accusation(chosen)
        calls_out = danger is not None or risk is not None
        written = accuses or calls_out or chosen.info.id in class_scores
        alarming = written and score_urgency(self.pack, reading, chosen.info) > 0
        kind = (
            "report"
            if calls_out
            else self._detect_kind(parsed, chosen.info, ngram_scores, facts, alarming=alarming)
        )
        report = kind == "report"
        # Hints alone raise no alarm: 热得着火了一样 leans to fire too.
        urgent = calls_out or (
            alarming
            and is_urgent(self.pack, reading, chosen.info, ngram_scores)
            and not self._is_doubtful(reading, class_scores.get(chosen.info.id, 0))
        )
        place = self._locate_place(reading, self._correct_place(parsed) if report else parsed.found, facts)
        nature = choose_nature(self.pack, reading, chosen.info, ngram_scores)
        in_danger = urgent and chosen.info.urgent
        unit = self._assign_unit(reading, chosen.info, place, facts, in_danger=in_danger) if written else None
        lacking = self._list_missing(chosen, place, nature, facts, urgent=urgent) if report else ()
        return Triage(
            report=report,
            kind=kind,
            class_id=chosen.info.id,
            nature=nature,
            urgent=urgent,
            risk=risk,
            place=place,
            unit=unit,
            confidence=compute_confidence(chosen.score, chosen.margin),
            margin=float(chosen.margin),
            runner_up=chosen.runner_up,
            missing=(*(("what",) if self._only_announces(reading, chosen.info.id) else ()), *lacking),
            reasons=(
                *(danger.reasons if danger else ()),
                *reasons.keyword_reasons(reading, chosen.info.id, nature, place),
                *self._build_ngram_reasons(parsed, chosen),
            ),
            rules_version=self.pack.version,
            secret=chosen.info.id in self._classes.restricted
            or is_accusation(reading)
            or is_assault(reading),
            anonymous=reading.scores.get("secrecy:anonymous", 0) > 0,
        )

    def find_rescuers(self, text: str, class_id: str, *, near: Sequence[str | None]) -> tuple[str, ...]:
        """Codes of the units to be called where this is urgent, whoever has the case: who saves people.

        `near`: codes of units of the district, such as that of the place. Units it lacks are left out.
        """
        district = self._directory.find_district(near)
        wanted = self._rescue.list_units(class_id, self.fold_misheard(normalize_text(text)))
        offices = (
            next((code for name in names if (code := self._directory.find_office(name, district))), None)
            for names in wanted
        )
        return tuple(dict.fromkeys(code for code in offices if code is not None))

    def find_self_help(self, text: str, class_id: str) -> SelfHelp:
        """What whoever is in this danger dials and does; empty where the rules say nothing."""
        return self._rescue.find_self_help(class_id, self.fold_misheard(normalize_text(text)))

    def _find_danger(self, reading: LexiconMatch) -> tuple[Danger | None, ParsedText | None]:
        """The danger that the words tell of; where they are few, only if the n-grams say so too."""
        danger = self._danger.find(reading)
        if danger is None or danger.is_plain:
            return danger, None
        parsed = self._parse_match(reading)
        said = self._ngram_weights.score(parsed.matter, least=LEAST_HINT)
        enough = danger.points + min(MOST_LEARNED, said.urgent) >= ENOUGH and said.report >= NO_TALK
        return danger if enough else None, parsed

    def _is_doubtful(self, reading: LexiconMatch, points: int) -> bool:
        """Whether the words of an urgent class (`points`) are a story, drill or joke, and so no alarm."""
        cries = [side for side in reading.scores if side.endswith("/urgent")]
        # A need of one class alone (断粮了) is told as calmly as talk.
        needs = len(cries) == 1 and not self.pack.classes[cries[0].removesuffix("/urgent")].urgent
        is_plain = bool(cries) or points >= STRONG_CLASS
        # Nor is what is broken mere talk: 窨井盖坏了，骑车差点摔进去.
        is_broken = not is_plain and points >= PLAIN_WORDS and reading.scores.get("talk:trouble", 0) > 0
        if not (needs or is_broken) and self._is_mere_talk(reading, plain=is_plain):
            return True
        leans = points >= STRONG_CLASS or self._danger.leans_to_danger(reading)
        enough = PLAIN_TALK + (PLAIN_WORDS if points >= PLAIN_WORDS and leans else 0)
        return self._danger.weigh_harmless(reading) >= enough

    def _is_mere_talk(self, reading: LexiconMatch, *, plain: bool) -> bool:
        """Whether the line leans to talk, and does not do so because it accuses somebody."""
        return self._danger.is_talk(reading, plain=plain) and not is_accusation(reading)

    def accuses(self, text: str) -> bool:
        """Whether words, and no learned hints alone, accuse officials or staff of something."""
        reading = self._match_words(normalize_text(text), Facts())
        return is_accusation(reading) or is_assault(reading)

    def is_restricted(self, class_id: str) -> bool:
        """Whether the cases of this class are for the named few only."""
        return class_id in self._classes.restricted

    def extract_danger(self, text: str, *, avoid: Collection[str] = ()) -> str:
        """The clauses of a report that tell of danger, without those that accuse or tell who reported it.

        For a unit that is called to save somebody, and may not know who is accused of what. `avoid`: names
        that must not be in it. Empty where no clause is left.
        """
        kept = [clause for clause in _CLAUSE.findall(text) if self._is_plain_danger(clause, avoid)]
        return _SELF.sub(CONCERNED, "，".join(kept))

    def _is_plain_danger(self, clause: str, avoid: Collection[str]) -> bool:
        reading = self._lexicon.match(clause, self.fold_misheard(clause))
        if any(side.startswith("secrecy:") for side in reading.scores) or "nature:举报" in reading.scores:
            return False
        if any(word in reading.folded for word in (*avoid, *self.pack.groups.get(OFFICE_STAFF, ()))):
            return False
        urgent = any(name in self.pack.classes and self.pack.classes[name].urgent for name in reading.scores)
        return urgent or calls_for_help(reading) or any(side.startswith("risk:") for side in reading.scores)

    def _build_talk_result(self, text: str, facts: Facts) -> Triage:
        """What is no report whatever it is about, so nobody asks for its class and its place."""
        form = intent.detect_kind(text, facts)
        return Triage(
            report=False,
            kind="chatter" if form == "report" else form,
            class_id=self._fallback.id,
            nature=self._fallback.nature,
            rules_version=self.pack.version,
        )

    def _detect_kind(
        self, parsed: ParsedText, info: ClassInfo, ngram_scores: NgramScores, facts: Facts, *, alarming: bool
    ) -> str:
        """`report`, or what kind of talk it is."""
        text = parsed.reading.text
        form = intent.detect_kind(text, facts)
        if form != "report":
            return form
        accuses = is_accusation(parsed.reading) or is_assault(parsed.reading)
        if accuses and facts.addressed and not intent.score_mood(text):
            return "report"  # what is said of officials to the bot is never taken for talk
        evidence = self.gather_evidence(parsed, info.id, facts)
        wanted = is_report(
            self.pack, evidence, parsed.matter, ngram_scores.report, alarming=alarming, facts=facts
        )
        return "report" if wanted else "chatter"

    def parse(self, text: str, facts: Facts) -> ParsedText:
        """The words of the message, before anything is decided from them."""
        text = normalize_text(text)
        return self._parse_match(self._match_words(text, facts))

    def _parse_match(self, reading: LexiconMatch) -> ParsedText:
        found = self._places.find(reading.folded, reading.names, reading.matter, reading.known)
        # The name of a road says nothing of the matter: 秀山路 is no hint at trees.
        start, end = (found.start, found.end) if found is not None else (0, 0)
        matter = reading.folded[:start] + " " * (end - start) + reading.folded[end:]
        return ParsedText(reading, found, matter)

    def _correct_place(self, parsed: ParsedText) -> PlaceMatch | None:
        """The place with the borders people give it, if it is one: worth its time where somebody is sent."""
        reading = parsed.reading
        return self._places.correct(reading.folded, parsed.found, reading.matter, reading.names)

    def gather_evidence(self, parsed: ParsedText, class_id: str, facts: Facts) -> SideEvidence:
        """What the written words say for a report, were it of this class."""
        found = parsed.found
        return weigh_evidence(
            self.pack, parsed.reading, is_thanks=self.pack.classes[class_id].nature == "感谢",
            has_place=found is not None and found.worth > UNSURE, facts=facts,
        )  # fmt: skip

    def find_place(self, text: str, facts: Facts) -> Place | None:
        """Where the words say it is; the unit of the group where they say nothing."""
        parsed = self.parse(text, facts)
        return self._locate_place(parsed.reading, self._correct_place(parsed), facts)

    def list_spoken_classes(self, text: str, facts: Facts) -> frozenset[str]:
        """The classes that some written word of the text belongs to."""
        return frozenset(self._match_words(normalize_text(text), facts).scores) & self.pack.classes.keys()

    def count_matches(self, text: str) -> int:
        """How many words of the pack the text holds (the matching alone, for the bench)."""
        return len(self._lexicon.find_matches(self.fold_misheard(text)))

    def _match_words(self, text: str, facts: Facts) -> LexiconMatch:
        """As it is written; as it sounds, where that names no place or a machine wrote it down."""
        return self._match_lately(text, by_sound=facts.spoken or is_dictated(text))

    def match_anew(self, text: str, *, by_sound: bool) -> LexiconMatch:
        """The words of a text; `by_sound`: as it sounds also where it names a place as it is written."""
        reading = self._lexicon.match(text, self.fold_misheard(text))
        if reading.names and not by_sound:
            return reading
        meant = self._homophones.correct_homophones(
            reading.folded, reading.known, reading.matter, reading.names
        )
        return reading if meant == reading.folded else self._lexicon.match(text, meant)

    def _detect_risk(self, reading: LexiconMatch, danger: Danger | None) -> str | None:
        """Who asks whether a rumour is true has no life to save; but no talk of self-harm is only talk."""
        if danger is not None and danger.risk:
            return danger.risk
        found = {name: self._danger.count(reading, f"risk:{name}") for name in self.pack.risk}
        signs = [name for name, points in found.items() if points > 0]
        if not signs:
            return None
        hearsay = reading.scores.get(self.pack.special.rumour_class, 0) >= HEARSAY
        harmless = self._danger.weigh_harmless(reading) if danger is None else 0
        doubtful = hearsay or harmless >= PLAIN_TALK
        for name in signs:
            talk = harmless > 0 and self._danger.is_talk(reading)
            sure = name == SELF_HARM and found[name] >= SAID and harmless < 2 * PLAIN_TALK and not talk
            if sure or not doubtful:
                return name
        return None

    def fold_misheard(self, text: str) -> str:
        """The text as it was meant, letter for letter in its place."""
        folded = _CALLED.sub(r"\1拨", fold(text))
        for number, start, end in self._misheard_automaton.find_matches_as_indexes(folded):
            folded = folded[:start] + self._misheard[number][1] + folded[end:]
        return folded

    def _build_ngram_reasons(self, parsed: ParsedText, chosen: ChosenClass) -> tuple[Reason, ...]:
        if chosen.score <= 0 or chosen.info.id in parsed.reading.scores:
            return ()
        return reasons.ngram_reasons(self._ngram_weights, parsed.reading.text, parsed.matter, chosen.info.id)

    def _locate_place(self, reading: LexiconMatch, found: PlaceMatch | None, facts: Facts) -> Place | None:
        if found is not None:
            unit = self._directory.locate_unit(found.codes, facts) if found.codes else None
            said = reading.text[found.start : found.end]
            sure = min(0.95, 0.35 + found.worth / 120 + (0.2 if unit else 0.0))
            heard = reading.folded[found.start : found.end]
            is_misheard = fold(said) != heard
            if is_misheard:
                sure -= MISHEARD
            return Place(
                said, found.start, found.end, found.level,
                self._directory.resolve_unit(unit, facts), round(sure, 2), heard if is_misheard else "",
            )  # fmt: skip
        home = self._directory.get(self._directory.resolve_unit(None, facts))
        if home is None:
            return None
        sure = POINTED if facts.point_unit else 0.3 if home.kind in FINE_KINDS else 0.1
        return Place(home.name, 0, 0, "unit", home.code, sure)

    def _assign_unit(
        self, reading: LexiconMatch, info: ClassInfo, place: Place | None, facts: Facts, *, in_danger: bool
    ) -> str | None:
        """The unit of the class; a keyword of duty gives it to another, but never a fire to the caretaker."""
        codes = (place.unit if place else None, facts.point_unit, facts.chat_unit, facts.sender_unit)
        duties = {
            side.removeprefix(DUTY_WORD): score
            for side, score in reading.scores.items()
            if side.startswith(DUTY_WORD)
        }
        return self._directory.find_responsible(info.unit, codes, {} if in_danger else duties)

    def _only_announces(self, reading: LexiconMatch, class_id: str) -> bool:
        """Whether all that speaks for the class is that something is to be reported: 有个事反映一下."""
        said = {reading.text[start:end] for start, end, _ in reading.hits.get(class_id, ())}
        return bool(said) and said.issubset(self.pack.groups.get(ANNOUNCES, ()))

    def _list_missing(
        self, chosen: ChosenClass, place: Place | None, nature: str, facts: Facts, *, urgent: bool
    ) -> tuple[str, ...]:
        missing = ("what",) if chosen.score == 0 else ()
        rule = self.pack.rules.get(chosen.info.id)
        placeless = nature in ("咨询", "感谢") or (rule is not None and not rule.needs_place)
        if placeless and not urgent:
            return missing
        unit = self._directory.get(place.unit) if place else None
        # A grid is enough for a lamp; who puts out a fire needs the house.
        is_area = unit is None or unit.kind not in FINE_KINDS or (urgent and not placeless)
        coarse = place is None or (place.level == "unit" and is_area)
        return (*missing, "place") if coarse and facts.point_unit is None else missing


def build_classifier(
    pack: Pack,
    units: Sequence[UnitFact],
    places: Sequence[PlaceFact] = (),
    *,
    common: CommonWords = tuple,
) -> Classifier:
    """The classifier of these rules for this organisation; to compile it takes half a second for a district.

    `common` loads words of the language; with them, what was misheard is found by its sound. Raises PackError
    where the pack does not name its special classes.
    """
    require_special_classes(pack)
    return Classifier(pack, units, places, common=common)
