"""What a page says when it cannot show what was asked for; what it shows otherwise stands in its template."""


def no_such_page() -> str:
    return "没有这个页面。它可能已经移走，或者地址不完整。"


def invalid_address() -> str:
    return "地址里有看不懂的内容，请从页面上的链接进入。"


def invalid_form() -> str:
    return "这次提交看不懂，没有保存。请回到上一页重新填写。"


def form_over() -> str:
    return "这个页面已经过期，没有提交。请刷新后再试。"


def form_too_large() -> str:
    return "照片太大，没有提交。请一次少传几张。"


def sign_in_first() -> str:
    return "请先登录。"


def unavailable() -> str:
    return "数据库暂时没有回应，请过一会儿再试。刚才的提交没有保存。"


def internal_fault() -> str:
    return "服务出错了，已记入日志。刚才的提交没有保存。"


def not_a_photo() -> str:
    return "有一个文件不是照片，没有提交。请选 JPEG、PNG、WebP 或 HEIC 照片。"


def photo_too_large(megabytes: int) -> str:
    return f"照片最大 {megabytes} MB，没有提交。"


def photo_too_detailed() -> str:
    return "照片像素太多，没有提交。请缩小后再传。"


def photo_broken() -> str:
    return "有一张照片打不开，可能已损坏，没有提交。"
