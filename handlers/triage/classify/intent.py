"""The kind of a message by the form of its words: report, thanks, greeting, notice and so on.

`detect_kind` knows no classes: "report" means that nothing marks the message as another kind, and
the engine then decides whether it names a problem at all.
"""

import re

from handlers.triage.types import Facts


def _compile_any(*branches: str) -> re.Pattern[str]:
    """A pattern that matches any of these branches.

    Where each branch begins with a literal character, and not with a group, a set or something optional,
    the search jumps straight to the next of these characters: several times as fast.
    """
    return re.compile("|".join(branches))


def _expand_words(words: str, rest: str) -> str:
    """Each of these words followed by `rest`, written out so that every branch begins with a literal."""
    return "|".join([word + rest for word in words.split()])


COMMAND = re.compile(r"^\s*(?:@\S+\s+)?[/／][\u4e00-\u9fffA-Za-z]")
BRACKETS = re.compile(r"\[[^\[\]\s]{1,8}\]")
SOFT = re.compile(r"[\W_]+")
# No two ways to read the same word in a repeated group: 群友们 in two ways, forty times, is for ever.
GREETING = re.compile(
    r"^(?:各位|大家|群友|领导|老师|朋友们|你|您|亲|邻居|早上|中午|下午|晚上|早|们|家人|好|的|呀|啊|哦)*"
    r"(?:早安|晚安|早上好|上午好|下午好|晚上好|中午好|你好|您好|大家好|早|hi|hello|在吗|在不在|有人吗|新年快乐|节日快乐|周末愉快|春节快乐|中秋快乐)"
    r"(?:大家|各位|呀|啊|哦|哈|们|邻居|群友|朋友|领导)*$"
)
WISHES = re.compile(
    r"(?:祝|愿)(?:您|你|大家|各位|群友|全家|亲).{0,24}(?:好心情|健康|快乐|平安|吉祥|如意|幸福|愉快|发财)"
)
THANKS = re.compile(
    r"^(?:好的?|嗯++|行|太|非常|十分|谢谢|感谢|多谢|谢了|辛苦|麻烦|费心|收到|已收藏|分享|科普|你们?|您|大家|各位|了|啦|啊|哦|呀|哈|的|真是|"
    r"领导|师傅|社区|网格员|楼上|小[\u4e00-\u9fff]|老[\u4e00-\u9fff]|[\u4e00-\u9fff]姐|[\u4e00-\u9fff]哥|帮忙|帮我|问|转发|提醒|解答|通知|回复|关心){1,10}$"
)
THANK_WORD = re.compile(r"谢|辛苦|感激")
PROGRESS = _compile_any(
    _expand_words(
        "报 反映 投诉 提 讲 说 发 提交 申请 登记",
        r"(?:过|了|上去)?的(?:那个|那件|那条|那张|这个|这件|几件)?[^，。！？,]{0,8}(?:[，,]?.{0,6})"
        r"(?:怎么样|进展|结果|下文|处理了?[吗没]|解决了?[吗没]|到哪|几号|什么时候|啥时候|有没有|看到|受理|回音|动静|消息|咋样|如何|多久)",
    ),
    _expand_words(
        "那个 这个 我的 我那",
        r"(?:单子|工单|件|案件|事体|诉求|编号)[^，。]{0,6}(?:怎么样|进展|到哪|结果|谁手里|处理|办|查|咋样|多久|如何)",
    ),
    r"查(?:一下|下|询)?(?:我的?|这个|一下|下)*(?:单子|工单|进度|案件|件|编号)",
    _expand_words("办理 处理", r"(?:进度|进展)"),
    r"有(?:没有)?(?:进展|结果|下文|回音|消息)(?:了|吗|没|么|呢|？|\?|$)",
    r"显示[“\"']?(?:办理中|待受理|待签收|处理中|已受理|已派单)",
    _expand_words("几 多少", r"件(?:快|要)?(?:到期|超期|没办|没签)"),
    r"哪[几些]件|单号.{0,6}(?:找不到|忘了|多少|是什么)",
    _expand_words(
        "昨天 前天 上周 上次 上回 之前 前几天 那天 上个?月 早上",
        r"我?(?:反映|报|说|上报|投诉|提)(?:过|了)?的[^，。]{1,14}(?:吗|没|没有|呢|怎么样|[?？])\W*$",
    ),
    _expand_words(
        "投诉 反映 报 提", r"[^，。]{1,10}那[条个件事][，, ]?[^，。]{0,4}(?:回复|处理|结果|怎么样|办|回音)"
    ),
    r"进度条|卡在[“\"「]?(?:处置|处理|办理|受理|派单|审核)",
    _expand_words("办 处理 弄 解决", r"到(?:哪|什么)(?:一?步|程度|里)"),
    r"到哪一?步",
)
HOW_IS_IT = re.compile(
    r"\A\W*(?:请问|现在|事情|那件事|这件事|我的事)?(?:(?:办|处理|弄|解决)得?)?(?:怎么样|怎样|咋样)了?[吗呢啊呀]?\W*$"
)
HEADED = re.compile(
    r"\A\W{0,20}(?:@所有人|@全体)?\s{0,4}【[^】]{0,12}(?:通知|提示|提醒|公告|预告|预警|通告|告知|倡议|须知|团|招聘|活动|义诊|普法|转发)[^】]{0,8}】"
    r"|\A(?:转发?|转自)[：:]"
)
PASSED_ON = re.compile(r"\A(?:转发?|转自)[：:]")
"""Somebody passes on what others said: a notice, or a matter that nobody looks after."""
NOTICE = _compile_any(
    r"温馨提示|温馨提醒|反诈提醒|平安提示",
    r"请(?:各位)?(?:居民|业主|村民|家长|邻居|商户|楼栋长|网格员|网格长)[^，。]{0,12}(?:做好|配合|注意|提前|相互|互相|尽快|于|知悉|到|挪|关好|参加|完成|收好)",
    r"请(?:大家|各位)(?:互相|相互|注意|做好|提前|配合|收好|留意|勿|不要|广而|转发|按时|准时|务必|及时|尽快|关好|踊跃|积极|接龙)",
    r"请(?:互相|相互)转告|望周知|特此通知|由此(?:造成|带来).{0,4}不便|敬请谅解|予以支持|届时",
    r"点击(?:蓝字|链接|关注)|责任编辑|转载请注明|一文读懂|新闻速递",
)
LINKED = re.compile(
    r"^\W*(?:\[|【)(?:链接|小程序|聊天记录(?=.?\W*$)|文件|动画表情|表情|红包|名片|位置共享)(?:\]|】)"
)
FILLER = re.compile(
    r"^(?:收到|好的?|嗯++|哦++|知道了|明白|了解|ok|1|\+1|同问|同意(?:楼上)?|坐等|是的|对++|可以|行|没有|没事|不是|哈++|呵++|笑死|顶|666++|在|到|来了|马上到?|已阅|已读|楼上|就这个|散了吧|围观|路过|加一|支持|赞|牛|真的|好吧|算了|不用了){1,4}$",
)

