"""The columns of an organisation workbook, and the Chinese words for what stands in them."""

from collections.abc import Mapping

from bot.imports.spreadsheet import Column, ListColumns
from handlers.commands.binding import USES
from handlers.wording.participation import PARTICIPATION_NAMES
from handlers.wording.upkeep import UNIT_KINDS
from models.organisation import ChatUse, Participation, Role, UnitKind

ROLES: Mapping[str, Role] = {
    "信息员": Role.INFORMANT,
    "居民": Role.RESIDENT,
    "网格员": Role.GRID,
    "受理员": Role.DUTY,
    "承办员": Role.HANDLER,
    "协调员": Role.COORDINATOR,
    "领导": Role.LEADER,
    "督查员": Role.OBSERVER,
    "管理员": Role.ADMIN,
}
KINDS: Mapping[str, UnitKind] = {name: UnitKind(kind) for kind, name in UNIT_KINDS.items()}
KIND_SYNONYMS: Mapping[str, UnitKind] = {
    **dict.fromkeys(("区", "县", "县区", "区级", "县级"), UnitKind.DISTRICT),
    **dict.fromkeys(("镇", "乡", "街道", "乡镇", "乡镇街道", "街道办", "街道办事处"), UnitKind.TOWN),
    **dict.fromkeys(("村", "社区", "村社区", "村(社区)", "行政村", "居委会", "村委会"), UnitKind.VILLAGE),
    **dict.fromkeys(("局", "委办局", "职能部门", "区级部门"), UnitKind.DEPARTMENT),
    **dict.fromkeys(("科", "股室", "站所"), UnitKind.SECTION),
    **dict.fromkeys(("专属", "特殊网格", "专门网格"), UnitKind.SPECIAL_GRID),
    **dict.fromkeys(("队", "中队", "班组"), UnitKind.TEAM),
    "公司": UnitKind.ENTERPRISE,
}
USE_SYNONYMS: Mapping[str, ChatUse] = {f"{word}群": use for word, use in USES.items()}

PARTICIPATIONS: Mapping[str, Participation] = {
    name: Participation(key) for key, name in PARTICIPATION_NAMES.items()
}

_NO_PHONE = "花名册里不存电话"
_UNKEPT = {
    "序号": "", "备注": "", "说明": "", "更新时间": "", "更新日期": "", "填表人": "", "填表日期": "",
}  # fmt: skip
_PRIVATE = {
    **dict.fromkeys(("手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式"), _NO_PHONE),
    **dict.fromkeys(("身份证", "身份证号", "身份证号码", "性别", "年龄", "出生年月"), "花名册里不存"),
    **dict.fromkeys(("职务", "职位", "岗位"), "能做什么由“角色”决定"),
}

