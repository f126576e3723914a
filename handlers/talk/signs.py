"""Signs in a sentence: the words of `rules/dialogue.yaml` that tell what somebody means; pure.

没修好 is a sign that it is not solved, though 修好 stands in it: of signs inside each other the longest
counts, and a word of denial before one turns it over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ahocorasick_rs import AhoCorasick

from handlers.triage.classify.alarm_weights import WordFinder
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import DialogueRules, Near, Words
from handlers.triage.text.normalize import fold

_CLAUSE_END = re.compile(r"[\s，。！？；：、,.!?;:~～…]+")
_BEFORE = re.compile(r"(?:以前|之前|原来|原先|本来|先前|早先)(?:是|都是|一直|都|总|老是|晚上|天天)?$")
_DENIED = re.compile(
    r"(?:没(?:有|得)?(?![有得]?[了哒咯啦])|不是|并不|并没|不(?![臭冒堵吵漏响黑晃闹脏乱])|未|冇(?!得?[了哒咯啦])|别|莫|哪里|哪有|何曾|算不上|谈不上|算什么|算哪门子|叫什么|说是|(?<!我是)说|(?<!路)等|以为|假装|才能|能不能|要|再|(?<![^，。！；,.!;\s请快烦忙我紧要先们])把)"
    r"[^，。！？；,.!?;\s]{0,2}$|(?<!晓得)(?<!知道)(?<!是)(?:哪个|谁|才)$"
)
"""Before words of completion: 没人修好, 说修好了, 等修好."""
_DENIED_AT_ONCE = re.compile("(?:没|不|冇|未|不是|哪里|哪有|算不上|谈不上)$")
_STRESSED = frozenset("蛮很挺真满特")
"""Begin a good word that only what stands right before it denies: 不刷它就不开蛮好的."""
_WARDED = re.compile("(?:莫|别|不要|不会|不得|免得|省得)$")
"""Before what is to come back no more: 希望以后莫又堆起来."""
_FOR_A_WHILE = re.compile(
    r"[了哒]?(?:不到|才)?[一两二三四五六七八九十几半\d]{1,3}(?:天|晚上?|夜|个?钟头|个?小时|个?星期|个?礼拜|周|个月|下子?|会儿?|阵子?)(?!了)"
)
"""How long it was good: 安静了三天; 亮了三天了 is still so."""
_HEARSAY = re.compile(
    r"(?:邻居|街坊|老[公婆伴]|爱人|[我他她]?(?:妈|爸|爷爷|奶奶)|儿子|女儿|崽|媳妇|同事|室友|楼[上下]的?|隔壁的?|对门的?|物业|保安|门卫|听人?|听他们|别人|人家)"
    r"[也都]?(?:说|讲|告诉我)[是的]?$"
)
"""Before a result that only others saw: 邻居说亮了."""
_EXPECTED = re.compile(
    r"(?:估计|预计|大概|大约|争取|尽量|力争|希望|但愿)[^，。！？；,.!?;]{0,8}$|(?:(?<!不)能|只要|早点|早日|尽快)[给帮]?[^，。！？；,.!?;]{0,2}$"
)
"""Before words of completion that are a hope."""
_BY_THEN = re.compile(
    r"(?:[点时午晚号日底末天]|下班|天黑|收工|周[一二三四五六])钟?(?:以|之)?前[^，。！？；,.!?;了]{0,3}$"
)
"""Before words of completion that are a promise."""
_IS_PAST = re.compile("[了哒咯啦过]")
"""After words of completion: it was done by then, 三点前就拉完了."""
_AWAITED = re.compile(
    r"[了哒咯]?(?:以后|之后|的话|后)?(?:也|就|再|请|记得|麻烦|可不可以|可以|能不能|能|会不会|会|是不是|要)?[^，。！？；,.!?;]{0,4}"
    r"(?:告诉|通知|知会|回访|吱一?声|[说讲]一?声|回[个一]|打个?电话|发个?(?:消息|信息)|喊我|叫我|[跟给]我[说讲]|[莫别]忘)(?![^，。！？；,.!?;]{0,4}[了过])"
)
"""After words of completion that is still to come: 弄完了会给我吱一声不."""
_ASKED = re.compile(r"(?:吗|没有|没|么|冇|不|呢|嘛(?=[？?]))?[啊呀哦咯呐]?\s{0,3}(?:[？?]|$)")
_ASKING_END = re.compile(r"(?:吗|没有|没|么|冇|？|\?)[啊呀哦咯呐]?[？?]*$")
_CITED = re.compile(r"([写说讲复馈答报](?:的|着|是|我们|我)?[:：]?)[“\"「『'‘][^”\"」』'’]{2,30}[”\"」』'’]")
"""你们写的“已清洗完毕”."""
_NOTHING = "~"
_RESULTS = ("solved", "done_weak")
_DENIABLE = {"solved": "unsolved", "done_weak": "unsolved", "satisfied": "dissatisfied", "passed": "failed"}
"""What a sign turns into where it is denied."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign and the words it is made of, from offset `start` up to `end`."""

    name: str
    start: int
    end: int
    word: str


