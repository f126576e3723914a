"""The shape of a rule pack file: what a person in the office may write in YAML, checked to the letter.

A list of words is one string with spaces between the words; `$name` stands for a word group.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self, overload

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PositiveInt,
    model_validator,
)
from pydantic_core import core_schema


def _split(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]


class WrittenWords(Sequence[str]):
    """Words as they stand in a file, cut apart whenever they are asked for.

    A pack has a third of a million learned pieces, which are read once to be compiled: an object for each
    took 30 MB for as long as the process lived.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.split())

    def __len__(self) -> int:
        return len(self._text.split())

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._text.split()[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WrittenWords | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __str__(self) -> str:
        return self._text


class _ReadPieces:
    """Reads words like `Words`, and leaves those of one string as they are written."""

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, read: WrittenWords(value) if isinstance(value, str) else read(value),
            handler.generate_schema(tuple[str, ...]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda words: str(words) if isinstance(words, WrittenWords) else list(words)
            ),
        )


Pieces = Annotated[Sequence[str], _ReadPieces()]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Near(_Strict):
    """Words that count together only: one `of`, one `with`, at most `within` characters apart."""

    of: Words = Field(min_length=1)
    with_: Words = Field(alias="with", min_length=1)
    within: int = Field(default=8, ge=0, le=60)
    weight: int = 4


class Rule(_Strict):
    """Weighted words, words that count in pairs, and phrases that cancel the words inside them."""

    words: dict[int, Words] = {}
    near: tuple[Near, ...] = ()
    not_: Words = Field(default=(), alias="not")


class CauseRule(Rule):
    """The thing of a class that hurts somebody (a lift, a machine at work): its case stays with the class."""

    of: Words = Field(min_length=1)
    """The classes of danger that it keeps its case from: who was hurt by a lift is a matter of the lift."""


class ClassRule(Rule):
    """The rule of one class, with what changes its nature, its urgency and its questions."""

    nature: dict[str, Rule] = {}
    urgent: Rule | None = None
    """Words that make a case of this class urgent whatever the class table says."""
    urgent_only: Rule | None = None
    """Where given, a case of an urgent class is urgent only with one of these words."""
    calm: Rule | None = None
    """Words that make a case of an urgent class not urgent."""
    cause: CauseRule | None = None
    """What keeps a danger a case of this class, which is urgent all the same."""
    needs_place: bool = True
    everyday: bool = False
    """People say these words without wanting anything: they count half toward a report."""


class DangerRule(Rule):
    """The words of one kind of danger; see the head of `rules/danger.yaml`."""

    class_id: str = Field(default="", alias="class")
    """Empty: the class is that of the matter it is about."""
    risk: Literal["", "self_harm", "violence"] = ""
    """The risk that it always is, so that a person looks at once."""
    alone: Words = ()
    """Words that are a danger where nothing else is said: 救命, 着了着了."""
    sign: Words = ()
    """Words that may tell of it and are worth no points: an alarm only where the whole line leans to one."""


class HarmlessRule(Rule):
    """The words of one sign that nothing is happening here and now."""

    of: Words = ()
    """The kinds of danger it quiets, such as smoke of a barbecue the fire; empty: all."""
    sign: Words = ()
    """Words that are worth no points, and let what the whole line leans to outvote plain words of danger."""


class Addition(Rule):
    """Words that come on top of what a class has: how an office keeps its own words in its own file."""

    class_id: str = Field(alias="class")


class Rescue(_Strict):
    """Who is called to an urgent matter beside the unit that has it."""

    units: Words = Field(min_length=1)
    """Names as in the class table, the best first: the first that the district has is called."""
    phone: str = Field(default="", pattern=r"^\d{0,6}$")
    """The number that whoever is in danger dials; empty: none is named."""
    advice: str = Field(default="", max_length=60)
    """How to keep alive until somebody comes: a sentence, said to whoever reports it."""
    classes: Words = ()
    words: Words = ()
    """One of them is enough. An entry without classes and words is for whom no other entry calls anybody."""