# Something settled: a word of time, a verb of repair, a word of completion.
SETTLED = _compile_any(
    _expand_words(
        "已经? 刚刚? 上午 今早 昨天 昨晚 早就? 终于 总算 现在 自己 师傅",
        r"[^，。！？!?；;]{0,7}?"
        r"(?:修|换|清|疏通|通|恢复|处理|解决|拆|搬|撤|补|填|回填|救|收|掏|铲|冲|扫|劝|联系|办|整改|关|抬|拖|锯|剪|盖|找|装|捞|洗|擦|运)"
        r"(?:[剪理运除离平走掉好完妥净复实进]|修好|干净|正常|到位|通行|平整|上车主)(?:了|完毕|完成|到账|[，。！!]|$)",
    ),
    _expand_words("恢复 一切 供水 供电 通行 水压 电压 信号", r"正常"),
    r"在(?:修了|挪了?|抢修|处理|赶来)|已(?:救出|修剪|清运|更换|修复|回填|归队|劝离)",
    r"不(?:漏|堵|响|臭|吵|停|黑|闪|冒|晃)了|早(?:就)?(?:不|没)[^，。]{1,8}了",
    _expand_words("捞 清 扫 冲 铲 擦 洗 疏 捅 掏 通 运", r"(?:走|掉|完|干净|开|通|好)[了啦咯喽](?=\W|$)"),
    _expand_words(
        "我们? 咱 保洁 师傅 园林 社区 物业",
        r"[^，。被]{0,6}(?:装走|搬走|拖走|收走|拉走|铲掉|消过毒|冲了[^，。]{1,2}遍|摆正|扶起来)",
    ),
    r"现在能(?:走|过|用)|人员?平安|没挨罚|没受伤|虚惊|和好了",
)
# Whatever was done, the matter is not over.
STILL = _compile_any(
    r"又(?![一是大快有]|在传)|还(?!我|给|你|钱|上|款)|没用|没(?:人|修|清|来|换|动静|下文|效果|结果|解决|处理|着落)|不(?:管|来|修|退|给|理|认|让|肯|处理|解决|行|到)|照样|依旧|仍|反复",
    r"再次|第[二三四五六七八九十两几]+[次回]|结果(?![：:])|但是?|可是|却|就是|赶紧|赶快|快来|快点|尽快|请(?!客|大家[吃喝])|麻烦|能不能|能否|建议|希望|怎么(?!样)|谁来|求",
    _expand_words("投诉 举报 反映", r"(?![的过])"),
    r"白(?:跑|等|修)|两[天三]|不到|才[^，。]{0,4}[天周月]",
)
SUPPOSED = re.compile(
    r"^(?:[^，。]{0,3})(?:如果|假如|假设|要是|万一|倘若)(?!.*(?:请|投诉|反映|怎么还|没人管))"
    r"|(?:有(?:人|谁|没有人)|谁)知道[^，。]{0,6}(?:吗|不|么)"
)
ELSEWHERE = _compile_any(
    r"梦(?:见|到|里)|做了?[个场]?(?:恶|噩)?梦",
    _expand_words("电视 电影 新闻 视频 小说 书 游戏 戏 剧", r"(?:上|里|中)"),
    _expand_words("看 刷", r"(?:到|了)[^，。]{0,4}(?:新闻|视频|电影|电视)"),
    r"电视剧|话剧|手抄报|作文|画了?一?[幅张]|绘本|动画片|演习|演练|预案|比赛|一等奖|二等奖|三等奖|编剧|主演",
    r"某地一|有地一|【案例】|案例|引以为戒|积木|旧视频|老视频",
    _expand_words("外省 外地 别的城市 哪个城市", r"[^，。]{0,4}的"),
    r"AI(?:做|画|生成|合成)|别轻?信|勿轻?信|不要轻?信|别转",
)
RUMOUR = re.compile(
    r"真的(?:还是)?假的?|是真是假|是真的|是不是|有没有(?:这|那)|属实|谣言|[真假]的吗|求证|回事"
)
BYGONE = _compile_any(
    r"当年|想当初|年轻(?:的)?(?:时候?|那)|小时候|想起来[^，。]{0,4}(?:怕|慌|好笑)",
    r"那(?:些年|会儿|时候|阵子|年头|年(?!的?(?:账|工|钱|合同)))|从前|几十年前",
    _expand_words("一 二 三 四 五 六 七 八 九 十", r"几?年前"),
    r"老早|往年",
    _expand_words(
        "以前 原来 过去 去年",
        r"[^。]{0,16}(?:现在|如今|今年|后来)[^。]{0,6}(?:好|不|没|修|通|早|再|像)",
    ),
    _expand_words(
        "以前 前[几两]年 原先 早先 过去",
        r"[^。]{0,20}(?:现在|如今|这[两几]年|今年|去年|后来)[^。]{0,14}"
        r"(?:好得很|好多|真好|干净|敞亮|亮堂|方便|安静|清亮|种上|好看|好走|舒服|公园|花池|荷花|花园)",
    ),
)
NOTHING = _compile_any(
    r"暂无|未发现|没有?发现|无异常|无新增|零(?:事件|事故|投诉|上访)|没有?(?:异常|隐患|问题)|从(?:没|不|未)",
    _expand_words("路上 今天 这边 我们这", r"[^，。]{0,3}没(?:堵|停|断|漏|淹)"),
    r"不再|再也不|没(?:堵|停|淹)(?!车)|其实[^，。]{0,8}(?:没有?|不|挺)|没有吧|哪有[^，。]{0,6}(?:啊|呀|嘛)|没这回事|挺(?:干的|干净|通畅|顺的|正常)",
)
PLAYFUL = re.compile(
    r"哈哈|嘿嘿|嘻嘻|偷笑|笑死|笑哭|开玩笑|别当真|别紧张|我说的?是?[“\"「][^”\"」]{1,8}[”\"」]|指的是|逗你|说着玩|段子|😂|🤣|狗头"
)
FAMILY = re.compile(
    r"^(?:喂|哎|诶)?[，,]?(?:妈|爸|老公|老婆|媳妇|宝贝?|儿子|闺女|女儿|奶奶|爷爷|姐|哥|弟|妹)"
    r"[，, ]?(?:我|你|咱|在|把|饭|等|帮)"
)
NEWS = _compile_any(
    _expand_words("请 须 务必", r"(?:核对|出示|携带|凭|自备|知悉|留意|排队|错峰|绕行|注意|互相)"),
    r"违者|重申|特此(?:通知|公告)|倡议|招募|集中(?:安检|办理|采集|清运|接种)",
    _expand_words("设 开", r"在[^，。]{1,8}(?:站|室|处|中心)"),
    r"周[一二三四五六日][、和至到-]周?[一二三四五六日]|【转】|提示[：:]|转给|见附件|报上来|：一、|:一、|@全体",
    _expand_words("麻烦 请", r"(?:各位)?(?:家长|老板|商户|店家|组长|楼长)"),
    r"谢谢各位|截止[^，。]{0,3}(?:月底|本月|今天|明天|周)[^。]{0,8}(?:抓紧|没交|快)",
    r"进(?:小区|社区|村)[，,][^。]{0,12}(?:收摊|结束|快来|欢迎)",
)
ASKING = re.compile(r"请|麻烦|尽快|务必|赶紧|快来")
MOODS = (
    (SETTLED, 6), (SUPPOSED, 6), (ELSEWHERE, 8), (BYGONE, 6),
    (NOTHING, 7), (PLAYFUL, 4), (FAMILY, 5), (NEWS, 6),
)  # fmt: skip
LESS_SETTLED = 2