class SignFinder:
    """The signs of one pack, compiled once; immutable and pure."""

    def __init__(self, rules: DialogueRules) -> None:
        self._groups = rules.groups
        entries = list(self._list_entries(rules))
        self._names = [name for name, _ in entries]
        words = [word for _, word in entries]
        self._automaton = AhoCorasick(words or ["\0"])
        pairs = [(name, near) for name, rule in rules.signs.items() for near in rule.near]
        self._near = [(name, self._compile_near(near)) for name, near in pairs]
        # Most texts hold both words of none of a hundred pairs: each is a search of its own.
        self._begins = WordFinder({at: list(self._expand(near.of)) for at, (_, near) in enumerate(pairs)})
        self._ends = WordFinder({at: list(self._expand(near.with_)) for at, (_, near) in enumerate(pairs)})

    def find(self, text: str) -> tuple[Sign, ...]:
        """All signs of the text in the order they are said; what is quoted of others says nothing."""
        folded = _CITED.sub(lambda cited: cited[1] + " " * (len(cited[0]) - len(cited[1])), fold(text))
        matches = [
            Sign(self._names[number], start, end, folded[start:end])
            for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True)
        ]
        for at in self._begins.find_names(folded) & self._ends.find_names(folded):
            name, pattern = self._near[at]
            for m in pattern.finditer(folded):
                matches.append(Sign(name, m.start(), m.end(), m[0]))  # noqa: PERF401 - most find nothing
        kept = [
            sign
            for sign in _without_inner(matches)
            if not (
                sign.name.startswith("!")
                or _is_bygone(sign, folded)
                or _is_warded(sign, folded)
                or _is_expected(sign, folded)
            )
        ]
        # By name in the end: a word that means two things must not mean now one and now the other first.
        return tuple(
            sorted(
                (_turn_over(sign, folded) for sign in kept),
                key=lambda sign: (sign.start, sign.end, sign.name),
            )
        )

    def list_ruled_out(self, text: str) -> set[str]:
        """The signs of which a phrase says that they are not meant: 不是不归我们."""
        found = self._automaton.find_matches_as_indexes(fold(text), overlapping=True)
        return {name[1:] for number, _, _ in found if (name := self._names[number]).startswith("!")}

    def _list_entries(self, rules: DialogueRules) -> Iterator[tuple[str, str]]:
        for name, rule in rules.signs.items():
            for word in self._expand(rule.words):
                yield name, word
            for chain in rule.chains:
                for parts in product(*(tuple(self._expand(words)) for words in chain)):
                    yield name, "".join(part for part in parts if part != _NOTHING)
            for word in self._expand(rule.not_):
                yield f"!{name}", word

    def _expand(self, words: Words) -> Iterable[str]:
        for word in words:
            if word.startswith("$"):
                yield from self._groups[word[1:]]
            else:
                yield fold(word)

    def _compile_near(self, near: Near) -> re.Pattern[str]:
        first = "|".join(map(_escape_denial, self._expand(near.of)))
        last = "|".join(map(re.escape, self._expand(near.with_)))
        return re.compile(rf"(?:{first})[^，。！？；,.!?;\s]{{0,{near.within}}}?(?:{last})")