class PlaceWords(_Strict):
    """The vocabulary of place names: endings, tails and the words no name contains."""

    road: Words = ()
    village: Words = ()
    estate: Words = ()
    landmark: Words = ()
    common: Words = ()
    """Kinds of place that can be found only with a name of their own."""
    firm: Words = ()
    """Trades that end the name of a shop or a firm, where the name begins clearly: 力动健身."""
    hamlet: Words = ()
    """Single characters that end the name of a hamlet, where the name begins clearly: 王家湾."""
    lane: Words = ()
    """As `hamlet`, but ordinary too (里, 屋): a name only as a clause of its own, or at the very end."""
    site: Words = ()
    """Kinds of place too vague even then; they follow another piece."""
    ground: Words = ()
    """What stands on the ground and may tell a place behind a name: 后门那条坡, 桥下的涵洞."""
    plain: Words = ()
    """Ordinary words that are nobody's name: no 楼道里, no 小区3栋."""
    tail: Words = ()
    loose: Words = ()
    """Compounds that begin like an ending and are none: 路灯, 桥墩."""
    weak: Words = ()
    """Tails that do not end a place."""
    soft: Words = ()
    """Characters that begin a name or are a verb: a name after a border, a border elsewhere."""
    stop: Words = ()
    never: Words = ()
    """Compounds that look like a place name and are none."""


class Score(_Strict):
    """How the words of labels are counted: a word read n times in a field of m characters gives its
    weight times the field's share times `repeat` of n, divided by m to the power of `length`.
    """

    repeat: Literal["log", "sqrt", "once"] = "log"
    """What saying it again is worth: log(1 + n), the root of n, or nothing."""
    title: float = Field(default=1.0, ge=0)
    text: float = Field(default=1.0, ge=0)
    length: float = Field(default=0.5, ge=0, le=1)


class LabelRule(_Strict):
    """The words for and against one label of a labelling of its own, mostly learned."""

    start: int = 0
    """What the label has before any word is read: rare labels begin lower."""
    words: dict[int, Pieces] = {}


class PartRule(_Strict):
    """The marks for and against one type of address part, by what a unit of the text is in it.

    A role that is not written is never taken: a type without `only` is never one unit long.
    """

    begin: LabelRule | None = None
    inside: LabelRule | None = None
    end: LabelRule | None = None
    only: LabelRule | None = None
    next: dict[int, Words] = {}
    """Which types follow, by weight."""

    def role(self, name: str) -> LabelRule | None:
        """The marks of `begin`, `inside`, `end` or `only`."""
        rule: LabelRule | None = getattr(self, name)
        return rule


class PartRules(_Strict):
    """How the parts of an address are read; what a mark says stands in `address/features`."""

    endings: Words = ()
    """Characters that end parts, looked for from afar; 0 is a number."""
    near: bool = False
    """Only the nearest characters are looked at, and no endings."""
    types: dict[str, PartRule] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_next_types(self) -> Self:
        for name, rule in self.types.items():
            unknown = [
                other for several in rule.next.values() for other in several if other not in self.types
            ]
            if unknown:
                raise ValueError(f"{name}.next 里的部件 {unknown[0]} 没有写")
        return self


class HintRules(_Strict):
    """What characters and pairs of them lean to, in hundredths of a point, learned from examples."""

    of: str = ""
    """The fingerprint of the examples it was learned from."""
    classes: dict[str, LabelRule] = {}
    report: LabelRule = LabelRule()
    """For a report, against talk."""
    urgent: LabelRule = LabelRule()
    natures: dict[str, LabelRule] = {}


class AlarmRules(_Strict):
    """What marks of a line lean to, in hundredths of a point: above 0 to a danger, below to talk of one."""

    start: int = 0
    words: dict[int, Pieces] = {}
    """Single characters and two that stand together."""
    groups: dict[int, Words] = {}
    """Names of word groups; a group counts once."""


