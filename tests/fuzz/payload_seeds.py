"""One payload of every kind that the AI bot's documents show."""

from typing import Any

_HEAD = {
    "msgid": "M-1", "aibotid": "AIB1", "chatid": "wrINTAKE", "chattype": "group", "from": {"userid": "zhangsf"},
    "response_url": "https://qyapi.weixin.qq.com/r/1", "create_time": 1774832700,
}  # fmt: skip
_FILE = {"url": "https://cos.example/a/1?sign=s", "aeskey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}
_CLICK = {
    "eventtype": "template_card_event",
    "template_card_event": {
        "card_type": "button_interaction", "event_key": "sign:WG260330-0001", "task_id": "WG260330-0001-2-duty-7",
        "selected_items": {"selected_item": [{"question_key": "unit", "option_ids": {"option_id": ["HM-CG"]}}]},
    },
}  # fmt: skip

PAYLOADS: tuple[dict[str, Any], ...] = (
    {**_HEAD, "msgtype": "text", "text": {"content": "@网格助手 长江路8号门口有建筑垃圾"}},
    {**_HEAD, "chattype": "single", "msgtype": "text", "text": {"content": "/查 0001"}},
    {**_HEAD, "msgtype": "voice", "voice": {"content": "路灯不亮"}},
    {**_HEAD, "msgtype": "image", "image": _FILE},
    {**_HEAD, "msgtype": "video", "video": _FILE},
    {**_HEAD, "msgtype": "file", "file": {**_FILE, "filename": "a.xlsx"}},
    {
        **_HEAD, "msgtype": "mixed",
        "mixed": {"msg_item": [{"msgtype": "text", "text": {"content": "灯坏了"}}, {"msgtype": "image", "image": _FILE}]},
    },
    {
        **_HEAD, "msgtype": "text", "text": {"content": "已清理"},
        "quote": {"msgtype": "text", "text": {"content": "〔WG260330-0001〕新任务"}},
    },
    {
        **_HEAD, "msgtype": "location",
        "location": {"latitude": 31.9, "longitude": 121.1, "name": "人民广场", "address": "长江路8号"},
    },
    {**_HEAD, "msgtype": "event", "event": _CLICK},
    {**_HEAD, "msgtype": "event", "event": {"eventtype": "enter_chat"}},
    {**_HEAD, "msgtype": "event", "event": {"eventtype": "feedback_event", "feedback_event": {"id": "f", "type": 1}}},
)  # fmt: skip

NAMES = (
    "msgid", "aibotid", "chatid", "chattype", "from", "userid", "msgtype", "text", "content", "image", "url", "aeskey",
    "mixed", "msg_item", "quote", "event", "eventtype", "template_card_event", "event_key", "task_id", "selected_items",
    "selected_item", "question_key", "option_ids", "option_id", "location", "latitude", "longitude", "filename", "create_time",
)  # fmt: skip