def score_mood(text: str) -> int:
    """Points by which the phrasing speaks against a report: done, supposed, seen on a screen, long ago."""
    points = sum([weight for pattern, weight in MOODS if pattern.search(text)])
    if not points:
        return 0
    # A notice contains requests as well: 请核对工作证.
    remaining = ASKING.sub("", text) if NEWS.search(text) else text
    if is_unresolved(remaining) and not PLAYFUL.search(text):
        return min(points, LESS_SETTLED)
    if ELSEWHERE.search(text) and RUMOUR.search(text):
        points -= 8
    return points


def is_unresolved(text: str) -> bool:
    """Whether the words say that something repaired is broken again, or ask for something all the same."""
    return STILL.search(text) is not None


def detect_kind(text: str, facts: Facts) -> str:
    """One of `report`, `thanks`, `greeting`, `progress`, `chatter`, `notice` and `command`."""
    if COMMAND.match(text):
        return "command"
    bare = SOFT.sub("", BRACKETS.sub("", text)).lower()
    if not bare:
        return "report" if facts.has_media else "chatter"
    if LINKED.match(text) or FILLER.match(bare):
        return "chatter"
    if GREETING.match(bare) or (WISHES.search(text) and not _asks_progress(text)):
        return "greeting"
    if THANK_WORD.search(bare) and THANKS.match(bare):
        return "thanks"
    if _asks_progress(text):
        return "progress"
    headed = HEADED.match(text) and not (PASSED_ON.match(text) and is_unresolved(text))
    return "notice" if headed or NOTICE.search(text) else "report"


def _asks_progress(text: str) -> bool:
    return PROGRESS.search(text) is not None or HOW_IS_IT.match(text) is not None