UNITS = ListColumns(
    subject="name",
    sample_key="code",
    unkept=_UNKEPT | {"联系电话": _NO_PHONE, "电话": _NO_PHONE, "联系人": "人写在“人员”表里"},
    columns=(
        Column("code", "编码", ("代码", "单位编码", "单位代码", "机构代码", "编号"), True, "HM-CG",
               hint="不变的短编码，字母和数字，不能有空格和 /"),
        Column("name", "名称", ("单位名称", "单位", "机构名称", "部门名称"), True, "海门区城市管理局"),
        Column("kind", "类型", ("单位类型", "类别", "级别", "层级"), True, "部门", tuple(KINDS)),
        Column("short", "简称", (), example="城管局"),
        Column("parent", "上级", ("上级编码", "上级代码", "上级单位", "上级单位编码", "隶属"), example="HM",
               hint="上级单位的编码；最上面的单位不填"),
        Column("lead", "负责人", ("负责人编号",), example="cg1", hint="人员表里的编号"),
        Column("deputy", "副手", ("副手编号", "副负责人"), example="cg2", hint="人员表里的编号"),
        Column("aliases", "别名", ("其他名称", "又称"), example="城管、城市管理局", hint="多个用、隔开"),
        Column("places", "地名", ("辖区地名", "路名小区"), example="长江路、静海路", hint="多个用、隔开"),
        Column("keywords", "关键词", ("职责", "职责关键词"), example="占道、小广告", hint="多个用、隔开"),
        Column("polygon", "轮廓", ("边界",), example="121.15,31.88; 121.18,31.88; 121.18,31.91",
               hint="一串角，每个角先经度、后纬度；没有就不填"),
        Column("crs", "坐标系", (), example="gcj02", choices=("wgs84", "gcj02"),
               hint="轮廓的坐标系；国内地图导出的是 gcj02"),
    ),
)  # fmt: skip
PEOPLE = ListColumns(
    subject="name",
    sample_key="id",
    unkept=_UNKEPT | _PRIVATE,
    open_group="accounts",
    columns=(
        Column("id", "编号", ("人员编号", "工号", "代码", "编码"), True, "cg1",
               hint="不变的短编号，可以用企业微信账号，不能有空格和 /"),
        Column("name", "姓名", ("名字", "人员姓名", "名称"), True, "城管一号"),
        Column("role", "角色", ("人员角色", "身份"), True, "承办员", tuple(ROLES)),
        Column("unit", "单位", ("单位编码", "单位代码", "所属单位", "所在单位", "部门", "工作单位"),
               example="HM-CG", hint="单位的编码或名称；信息员和居民可以不填"),
        Column("occupation", "职业", (), example="外卖骑手"),
        Column("duties", "职责", ("岗位职责",), example="调解、排查", hint="这个岗位做什么；多个用、隔开"),
        Column("posts", "兼任", ("其他岗位", "兼职", "兼岗"), example="HM-HM-JF 网格员（调解、排查）",
               hint="另外的岗位：单位、空格、角色，职责写在括号里；几个岗位用；隔开。每个岗位的权限各算各的"),
        Column("skills", "特长", ("技能", "专长"), example="调解、法律",
               hint="多个用、隔开；挑人调解、核实时先找对口的"),
        Column("participation", "参加情况", ("状态", "参与状态"), example="在册",
               choices=tuple(PARTICIPATION_NAMES.values()),
               hint="只用于信息员。没填的保持原样；已经书面同意的填“已同意”；本人退出了的，表上改不回来"),
        Column("accounts.wecom", "企业微信账号", ("wecom", "企业微信", "企微账号", "userid"), example="cg1"),
    ),
)  # fmt: skip
CHATS = ListColumns(
    subject="name",
    sample_key="code",
    unkept=_UNKEPT,
    columns=(
        Column("code", "编码", ("代码", "群编码", "群代码", "编号"), True, "cg",
               hint="不变的短编码，不能有空格和 /"),
        Column("name", "名称", ("群名称", "群名", "群聊名称"), True, "城管处置群"),
        Column("use", "用途", ("群用途", "类型"), True, "处置", tuple(USES)),
        Column("unit", "单位", ("单位编码", "单位代码", "所属单位"), True, "HM-CG", hint="单位的编码或名称"),
        Column("channel", "通道", ("渠道",), True, "grid", hint="config.yaml 里通道的名字"),
        Column("chat_id", "群编号", ("群ID", "群聊ID", "会话ID", "chatid"), True, "wrCG",
               hint="在群里发 /绑定 时机器人会告诉您"),
        Column("webhook.channel", "机器人通道", ("webhook通道",), example="rings"),
        Column("webhook.key", "机器人密钥", ("webhook密钥",), example="…"),
        Column("archive.channel", "存档通道", (), example="rooms", hint="会话存档也读这个群时才填"),
        Column("archive.room_id", "存档群编号", ("存档群号",), example="wrROOM"),
        Column("quiet", "免打扰", ("免打扰时段", "安静时段"), example="22:00-07:00"),
        Column("tags", "标签", ("群标签",), example="老年、企业", hint="发通知时可以只选这样的群"),
    ),
)  # fmt: skip

SHEET_TITLES: Mapping[str, str] = {"units": "单位", "people": "人员", "chats": "群"}
TABLES: Mapping[str, ListColumns] = {"units": UNITS, "people": PEOPLE, "chats": CHATS}
SHEET_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("units", "单位", "组织", "机构", "组织机构", "组织架构", "部门"), "units"),
    **dict.fromkeys(("people", "人员", "人", "成员", "花名册"), "people"),
    **dict.fromkeys(("chats", "群", "群聊", "群组", "工作群", "微信群"), "chats"),
}
"""What the sheets of a workbook may be called, without 表, 名单, 信息 at the end."""
