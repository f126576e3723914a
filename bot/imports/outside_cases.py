"""Import of what another office passed on, a case a row: 12345, a county's message board, letters.

All or nothing: a wrong row refuses the whole file. A number that its source has sent before is the same case,
and stays as it is. How a source calls its columns a mapping says, where our names do not fit:

    source: 县留言板                              # of rows without a column for it
    columns: {工单号: number, 诉求: text, 来电时间: received_at}
    ignore: "*"                                  # every other column, or a list of those
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy.orm import Session

from bot.config import yaml_file
from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_rows import SheetRow, Text, Words
from bot.imports.row_errors import validate_line
from bot.imports.spreadsheet import Column, Line, ListColumns, ListFile
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import Archived, NotFound
from handlers.intake.case_opening import BatchCase, SourceRecord
from handlers.intake.sources import batches, other_sources
from handlers.intake.sources.other_sources import OutsideReport
from handlers.triage.rules import value_errors
from handlers.wording import sources as say
from models.messages import MAX_WORDS
from models.organisation import Unit
from models.written_times import parse_minute

COLUMNS = ListColumns(
    subject="number",
    unkept={"序号": ""},
    columns=(
        Column("source", "来源", ("渠道", "来源渠道", "受理渠道"), example="县留言板"),
        Column("number", "编号", ("工单编号", "工单号", "受理编号", "留言编号", "信件编号"), True, "A-7"),
        Column(
            "text", "内容", ("诉求内容", "反映内容", "留言内容", "事项内容"), True, "解放路15号路灯不亮"
        ),
        Column(
            "received_at", "收到时间", ("受理时间", "来电时间", "留言时间", "登记时间"), True,
            "2026-11-28 09:30", dated=True,
        ),
        Column("place", "地点", ("地址", "事发地址", "诉求地址"), example="解放路15号"),
        Column("name", "姓名", ("诉求人", "来电人", "留言人", "反映人"), example="李四"),
        Column("phone", "电话", ("联系电话", "来电号码", "联系方式", "手机"), example="13800000000"),
        Column("url", "链接", ("网址",), example="https://example.org/7"),
        Column("unit", "承办单位", ("单位", "主办单位"), example="城管局"),
    ),
)  # fmt: skip


class OutsideRow(SheetRow):
    """One line of a list of another office."""

    source: Text | None = None
    number: Text
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORDS, strip_whitespace=True)]
    received_at: Text
    place: str = ""
    name: str = ""
    phone: str = ""
    url: Text | None = None
    unit: Text | None = None


class ColumnMapping(BaseModel):
    """How a source calls its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[Text | None, Field(examples=["县留言板"])] = None
    columns: Annotated[Mapping[str, str], Field(examples=["{工单号: number}"])] = {}
    ignore: Annotated[Words, Field(examples=["[坐席, 备注]"])] = ()


