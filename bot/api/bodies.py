"""Request and response bodies of the API. The OpenAPI document is generated from them."""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from handlers.environment.areas import CRS
from handlers.environment.levels.heads import find_level
from models.case_numbers import WHOLE
from models.cases import BY_PAGE, IN_CHAT, MOST_MONEY
from models.normalization import normalize_text
from models.suggestions import Adoption
from models.time_limits import TimeLimit
from models.workflow import Status

MAX_PHOTOS = 9
"""As many as one message of a phone shows together."""
_TAIL = re.compile(r"\d{4,6}")
_ZONE_SPACE = re.compile(r" (\d\d:?\d\d)$")
_YEARS = range(2000, 2101)


def _reject_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("不能含有空字符")
    return text


def _normalize(value: Any) -> Any:
    return normalize_text(value) if isinstance(value, str) else value


def _check_limit(text: str) -> str:
    try:
        TimeLimit.parse(text)
    except ValueError as error:
        raise ValueError("应当是时限，如 4h（小时）、3d（天）、1wd（工作日）") from error
    return text


def _check_level(text: str) -> str:
    if find_level(text) is None:
        raise ValueError("应当是 镇 或 县")
    return text


def _decode_base64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise ValueError("应当是 base64") from error


def _to_utc(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise ValueError("年份不对")
    return value.astimezone(UTC)


def _check_number(text: str) -> str:
    text = text.upper()
    if not (WHOLE.fullmatch(text) or _TAIL.fullmatch(text)):
        raise ValueError("应当是事件编号，或它横线后面的 4 到 6 位数字")
    return text


def _check_source(text: str) -> str:
    if text in (IN_CHAT, BY_PAGE):
        raise ValueError("这个名称系统自己用")
    return text


def _restore_plus(value: Any) -> Any:
    """A `+08:00` that was not escaped in a URL arrives as ` 08:00`."""
    return _ZONE_SPACE.sub(r"+\1", value) if isinstance(value, str) else value


Word = Annotated[
    str,
    BeforeValidator(_normalize),
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_reject_nul),
]
Words = Annotated[
    str,
    BeforeValidator(_normalize),
    StringConstraints(max_length=5000, strip_whitespace=True),
    AfterValidator(_reject_nul),
]
LimitText = Annotated[Word, AfterValidator(_check_limit)]
LevelText = Annotated[Word, AfterValidator(_check_level)]
Base64 = Annotated[
    bytes, BeforeValidator(_decode_base64), WithJsonSchema({"type": "string", "contentEncoding": "base64"})
]
Moment = Annotated[AwareDatetime, BeforeValidator(_restore_plus), AfterValidator(_to_utc)]


