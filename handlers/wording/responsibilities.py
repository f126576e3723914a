"""Texts around the list of responsibilities: what is found in it, what is wrong with it, rulings."""

from collections.abc import Sequence

HELP = (("清单 油烟", "权责清单里哪个单位管、依据什么法"),)
GAPS = {
    "nobody": "没有单位的事项",
    "several": "两个以上单位都有的事项",
    "classless": "没有事项作依据的类别",
    "otherwise": "清单和类别表不是同一个单位的类别",
}
"""What may be wrong with the list, by its key."""


def no_list() -> str:
    return "还没有权责清单。管理员用 gridbot org duties 清单.xlsx 导入。"


def usage(version: int, total: int) -> str:
    return f"权责清单第 {version} 版，{total} 项。要找请写事情、单位或法律，例如：/清单 油烟。"


def no_item(words: str) -> str:
    return f"权责清单里没有「{words}」。没有单位管的，值班员可以在工作台的清单页提议归哪个单位。"


def item_line(number: str, name: str, law: str, level: str, unit: str) -> str:
    """An item in one line; `unit` "" where it has none."""
    about = "，".join(part for part in (level, law) if part)
    return f"{number} {name}：{unit or '没有单位'}" + (f"（{about}）" if about else "")


def found(words: str, lines: Sequence[str], *, total: int, page: int, pages: int) -> str:
    """A page of what was found, from 1."""
    head = f"权责清单「{words}」{total} 项" + (f"，第 {page}/{pages} 页" if pages > 1 else "")
    more = [f"下一页：/清单 {words} {page + 1}"] if page < pages else []
    return "\n".join([head, *lines, *more])


def ground(number: str, name: str, law: str) -> str:
    """On what ground a unit has a case."""
    return f"{number} {name}" + (f"（{law}）" if law else "")


# Rulings -------------------------------------------------------------------------------------


def ruling_title(number: str, name: str, unit: str, reason: str) -> str:
    return f"{number} {name} 归{unit}：{reason}"


def proposal_line(number: str, name: str, law: str, unit: str) -> str:
    """An item in a comparison of what stood and what is to stand."""
    return item_line(number, name, law, "", unit)


def half_ruling() -> str:
    return "请写事项编号、归哪个单位和理由。没有提交。"


def too_long(number: int, words: int) -> str:
    return f"事项编号最多 {number} 个字，名称和依据最多 {words} 个字。没有提交。"


def unknown_item(number: str) -> str:
    return f"清单里没有 {number}。要新增一项，请再写事项名称。没有提交。"


def no_such_unit(name: str) -> str:
    return f"没有单位「{name}」，请从列表里选。没有提交。"


# Importing -----------------------------------------------------------------------------------


def import_title(name: str) -> str:
    return f"导入 {name}"


def import_report(added: int, changed: int, removed: int, unchanged: int, version: int | None) -> str:
    """What a file did to the list."""
    what = f"新增 {added}，更新 {changed}，去掉 {removed}，未变 {unchanged}"
    return f"{what}；现在是第 {version} 版" if version is not None else f"{what}；版本不变"


def gap_line(key: str, count: int, names: Sequence[str]) -> str:
    """One kind of what is wrong with the list."""
    shown = "、".join(names[:10])
    return f"{GAPS[key]} {count}：{shown}{'…' if count > 10 else ''}"