_OURS = ColumnMapping()
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that can be taken in, and where it stands."""

    line: Line
    report: OutsideReport
    unit: Unit | None
    """Whom it is given to at once."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What came of a list, in plain values that outlive the transaction."""

    opened: Sequence[str] = ()
    """Numbers of the new cases."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Place in the file to the number of the case that was there before; of an archived one, the source's."""
    late: int = 0
    """New cases that are past their limit already."""
    alone: Sequence[str] = ()
    """Numbers of those announced by themselves: dangers, and restricted ones."""
    doubles: Mapping[str, str] = field(default_factory=dict)
    """New case to an earlier one that may be the same matter."""
    units: Mapping[str, int] = field(default_factory=dict)
    """Unit to how many it got; "" for those that wait for the desk."""
    digests: int = 0


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping of a file. Raises ConfigProblemsFound with every mistake in it."""
    document = yaml_file.read(path, only_text=True)
    try:
        mapping = ColumnMapping.model_validate(document.value)
    except ValidationError as error:
        raise ConfigProblemsFound(
            [
                ConfigProblem(
                    ".".join(map(str, each["loc"])) or str(path), value_errors.describe_problem(each)
                )
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from error
    fields = [column.field for column in COLUMNS.columns]
    wrong = [
        ConfigProblem(
            f"columns.{heading}", f"没有 {name} 这一项{value_errors.format_suggestion(name, fields)}"
        )
        for heading, name in mapping.columns.items()
        if name not in fields
    ]
    if wrong:
        raise ConfigProblemsFound(yaml_file.add_lines(wrong, document))
    return mapping


def open_list(path: Path, mapping: ColumnMapping = _OURS) -> ListFile:
    """The list in a file, its columns called as the mapping says beside our own names."""
    called: dict[str, list[str]] = defaultdict(list)
    for heading, name in mapping.columns.items():
        called[name].append(heading)
    columns = tuple(
        replace(column, aliases=(*called[column.field], *column.aliases)) for column in COLUMNS.columns
    )
    unkept = {**COLUMNS.unkept, **dict.fromkeys(mapping.ignore, "")}
    passes = _EVERYTHING in mapping.ignore
    return ListFile(path, replace(COLUMNS, columns=columns, unkept=unkept, passes_others=passes))


def parse(
    session: Session, lines: Iterable[Line], mapping: ColumnMapping, zone: ZoneInfo, *, now: datetime
) -> list[ImportRow]:
    """The rows of a list; their times are local to `zone`.

    Raises ConfigProblemsFound with every fault, by sheet and row, and nothing of what the row says.
    """
    problems: list[ConfigProblem] = []
    rows: list[ImportRow] = []
    units: dict[str, Unit | None] = {}
    for line in lines:
        row = validate_line(line, dict(line.fields), OutsideRow, problems, whole="number")
        if row is None:
            continue
        report = _read_report(line, row, mapping.source, zone, problems, now=now)
        rows.append(ImportRow(line, report, _find_unit(session, line, row.unit, units, problems)))
    if problems:
        raise ConfigProblemsFound(problems)
    return rows


def _read_report(
    line: Line,
    row: OutsideRow,
    source: str | None,
    zone: ZoneInfo,
    problems: list[ConfigProblem],
    *,
    now: datetime,
) -> OutsideReport:
    received = parse_minute(row.received_at, zone)
    if received is None:
        problems.append(ConfigProblem(line.locate("received_at"), say.WRONG_TIME))
    name = row.source or source or ""
    if not name:
        problems.append(ConfigProblem(line.locate("source"), "没有填", "12345"))
    record = SourceRecord(name, row.number, row.url, received)
    report = OutsideReport(record, row.text, row.place, row.name, row.phone)
    faults = other_sources.find_faults(report, now=now)
    problems += [ConfigProblem(line.locate(at), why) for at, why in faults]
    return report


def _find_unit(
    session: Session,
    line: Line,
    called: str | None,
    units: dict[str, Unit | None],
    problems: list[ConfigProblem],
) -> Unit | None:
    if called is None:
        return None
    if called not in units:
        try:
            units[called] = find_unit(session, called)
        except NotFound as refused:
            units[called] = None
            problems.append(ConfigProblem(line.locate("unit"), refused.sentence.rstrip("。")))
    return units[called]


def import_cases(
    session: Session, rows: Sequence[ImportRow], env: Environment, *, now: datetime
) -> ImportSummary:
    """Open the cases of these rows, and queue one message for each desk and each unit of what it got.

    Dangers and restricted cases are announced each by itself, as ever.
    """
    opened: list[BatchCase] = []
    known: dict[str, str] = {}
    for row in rows:
        try:
            before = other_sources.await_by_number(session, row.report.record)
        except Archived:
            known[row.line.place] = row.report.record.number or ""
            continue
        if before is not None:
            known[row.line.place] = before.number
            continue
        other_sources.open_report(
            session, row.report, env, desk=None, origin=None, now=now, batch=opened, lead=row.unit
        )
    by_source: dict[str, list[BatchCase]] = defaultdict(list)
    for one in opened:
        by_source[one.case.source].append(one)
    digests = sum(
        batches.send_digests(session, ones, source, env, now=now) for source, ones in by_source.items()
    )
    return _summarise(session, opened, known, digests, now=now)


def _summarise(
    session: Session, opened: Sequence[BatchCase], known: Mapping[str, str], digests: int, *, now: datetime
) -> ImportSummary:
    cases = [one.case for one in opened]
    leads = (session.get(Unit, case.unit_id) if case.unit_id is not None else None for case in cases)
    return ImportSummary(
        opened=[case.number for case in cases],
        known=known,
        late=sum(case.due_at is not None and case.due_at <= now for case in cases),
        alone=[one.case.number for one in opened if not one.is_listed],
        doubles={one.case.number: one.maybe.number for one in opened if one.maybe is not None},
        units=dict(Counter(unit.display_name if unit is not None else "" for unit in leads)),
        digests=digests,
    )
