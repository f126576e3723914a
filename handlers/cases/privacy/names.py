"""Names of people in their own words: what somebody calls themself, and names that are known.

A name that somebody says of themself has a surname, one or two characters and mostly a word behind it
(我叫张小明请尽快). A known name is found with blanks inside too, and is left where it is part of a place.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

REPORTER, SOMEBODY_CONCERNED = "报事人", "当事人"

_COMPOUND = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|司空|夏侯|长孙|宇文|端木|独孤|南宫|西门|百里|东郭|呼延|"
    "轩辕|澹台|公冶|宗政|濮阳|淳于|单于|太叔|申屠|仲孙|钟离|闻人|赫连|万俟|闾丘|鲜于|拓跋|第五|纳兰|爱新觉罗"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤施季倪茅"
    "温康洪关樊骆兰符祝庞颜左阎文牛卞车闵童麻葛查聂焦尤岳柯梅冉齐翟辛管饶舒耿鲍鲁柳路祁焉裴房邢阮乔翁占缪盛欧桂"
    "安常傅殷费俞卜凌霍虞支昝柏成屠谷包连桑甄曲封芮储靳宫宁仇栾祖符景詹束幸司印怀蒲鄂索咸籍赖卓池阴胥苍闻莘党"
    "阙鞠巢殳沙迟竺湛单乐臧计伏戚窦章苗凤花俞柴华"
)
_MINORITY = (
    "阿|艾|古丽|买买提|麦麦提|努尔|吐尔|热合|热依|扎西|巴桑|次仁|尼玛|达瓦|卓玛|格桑|旦增|洛桑|索朗|其其格|乌云|"
    "布合|穆罕|迪丽|帕提|玉素|依力|哈力|吾买|木合|斯琴|娜仁|巴特|呼和|额尔|才让|多吉|拉姆|央金"
)
_TITLES = (
    "师傅|老师|阿姨|大爷|大妈|大叔|叔叔|经理|医生|主任|书记|队长|老板|先生|女士|警官|局长|站长|科长|同志"
)
_PLACE_END = (
    "路|街|村|镇|乡|区|巷|桥|河|苑|园|湾|港|坝|庄|宅|弄|大道|广场|社区|小区|花园|家园|公寓|学校|中学|小学|医院|公司|集团|"
    "超市|饭店|店|站|局|所|委|组|队|栋|幢|号"
)
_NEXT_WORD = (
    "[请希麻要想住电联反投举我的是在有报谢求快这那就也和跟与尽赶急手身微岁人业户都已被把给从对因说到了吧呢啊哦为向去每不没两几]|"
    "今天|昨天|昨晚|明天|早上|下午|晚上|家住|家里|家在|现在|现住|刚才|刚刚|来反|来自|来电|一个|一直|男|女"
)
"""How people go on after their name."""
_GAP = r"[\s·•・‧.]{0,2}"
_HAN = r"[\u4e00-\u9fff]"
_DOT = "[·•・‧]"
_ORDINARY = (
    "方便|高兴|何时|何必|于是|任何|有关|向你|向您|安全|常常|成功|管理|万一|温馨|包括|连续|单位|计划|索性|关于|"
    "和平|本人|报事人"
)
_DOTTED = rf"{_HAN}{{1,8}}{_DOT}{_HAN}{{1,8}}(?:{_DOT}{_HAN}{{1,8}}){{0,2}}"
"""阿不都热西提·买买提."""
_GIVEN = rf"(?!{_TITLES}){_HAN}(?:{_GAP}(?!{_NEXT_WORD}){_HAN})?"
_SELF = re.compile(
    r"((?:我叫|我名叫|(?<![店铺牌区司路桥街村楼的])名字叫?|名字是|名叫|本人叫|本人姓名|联系人|姓名|户名|户主)[是为叫:：\s]{0,3})"
    rf"(?!{_ORDINARY})(?:{_DOTTED}|(?:{_MINORITY})(?:(?!{_NEXT_WORD}){_HAN}){{0,4}}"
    rf"|(?:{_COMPOUND}|[{_SURNAMES}]){_GAP}{_GIVEN})"
)
_WRITTEN = re.compile(
    rf"((?:姓名|(?<![店铺牌区司路桥街村楼的])名字|联系人)[是叫为]?\s?[:：]\s?)(?!{_ORDINARY})(?!{_HAN}?(?:{_TITLES})){_HAN}{{2,4}}(?!{_HAN})"
)
"""What is filled in as a name is one, whatever its surname: 姓名：阿狗."""
_AM = re.compile(
    rf"((?:我是|本人是|本人)\s{{0,2}})(?!{_ORDINARY})"
    rf"(?:{_DOTTED}|(?:{_COMPOUND}|[{_SURNAMES}]){_GAP}(?!{_PLACE_END}){_GIVEN}(?<![区村镇乡路街巷苑园庄]))"
    rf"(?!{_HAN}{{0,4}}(?:{_PLACE_END}))(?=[^\u4e00-\u9fff]|$|{_NEXT_WORD})"
)


def mask_names(text: str, names: Iterable[str]) -> str:
    """Without what people call themselves, and without these names; each becomes 报事人.

    A known name of one character is a word, and one that goes on as a place is none.
    """
    for pattern in (_SELF, _WRITTEN, _AM):
        text = pattern.sub(rf"\1{REPORTER}", text)
    return hide_names(text, names, REPORTER)


def hide_names(text: str, names: Iterable[str], label: str) -> str:
    """Without these names: `label` stands for each."""
    for name in names:
        if len(name) > 1:
            text = _compile_name(name).sub(label, text)
    return text


@lru_cache(maxsize=4096)
def _compile_name(name: str) -> re.Pattern[str]:
    """The name with blanks or dots between its characters; never as the head of a place: 江海 in 江海路."""
    spaced = _GAP.join(re.escape(char) for char in name if not char.isspace())
    return re.compile(rf"{spaced}(?!{_PLACE_END})" if len(name) < 4 else spaced)