def _check_same_length(misheard: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for right, wrongs in misheard.items():
        if odd := [wrong for wrong in wrongs if len(wrong) != len(right)]:
            raise ValueError(f"{right} 和 {odd[0]} 字数不一样")
    return misheard


class SignRule(_Strict):
    """What makes one sign heard in a sentence: words, chains of words, and words near each other."""

    words: Words = ()
    chains: tuple[tuple[Words, ...], ...] = ()
    """Alternatives that follow each other at once; `~` stands for nothing."""
    near: tuple[Near, ...] = ()
    not_: Words = Field(default=(), alias="not")


ALWAYS = ""
"""Stands for a sign where none is needed."""


class DialogueActRule(_Strict):
    """One dialogue act: which signs speak for it and against it, in points."""

    act: str
    who: Literal["reporter", "unit", "desk", "grid", "neighbour"]
    for_: dict[str, int] = Field(default={}, alias="for")
    against: dict[str, int] = {}
    needs: Words = ()
    """One of these signs must be there."""
    recent: bool = False
    """Of several cases that fit, the one that was just spoken of is meant."""
    least: int = 4

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """What each sign adds to its points, or takes from them."""
        signs = sorted({*self.for_, *self.against})
        return {sign: self.for_.get(sign, 0) - self.against.get(sign, 0) for sign in signs}

    def list_signs_for(self) -> list[str]:
        """The signs that add to its points."""
        return [sign for sign, points in self.weights.items() if points > 0]


class DialogueRules(_Strict):
    """How a sentence is read in the situation it is said in (`handlers.talk`)."""

    groups: dict[str, Words] = {}
    signs: dict[str, SignRule] = {}
    acts: tuple[DialogueActRule, ...] = ()
    plan: dict[str, dict[str, str]] = {}
    """What is done, by dialogue act and state of the case; `*` is every other state."""

    @cached_property
    def rows_by_sign(self) -> Mapping[tuple[str, str], Sequence[tuple[int, DialogueActRule]]]:
        """The rows of `acts` with their numbers, by side and each sign that speaks for them.

        Without one of those a row stays below any least above zero; the others stand under `ALWAYS`.
        """
        rows: dict[tuple[str, str], list[tuple[int, DialogueActRule]]] = defaultdict(list)
        for number, rule in enumerate(self.acts):
            for sign in rule.list_signs_for() if rule.least > 0 else (ALWAYS,):
                rows[rule.who, sign].append((number, rule))
        return rows


class SayingRules(_Strict):
    """What pieces of a sentence lean to, by who says it and by sign, in hundredths of a point; learned."""

    sides: dict[str, dict[str, LabelRule]] = {}


class PackFile(_Strict):
    """One YAML file of rules."""

    version: str = ""
    classes: str = ""
    codes: str = ""
    """A folder beside this file: what the classes are called in the systems of others."""
    fallback_class: str = ""
    """The id of the class for what fits no other: see `SpecialClasses`."""
    risk_class: str = ""
    rumour_class: str = ""
    restricted_classes: Words | None = None
    """Classes whose cases only the named few may see; a list, or one text with spaces. May be empty."""
    written_classes: Words = ()
    """Classes that nothing but a written word may choose, beside the urgent and the restricted ones."""
    plate_classes: Words = ()
    person_classes: Words = ()
    """Classes in which a photo of the result shows somebody in distress."""
    home_classes: Words = ()
    """Classes of what happens behind the doors of a home, which is no part of a danger outside."""
    number_classes: Words = ()
    """Classes in which telephone numbers and accounts of the accused are the matter itself."""
    their_numbers: Words = ()
    their_people: Words = ()
    own_numbers: Words = ()
    examples: str = ""
    """A text file beside this one: a class id, a space and a sentence people say, one a line."""
    include: tuple[str, ...] = ()
    groups: dict[str, Words] = {}
    idioms: Words = ()
    things: Words = ()
    """Words that say what it is about and not what is wrong: they choose the class, they open no case."""
    misheard: Annotated[dict[str, Words], AfterValidator(_check_same_length)] = {}
    """A word and how speech and thumbs spell it, of the same length: 垃圾: 拉圾 拉几."""
    rules: dict[str, ClassRule] = {}
    add: tuple[Addition, ...] = ()
    """On top of the rules, of whatever file: a rule under `rules` takes the place of the earlier one."""
    natures: dict[str, Rule] = {}
    risk: dict[str, Rule] = {}
    danger: dict[str, DangerRule] = {}
    """What calls the people on duty at once; `cry` and `live` lend their points to the others."""
    harmless: dict[str, HarmlessRule] = {}
    """What says that words of danger tell of none: a drill, the past, a story, a question."""
    also: dict[str, Words] = {}
    """Classes that older labels may have in the place of this one: `rules eval` takes both."""
    secrecy: dict[str, Rule] = {}
    """`anonymous`: a wish not to be named; `misconduct`, `assault`: accusations of officials and staff."""
    rescue: tuple[Rescue, ...] = ()
    talk: dict[str, Rule] = {}
    dialogue: DialogueRules | None = None
    limits: dict[str, PositiveInt] = {}
    places: PlaceWords | None = None
    score: Score | None = None
    labels: dict[str, LabelRule] = {}
    parts: PartRules | None = None
    hints: HintRules | None = None
    alarm: AlarmRules | None = None
    """What weighs written words of danger against talk of danger; learned."""
    sayings: SayingRules | None = None
    spots: PartRules | None = None
