"""What the platform sends a group robot: the examples of the protocol sheet."""

from typing import Any

from bot.channels.webhook.robot_settings import GroupRobotSettings
from tests.bot.channels.vectors import KEY

TEXT = (
    "<xml><WebhookUrl><![CDATA[http://in.qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY]]></WebhookUrl>"
    "<MsgId>abc1</MsgId><ChatId><![CDATA[wrkAAAbbb]]></ChatId><ChatType>group</ChatType><From>"
    "<UserId>zhangsan</UserId><Name><![CDATA[张三]]></Name><Alias><![CDATA[zs]]></Alias></From>"
    "<GetChatInfoUrl><![CDATA[https://qyapi.weixin.qq.com/cgi-bin/webhook/get_chat_info?code=CODE]]>"
    "</GetChatInfoUrl><MsgType>text</MsgType><Text><Content><![CDATA[@网格助手 路灯不亮]]></Content></Text></xml>"
)
HEAD: dict[str, Any] = {
    "webhook_url": "http://in.qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY", "msgid": "abc2",
    "chatid": "wrkAAAbbb", "chattype": "group", "from": {"userid": "zhangsan", "name": "张三", "alias": "zs"},
}  # fmt: skip
MIXED = {
    **HEAD,
    "msgtype": "mixed",
    "mixed_message": {
        "msg_item": [
            {"msg_type": "text", "text": {"content": "@网格助手 井盖"}},
            {"msg_type": "image", "image": {"image_url": "https://p.qpic.cn/x/0"}},
        ]
    },
}


def build_settings(**more: Any) -> GroupRobotSettings:
    data = {"kind": "group_robot", "bot_name": "网格助手", "key": "KEY", "token": "T", "aes_key": KEY}
    return GroupRobotSettings.model_validate({**data, **more})
