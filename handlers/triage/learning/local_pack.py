"""The text of the office's own rule file, with one more entry at the end: `gridbot rules adopt`.

Only text goes in and out. Whatever a person wrote there, comments too, stays as it is; a file laid out
so that an entry cannot be added without touching the rest is refused with the lines to add by hand.
"""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from handlers.triage.learning.rule_suggestions import Suggestion, SuggestionKind
from handlers.triage.rules.data_files import UnreadableFile, YAMLDocument

HEADER = """\
# 本单位自己的词，加在自带规则之上，不取代它们。可以手改；gridbot rules adopt 把采纳的建议写在 add 的末尾。
# 写法：{class: 类别, words: {分值: 词（空格隔开）}, not: 里面的词不算数的短语}
"""


_FILE = Path("local.yaml")
"""The name of the file in what is said of mistakes in the text."""


class NotWritable(Exception):
    """The layout of the file has no place for an entry; the message is the lines to add by hand."""


def append_suggestion(text: str, suggestion: Suggestion, *, by: str, on: date) -> str:
    """The text of the file with this suggestion adopted by `by` on the local date `on`.

    Raises NotWritable where the entry cannot be added without changing the rest.
    """
    before = _load_data(text)
    lines = [_format_comment(suggestion, by=by, on=on), f"- {_format_entry(suggestion)}"]
    by_hand = NotWritable("\n".join(["add:", *(f"  {line}" for line in lines)]))
    after = _insert_lines(text, lines)
    added = [*(before.get("add") or []), _parse(_format_entry(suggestion)).value]
    try:
        if after is None or _load_data(after) != {**before, "add": added}:
            raise by_hand
    except UnreadableFile as error:
        raise by_hand from error
    return after


def _format_comment(suggestion: Suggestion, *, by: str, on: date) -> str:
    effect = suggestion.effect
    why = f"{len(suggestion.seen)} 件改过类的事件里有，按过去的消息改对 {effect.right}、改错 {effect.wrong}"
    return f"# {on.isoformat()} {' '.join(by.split())} 采纳 {suggestion.id}：{why}"


def _format_entry(suggestion: Suggestion) -> str:
    if suggestion.kind is SuggestionKind.NOT:
        return f"{{class: {suggestion.class_id}, not: {suggestion.text}}}"
    return f"{{class: {suggestion.class_id}, words: {{{suggestion.weight}: {suggestion.text}}}}}"


def _insert_lines(text: str, lines: list[str]) -> str | None:
    """The text with the lines behind the last addition; None where additions are no plain list."""
    if not text.strip():
        text = HEADER
    known = _find_additions(text)
    if known is None:
        return "\n".join([text.rstrip(), "", "add:", *(f"  {line}" for line in lines), ""])
    if not isinstance(known, yaml.SequenceNode) or known.flow_style or not known.value:
        return None
    rows = text.split("\n")
    last = known.value[-1].end_mark
    # An entry over several lines ends where the next one begins.
    at = last.line if last.column == 0 else last.line + 1
    while at > 0 and not rows[at - 1].strip():
        at -= 1
    indent = " " * known.start_mark.column
    return "\n".join([*rows[:at], *(f"{indent}{line}" for line in lines), *(rows[at:] or [""])])


def _find_additions(text: str) -> yaml.Node | None:
    root = _parse(text).root
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == "add"), None)


def _load_data(text: str) -> dict[str, Any]:
    data = _parse(text).value
    return data if isinstance(data, dict) else {}


def _parse(text: str) -> YAMLDocument:
    return YAMLDocument(_FILE, text, repeated_keys=True)
