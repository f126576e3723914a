"""Texts about similar reports and about topics that many people report."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from handlers.wording.markup import escape_words

_REASONS = {
    "place": "地点相同",
    "point": "位置相近",
    "words": "说法相近",
    "photo": "照片相同",
    "identical": "内容相同",
}


SAME_INCIDENT = "同一个群，十分钟内，同一种危险"
"""Why a cry was joined to another, for the event log."""


def reasons(found: Sequence[str]) -> str:
    """Why two reports are taken for one matter, for the event log; `found` are reasons of `Similarity`."""
    return "，".join(_REASONS.get(reason, reason) for reason in found)


@dataclass(frozen=True, slots=True)
class TopicEvidence:
    """The figures of a topic, as its texts need them."""

    code: str
    title: str
    state: str
    cases: int
    people: int
    days: tuple[tuple[str, int], ...]
    """Local date and how many, the oldest first."""
    places: tuple[tuple[str, int], ...]
    """The most frequent first."""
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    closed: frozenset[str]
    """Those of the numbers that are closed, or were joined to a case that is."""
    area: str
    parent: str


@dataclass(frozen=True, slots=True)
class HandlingSummary:
    """How far the cases of a topic are: counts by state, units, and results."""

    states: tuple[tuple[str, int], ...]
    units: tuple[str, ...]
    results: tuple[str, ...]


STATES = {"raised": "热点", "watched": "关注", "closed": "已结束"}
MAKE_PARENT = "立主案"
_SHOWN = 5

HELP = (
    ("热点 [T编号]", "看热点和关注的问题；写上编号看依据"),
    ("立主案 T编号", "把一个热点的在办事件并到一件里办（先给您看一眼）"),
    ("告知 T编号 内容", "答复反映过这个热点的每一个人"),
    ("情况报告 T编号 [文件]", "写一份情况报告草稿；写“文件”就给 Word"),
    ("关注 词 [词…]", "关注几个词，反映多起来就提醒值班群"),
    ("结束热点 T编号", "热点或关注到此为止，不再提醒"),
)


def title(place: str, class_name: str) -> str:
    """The title of a topic; the place may be empty."""
    return f"{place}·{class_name}" if place else class_name


def _numbers(numbers: Sequence[str], closed: AbstractSet[str] = frozenset()) -> str:
    """The newest few numbers, without case marks, since quoting this text means no single case."""
    shown = "、".join(f"{number}（已办结）" if number in closed else number for number in numbers[-_SHOWN:])
    return f"{shown}等 {len(numbers)} 件" if len(numbers) > _SHOWN else shown


def _count(seen: TopicEvidence) -> str:
    """How many cases, and how many of them are closed."""
    if not seen.closed:
        return f"{seen.cases} 件"
    if len(seen.closed) == seen.cases:
        return f"{seen.cases} 件（都已办结）"
    return f"{seen.cases} 件（其中 {len(seen.closed)} 件已办结）"


def _days(evidence: TopicEvidence) -> str:
    return "，".join(f"{day} {count} 件" for day, count in evidence.days[-7:])


def _places(evidence: TopicEvidence) -> str:
    return "、".join(f"{place}（{count}）" for place, count in evidence.places[:3])


def evidence(seen: TopicEvidence) -> str:
    """All figures of a topic, one a line."""
    lines = [
        f"{STATES[seen.state]} {seen.code}「{seen.title}」：{_count(seen)}，{seen.people} 人反映。",
        f"范围：{seen.area}" if seen.area else "",
        f"按天：{_days(seen)}" if seen.days else "",
        f"地点：{_places(seen)}" if seen.places else "",
        f"说得多的：{'、'.join(seen.words)}" if seen.words else "",
        f"编号：{_numbers(seen.numbers, seen.closed)}" if seen.numbers else "",
        f"主案：{seen.parent}" if seen.parent else "",
    ]
    return "\n".join(line for line in lines if line)


def topic_risen(seen: TopicEvidence, *, grown: bool) -> str:
    """To the desk: a topic was found, or has `grown` to double its size, and what can be done about it."""
    head = "🔥 " if grown else "📈 关注的问题反映多了。"
    code = seen.code
    return (
        f"{head}{evidence(seen)}\n可以：/立主案 {code}　/告知 {code} 内容　/情况报告 {code}　/结束热点 {code}"
    )


def listing(rows: Sequence[TopicEvidence]) -> str:
    """A list of topics, the newest first."""
    lines = [f"热点和关注（{len(rows)} 个）"]
    lines += [
        f"{seen.code} {STATES[seen.state]}「{seen.title}」{_count(seen)}，{seen.people} 人" for seen in rows
    ]
    return "\n".join([*lines, "发 /热点 编号 看依据。"])


NONE = "现在没有热点。三天内有 3 人以上反映相近的事，会自动提醒。也可以发：/关注 词"


def usage(verb: str, more: str = "") -> str:
    """How a topic command is typed; `more` are the words after the code."""
    return f"请写上热点编号，例如：/{verb} T261121-1{more}"


def usage_watch() -> str:
    return "请写上要关注的词，每个至少两个字，例如：/关注 隧道 通车"


def may_not() -> str:
    return "热点只给值班员、协调员和领导看。"


def no_such_topic(said: str) -> str:
    return f"没有找到热点 {escape_words(said)}。发 /热点 看现在有哪些。"


def topic_over(code: str) -> str:
    return f"{code} 已经结束了。"


def topic_ended(code: str) -> str:
    return f"{code} 已结束，不再提醒。"


def watch_stored(seen: TopicEvidence) -> str:
    """The receipt for a new watched topic, with its figures of the last 30 days."""
    return (
        f"已关注 {seen.code}「{seen.title}」（{seen.area}），30 天内有 {_count(seen)}，{seen.people} 人反映。"
        f"三天内达到 3 人会提醒，翻倍再提醒。"
    )


def parent_preview(code: str, parent: str, children: Sequence[str]) -> str:
    """What making `parent` the parent case of the topic would do, for the author to confirm."""
    return (
        f"将以 {parent} 为主案，把 {code} 的 {len(children)} 件并进去：{_numbers(children)}。"
        "各报事人会得到通知。确认请点「确认执行」或发 /确认，10 分钟内有效。"
    )


def parent_made(code: str, parent: str, joined: Sequence[str], refused: Sequence[str]) -> str:
    """The result of merging a topic's cases under `parent`; `refused` are complete sentences."""
    lines = [f"{code} 的主案是 {parent}，并入 {len(joined)} 件{f'：{_numbers(joined)}' if joined else ''}。"]
    return "\n".join([*lines, *refused])


