"""What is said about the posters of grids."""


def not_yours() -> str:
    return "扫码海报给看一片区域的人：值班员、协调员、领导、督查员和网格员。"


def no_such_poster() -> str:
    return "没有这个地方的海报，或者它不归您管。"


def chat_code_refused() -> str:
    return "平台没有给出二维码，请过一会儿再试；一直不行请管理员看渠道的设置。"
