"""What kind of talk a message is, by the form of its words alone.

`kind` knows no classes: "report" means that nothing claims the message for another kind, and
the engine then asks whether it names a problem at all.
"""

import re

from handlers.triage.result import Facts

COMMAND = re.compile(r"^\s*(?:@\S+\s+)?[/／][\u4e00-\u9fffA-Za-z]")
BRACKETS = re.compile(r"\[[^\[\]\s]{1,8}\]")
SOFT = re.compile(r"[\s\W_]+")
GREETING = re.compile(
    r"^(?:各位|大家|群友们?|领导|老师|朋友们|你|您|亲|邻居们?|早上|中午|下午|晚上|早|们|家人们?|好|的|呀|啊|哦)*"
    r"(?:早安|晚安|早上好|上午好|下午好|晚上好|中午好|你好|您好|大家好|早|hi|hello|在吗|在不在|有人吗|新年快乐|节日快乐|周末愉快|春节快乐|中秋快乐)"
    r"(?:大家|各位|呀|啊|哦|哈|们|邻居|群友|朋友|领导)*$"
)
WISHES = re.compile(
    r"(?:祝|愿)(?:您|你|大家|各位|群友|全家|亲).{0,24}(?:好心情|健康|快乐|平安|吉祥|如意|幸福|愉快|发财)"
)
THANKS = re.compile(
    r"^(?:好的?|嗯+|行|太|非常|十分|谢谢|感谢|多谢|谢了|辛苦|麻烦|费心|收到|已收藏|分享|科普|你们?|您|大家|各位|了|啦|啊|哦|呀|哈|的|真是|"
    r"领导|师傅|社区|网格员|楼上|小[\u4e00-\u9fff]|老[\u4e00-\u9fff]|[\u4e00-\u9fff]姐|[\u4e00-\u9fff]哥|帮忙|帮我|问|转发|提醒|解答|通知|回复|关心){1,10}$"
)
THANK_WORD = re.compile(r"谢|辛苦|感激")
PROGRESS = re.compile(
    r"(?:我|咱|我们)?(?:上周|上次|上回|昨天|前天|前几天|之前|以前|上个?月|那天|刚才)?(?:我|咱|我们)?(?:报|反映|上报|投诉|提|讲|说|发|提交|申请|登记)"
    r"(?:过|了|上去)?的(?:那个|那件|那条|那张|这个|这件|几件)?[^，。！？,]{0,8}(?:[，,]?.{0,6})(?:怎么样|进展|结果|下文|处理了?[吗没]|解决了?[吗没]|到哪|几号|什么时候|啥时候|有没有|看到|受理|回音|动静|消息|咋样|如何|多久)"
    r"|(?:那个|这个|我的|我那个?)(?:单子|工单|件|案件|事体|诉求|编号)[^，。]{0,6}(?:怎么样|进展|到哪|结果|谁手里|处理|办|查|咋样|多久|如何)"
    r"|查(?:一下|下|询)?(?:我的?|这个|一下|下)*(?:单子|工单|进度|案件|件|编号)|(?:办理|处理)(?:进度|进展)|有(?:没有)?(?:进展|结果|下文|回音|消息)(?:了|吗|没|么|呢|？|\?|$)"
    r"|显示[“\"']?(?:办理中|待受理|待签收|处理中|已受理|已派单)|(?:几|多少)件(?:快|要)?(?:到期|超期|没办|没签)|哪[几些]件|单号.{0,6}(?:找不到|忘了|多少|是什么)"
    r"|(?:昨天|前天|上周|上次|上回|之前|前几天|那天|上个?月|早上|大前天)我?(?:反映|报|说|上报|投诉|提)(?:过|了)?的"
    r"[^，。]{1,14}(?:吗|没|没有|呢|怎么样|[?？])\W*$"
    r"|(?:办|处理|弄|解决)到(?:哪|什么)(?:一?步|程度|里)|到哪一?步"
    r"|^\W*(?:请问|现在|事情|那件事|这件事|我的事)?(?:(?:办|处理|弄|解决)得?)?(?:怎么样|怎样|咋样)了?[吗呢啊呀]?\W*$"
)
NOTICE = re.compile(
    r"^\W*(?:@所有人|@全体)?\s*【[^】]{0,12}(?:通知|提示|提醒|公告|预告|预警|通告|告知|倡议|须知|团|招聘|活动|义诊|普法|转发)[^】]{0,8}】"
    r"|(?:温馨提示|温馨提醒|反诈提醒|平安提示|请(?:各位)?(?:居民|业主|村民|家长|邻居|商户|楼栋长|网格员|网格长)[^，。]{0,12}(?:做好|配合|注意|提前|相互|互相|尽快|于|知悉|到|挪|关好|参加|完成|收好)"
    r"|请(?:大家|各位)(?:互相|相互|注意|做好|提前|配合|收好|留意|勿|不要|广而|转发|按时|准时|务必|及时|尽快|关好|踊跃|积极|接龙)|请(?:互相|相互)转告|望周知|特此通知|由此(?:造成|带来).{0,4}不便|敬请谅解|予以支持|届时)"
    r"|^(?:转发?|转自)[：:]|点击(?:蓝字|链接|关注)|责任编辑|转载请注明|一文读懂|新闻速递"
)
LINKED = re.compile(r"^\W*(?:\[|【)(?:链接|小程序|聊天记录|文件|动画表情|表情|红包|名片|位置共享)(?:\]|】)")
FILLER = re.compile(
    r"^(?:收到|好的?|嗯+|哦+|知道了|明白|了解|ok|1|\+1|同问|同意(?:楼上)?|坐等|是的|对+|可以|行|没有|没事|不是|哈+|呵+|笑死|顶|666+|在|到|来了|马上到?|已阅|已读|楼上|就这个|散了吧|围观|路过|加一|支持|赞|牛|真的|好吧|算了|不用了){1,4}$",
)


def kind(text: str, facts: Facts) -> str:
    """`report`, `thanks`, `greeting`, `progress`, `chatter`, `notice` or `command`."""
    if COMMAND.match(text):
        return "command"
    bare = SOFT.sub("", BRACKETS.sub("", text)).lower()
    if not bare:
        return "report" if facts.has_media else "chatter"
    if LINKED.match(text) or FILLER.match(bare):
        return "chatter"
    if GREETING.match(bare) or (WISHES.search(text) and not PROGRESS.search(text)):
        return "greeting"
    if THANK_WORD.search(bare) and THANKS.match(bare):
        return "thanks"
    if PROGRESS.search(text):
        return "progress"
    return "notice" if NOTICE.search(text) else "report"