def nothing_open(code: str) -> str:
    return f"{code} 没有在办的，不能立主案。"


def only_one_open(code: str, number: str) -> str:
    return f"{code} 在办的只有 {number} 一件，没有可以并进去的。"


def already_one(code: str, parent: str) -> str:
    return f"{code} 在办的都在 {parent} 里了。"


@dataclass(frozen=True, slots=True)
class SituationReport:
    """The draft of a situation report: the facts the program knows, and blanks for what people judge."""

    title: str
    sections: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Heading, text that follows it, and paragraphs."""
    basis: str
    day: str


def write_situation_report(
    seen: TopicEvidence, done: HandlingSummary, samples: Sequence[str], *, today: str
) -> SituationReport:
    """The report on a topic; `today`: as it is written."""
    over = f"（{STATES[seen.state]}）" if seen.state == "closed" else ""
    return SituationReport(
        title=f"关于{seen.title.replace('·', '')}的情况报告",
        sections=(
            ("一、基本情况。", _facts(seen), ()),
            ("二、反映的主要内容。", "", tuple(f"{n}. {sample}" for n, sample in enumerate(samples, 1))),
            ("三、处置情况。", _handling_phrase(seen, done), tuple(f"· {result}" for result in done.results)),
            ("四、研判和建议。", "（请补充：原因、风险、需要哪些单位配合、请示事项）", ()),
        ),
        basis=f"（依据 {seen.code}{over}，事件编号：{_numbers(seen.numbers, seen.closed)}）",
        day=today,
    )


def situation_report(report: SituationReport) -> str:
    """The report as a message."""
    lines = [f"{report.title}（草稿）"]
    for heading, text, paragraphs in report.sections:
        lines += [f"{heading}{text}", *paragraphs]
    return "\n".join([*lines, report.basis, report.day])


def written_day(day: date) -> str:
    """A day as papers have it."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _facts(seen: TopicEvidence) -> str:
    span = f"{seen.days[0][0]} 至 {seen.days[-1][0]}，" if seen.days else ""
    area = f"，范围：{seen.area}" if seen.area else ""
    places = f"主要地点：{_places(seen)}。" if seen.places else ""
    days = f"按天：{_days(seen)}。" if seen.days else ""
    return (
        f"{span}共收到反映「{seen.title}」的事件 {_count(seen)}，涉及 {seen.people} 人{area}。{days}{places}"
    )


def _handling_phrase(seen: TopicEvidence, done: HandlingSummary) -> str:
    states = "，".join(f"{state} {count} 件" for state, count in done.states)
    units = f"承办单位：{'、'.join(done.units)}。" if done.units else "尚未交办。"
    return f"{states}。{units}{f'主案：{seen.parent}。' if seen.parent else ''}"


def may_not_join() -> str:
    return "您不能立主案，这一步由值班员来做。"
