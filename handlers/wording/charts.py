"""What stands in charts, and what is said about them."""


def cannot_draw() -> str:
    return "这台服务器还不会画图，请管理员装上 gridbot[pictures]。可以看文字的，也可以要文件：/月报 文件。"