class StrictRequest(BaseModel):
    """A request body that refuses unknown names, so that a mistyped one is reported and not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonRef(StrictRequest):
    """A person on file: by code, or by WeCom user id."""

    code: Word | None = None
    account: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_code(cls, data: Any) -> Any:
        return {"code": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.code is None) == (self.account is None):
            raise ValueError('应当是人员代码，或 {"account": 企业微信账号}')
        return self


_ACCOUNT = {"type": "object", "properties": {"account": {"type": "string"}}, "required": ["account"]}
PersonField = Annotated[PersonRef, WithJsonSchema({"anyOf": [{"type": "string"}, _ACCOUNT]})]


class PhotoUpload(StrictRequest):
    data: Base64 = Field(
        description="照片文件（JPEG、PNG、GIF、WebP、AVIF、HEIC）的 base64", examples=["/9j/4AAQ…"]
    )


Photos = Annotated[tuple[PhotoUpload, ...], Field(max_length=MAX_PHOTOS)]


class PartyField(StrictRequest):
    name: Word | None = Field(default=None, examples=["王大姐"])
    phone: Word | None = Field(default=None, examples=["13800000000"])
    relation: Word = Field(description="是什么人", examples=["被欠薪人"])


class ActRequest(StrictRequest):
    """Input of an act; which fields are needed depends on the act."""

    actor: PersonField = Field(
        description="谁来做：人员代码，或企业微信账号", examples=["duty1", {"account": "duty1"}]
    )
    text: Words = Field(default="", description="内容、理由或结果", examples=["已清理完毕"])
    reason: Words = Field(default="", description="同 text", examples=["不属本单位职责"])
    unit: Word | None = Field(default=None, description="单位的代码、全称或简称", examples=["城管局"])
    units: tuple[Word, ...] = Field(
        default=(), max_length=20, description="吹哨、协办的单位", examples=[["城管局"]]
    )
    leader: Word | None = Field(default=None, description="包案领导的姓名或代码", examples=["周主任"])
    parent: Word | None = Field(default=None, description="并案的主案编号", examples=["WG261121-0031"])
    until: Moment | None = Field(default=None, description="挂账到什么时候")
    recovered_fen: int | None = Field(
        default=None, ge=0, le=MOST_MONEY, description="追回的金额，单位分", examples=[400000]
    )
    asked_fen: int | None = Field(
        default=None, ge=0, le=MOST_MONEY, description="涉及的金额，单位分", examples=[400000]
    )
    adoption: Adoption | None = Field(
        default=None,
        description="答复建议：full 全部采纳，partial 部分采纳，declined 暂不采纳；理由写在 text",
    )
    party: PartyField | None = Field(
        default=None,
        description="当事人：姓名、电话不进经过，“查看联系人”才看得到；被反映的一方承办单位看得到",
    )
    class_: Word | None = Field(
        default=None, alias="class", description="类别的代码或名称", examples=["暴露垃圾"]
    )
    place: Words = Field(default="", examples=["解放路与人民路交叉口"])
    limit: LimitText | None = Field(default=None, description="时限", examples=["4h"])
    passed: bool | None = Field(
        default=None, description="核查是否通过；审签是否同意（false 就是退改，要写理由）", examples=[True]
    )
    level: LevelText | None = Field(
        default=None, description="提级：提到哪一级，镇或县；不写就是上一级", examples=["县"]
    )
    reached: bool | None = Field(default=None, description="回访：是否联系上", examples=[True])
    solved: bool | None = Field(default=None, description="评价、回访：是否解决", examples=[True])
    satisfied: bool | None = Field(default=None, description="评价、回访：是否满意", examples=[True])
    photos: Photos = Field(default=(), description="随动作附上的照片", examples=[[]])


class PointField(StrictRequest):
    lat: float = Field(ge=-90, le=90, examples=[31.885])
    lon: float = Field(ge=-180, le=180, examples=[121.165])
    crs: CRS = Field(default=CRS.WGS84, description="坐标系：手机定位是 wgs84，国内地图是 gcj02")


class ContactField(StrictRequest):
    name: Word | None = Field(default=None, examples=["李四"])
    phone: Word | None = Field(default=None, examples=["13800000000"])


class ReportRequest(StrictRequest):
    text: Words = Field(default="", description="报的什么事", examples=["解放路 12 号门口垃圾成堆"])
    reporter: PersonField | None = Field(
        default=None, description="谁报的，名册里的人", examples=["zhangsf", {"account": "zhangsf"}]
    )
    contact: ContactField | None = Field(
        default=None,
        description="名册里没有的报事人：与别的报事人一样保护，只有“查看联系人”看得到",
        examples=[{"name": "李四", "phone": "13800000000"}],
    )
    chat: Word | None = Field(
        default=None, description="在哪个群报的（群代码）；报事人在那里得到答复", examples=["intake-hm"]
    )
    source: Annotated[Word, AfterValidator(_check_source)] = Field(
        default="api", description="来源", examples=["12345"]
    )
    external_number: Word | None = Field(
        default=None,
        description="在来源那里的编号；同一来源的同一编号是同一件事，再发一次只回答那件事",
        examples=["A-7"],
    )
    source_url: Word | None = Field(
        default=None, description="在来源那里的网页", examples=["https://example.org/7"]
    )
    received_at: Moment | None = Field(default=None, description="来源什么时候收到的，时限从那时算起")
    urgent: bool = Field(default=False, description="可以标为紧急；规则判为紧急的不能改为不急")
    photos: Photos = Field(default=(), examples=[[]])
    point: PointField | None = Field(default=None, description="出事的位置；不写时看照片自带的定位")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.photos):
            raise ValueError("text 和 photos 至少要有一样")
        if (self.reporter is None) == (self.contact is None):
            raise ValueError("reporter 和 contact 要有一样，只能有一样")
        return self


class CaseFilters(StrictRequest):
    """Which cases to list, and which page of the list."""

    limit: int = Field(default=50, ge=1, le=200)
    after: Word | None = Field(default=None, description="上一页的 next")
    status: Status | None = None
    class_: Word | None = Field(default=None, alias="class", description="类别代码")
    unit: Word | None = Field(default=None, description="承办单位代码，连同下属单位")
    urgent: bool | None = None
    opened_from: Moment | None = Field(default=None, description="从这个时间起（含），ISO 8601 带时区")
    opened_to: Moment | None = Field(default=None, description="到这个时间止（含）")
    updated_since: Moment | None = Field(
        default=None,
        description="只要这个时间以来变过的，先变的在前；每次从上次的时间往前退一分钟，就不会漏",
    )
    source: Word | None = Field(default=None, description="来源", examples=["12345"])
    external_number: Word | None = Field(default=None, description="在来源那里的编号", examples=["A-7"])
    q: Annotated[Word, AfterValidator(_check_number)] | None = Field(
        default=None, description="编号，或横线后面的 4 到 6 位数字"
    )


class CasePhoto(BaseModel):
    role: str = Field(description="before 处理前，after 处理后，process 过程中", examples=["before"])
    url: str = Field(examples=[f"/api/v1/media/{'9f86d081' * 8}"])
    link: str = Field(
        description="给浏览器用的地址：不带口令就能打开，至少一小时内有效，只给这个口令看得到的照片",
        examples=[f"http://127.0.0.1:8000/m/{'9f86d081' * 8}?reader=board&until=1796000400&sign=…"],
    )
    stamped_at: datetime | None = Field(
        description="照片水印上的拍摄时间，没有核对；没有水印，或没有开 ocr，就是 null"
    )
    stamped_place: str = Field(
        description="照片水印上的地点，没有核对；没有就是空的", examples=["海门区解放路15号"]
    )


class CaseEvent(BaseModel):
    act: str = Field(examples=["sign"])
    actor: str = Field(description="当时的姓名；报事人只写“报事人”，程序写“系统”", examples=["城管一号"])
    at: datetime
    text: str


class ClassCode(BaseModel):
    """A class as another system numbers it: the same digits mean something else in another version."""

    system: str = Field(examples=["cjt214"])
    version: str = Field(examples=["2007"])
    kind: str = Field(description="event 事件，part 部件，appeal 诉求", examples=["event"])
    code: str = Field(description="文字，保留前面的 0", examples=["0102"])
    name: str = Field(description="没有印名称的，写上一级的名称", examples=["暴露垃圾"])


class CaseResponse(BaseModel):
    """One case. Telephone and identity numbers in its texts are masked, its reporter is not named."""

    number: str = Field(examples=["WG261121-0031"])
    status: Status
    status_name: str = Field(examples=["办理中"])
    class_: str = Field(serialization_alias="class", description="类别的代码")
    class_name: str
    codes: list[ClassCode] = Field(description="类别在各标准里的编码；同一标准的第一个是主要的")
    nature: str
    place: str
    unit: str | None = Field(description="承办单位代码", examples=["HM-CG"])
    unit_name: str | None = Field(examples=["海门区城市管理局"])
    area: str | None = Field(description="属地单位代码", examples=["HM-HM-JF"])
    level: int = Field(description="提到哪一级：0 没有提，1 镇街部门，2 区县")
    signoff_asked_at: datetime | None = Field(description="从什么时候起等审签；不等审签就是 null")
    meeting_asked_at: datetime | None = Field(description="从什么时候起等会商；不等就是 null")
    urgent: bool
    opened_at: datetime
    due_at: datetime | None
    replied_at: datetime | None = Field(description="结果送到报事人，或电话答复的时间；null 就是还没有答复")
    unreached_at: datetime | None = Field(description="隔天两次打不通，按未能联系结案的时间")
    closed_at: datetime | None
    updated_at: datetime = Field(description="最后一次变化的时间")
    text: str
    adoption: Adoption | None = Field(description="建议的答复；没有答复过就是 null")
    asked_fen: int | None = Field(description="涉及的金额，单位分；没有人说过就是 null", examples=[400000])
    recovered_fen: int = Field(description="追回的金额，单位分", examples=[400000])
    source: str = Field(description="来源", examples=["12345"])
    external_number: str | None = Field(description="在来源那里的编号", examples=["A-7"])
    source_url: str | None = Field(
        description="在来源那里的网页；口令能查看报事人才有", examples=["https://example.org/7"]
    )
    lat: float | None = Field(description="WGS-84；不知道时为 null")
    lon: float | None
    photos: list[CasePhoto]
    events: list[CaseEvent]


class CasePageResponse(BaseModel):
    cases: list[CaseResponse]
    next: str | None = Field(description="下一页的 after；没有下一页时为 null")


class ActFilters(StrictRequest):
    """The person whose possible acts are asked for: by code or by account."""

    actor: Word | None = Field(default=None, description="人员代码", examples=["duty1"])
    account: Word | None = Field(default=None, description="或企业微信账号", examples=["duty1"])

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.actor is None) == (self.account is None):
            raise ValueError("actor 和 account 要有一样，只能有一样")
        return self


class ActChoice(BaseModel):
    """An act this person could do with the case in its present state."""

    act: str = Field(examples=["pass-on"])
    verb: str = Field(examples=["转办"])
    about: str = Field(examples=["转给另一单位，时限不变"])
    usage: str = Field(description="命令里编号后面写什么", examples=["单位"])
    needs: list[str] = Field(
        description="请求体里必须有的；`text|photos` 是两样至少一样", examples=[["unit"]]
    )
    danger: bool = Field(description="做了不好收回的，请先让人看一眼再发")


class ActChoicesResponse(BaseModel):
    acts: list[ActChoice]


class RestrictedResponse(BaseModel):
    """The report was taken and is restricted: the API does not show its case again."""

    number: str
    restricted: bool = True