def _escape_denial(word: str) -> str:
    """The word as a pattern; 不是 is none in 是不是."""
    return (f"(?<!{re.escape(word[1])})" if word[0] == "不" and len(word) > 1 else "") + re.escape(word)


def _without_inner(signs: Iterable[Sign]) -> Iterator[Sign]:
    """Those that do not lie inside a longer sign of another name, or a phrase that cancels them."""
    ordered = sorted(set(signs), key=lambda sign: (sign.start, -sign.end, sign.name))
    for sign in ordered:
        if not any(_contains(other, sign) for other in ordered):
            yield sign


def _contains(outer: Sign, inner: Sign) -> bool:
    if outer.start > inner.start or outer.end < inner.end or outer is inner:
        return False
    longer = outer.end - outer.start > inner.end - inner.start
    if outer.name.startswith("!"):
        return outer.name[1:] == inner.name
    if outer.name == inner.name:
        return longer
    return longer and frozenset((outer.name, inner.name)) in _RIVALS


_VERDICTS = ("solved", "done_weak", "unsolved", "satisfied", "dissatisfied", "asks_state", "partly")
_RIVALS = frozenset(
    frozenset(pair)
    for pair in product((*_VERDICTS, "passed", "failed", "urges", "withdraw", "unsure"), repeat=2)
)
"""Signs of which only the longest counts where one lies inside the other."""


def _is_bygone(sign: Sign, text: str) -> bool:
    """Whether what is wrong is only how it used to be: 以前是不亮的."""
    return sign.name == "unsolved" and _BEFORE.search(text[: sign.start]) is not None


def _is_warded(sign: Sign, text: str) -> bool:
    """Whether it is a wish for the days to come that it may not be so again: 莫又堆起来."""
    return sign.name == "again" and _WARDED.search(text[: sign.start]) is not None


def _is_expected(sign: Sign, text: str) -> bool:
    """Whether it is only to be: 估计十点前弄得好, 下午三点前拉完."""
    if sign.name not in ("solved", "done_weak", "passed"):
        return False
    before = text[: sign.start]
    is_promised = _BY_THEN.search(before) is not None and not (
        _IS_PAST.search(sign.word) or _IS_PAST.match(text, sign.end)
    )
    return is_promised or _EXPECTED.search(before) is not None


def _turn_over(sign: Sign, text: str) -> Sign:
    """The sign, or what it means where it is denied or asked for in its clause."""
    turned = _DENIABLE.get(sign.name)
    if turned is None:
        return sign
    if sign.name == "solved" and _FOR_A_WHILE.match(text, sign.end):
        return Sign("a_while", sign.start, sign.end, sign.word)
    if sign.name in _RESULTS and (wish := _AWAITED.match(text, sign.end)) is not None:
        return Sign("asks_told", sign.start, wish.end(), text[sign.start : wish.end()])
    clause_start = max((m.end() for m in _CLAUSE_END.finditer(text, 0, sign.start)), default=0)
    clause_end = next((m.start() for m in _CLAUSE_END.finditer(text, sign.end)), len(text))
    # The question mark belongs to the clause, the other stops do not.
    rest = text[sign.end : clause_end] + ("？" if text[clause_end : clause_end + 1] in ("？", "?") else "")
    if _ASKED.fullmatch(rest) and _ASKING_END.search(rest):
        return Sign("asks_state", sign.start, sign.end, sign.word)
    if _HEARSAY.search(text[clause_start : sign.start]):
        return Sign("hearsay", sign.start, sign.end, sign.word)
    denied = _DENIED_AT_ONCE if sign.word[0] in _STRESSED else _DENIED
    if denied.search(text[clause_start : sign.start]):
        return Sign(turned, sign.start, sign.end, sign.word)
    return sign


@lru_cache(maxsize=8)
def finder_of(pack: Pack) -> SignFinder:
    """The finder of this pack's signs."""
    return SignFinder(pack.dialogue)
