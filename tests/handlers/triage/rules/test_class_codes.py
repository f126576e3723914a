"""The shipped codes keep their laws, and each kind of broken copy is refused with its file and line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.triage.rules import packs
from handlers.triage.rules.class_codes import CodeBook
from handlers.triage.rules.code_tables import Code, CodeError, CodeSystem
from handlers.triage.rules.packs import Pack

SHIPPED = Path(__file__).parents[4] / "rules"
Broken = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def book() -> CodeBook:
    return CodeBook.load(SHIPPED / "codes")


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """The shipped codes with the first of one text in one file replaced."""

    def replaced(name: str, old: str, new: str) -> Path:
        folder = Path(shutil.copytree(SHIPPED / "codes", tmp_path / "codes"))
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return replaced


def system(book: CodeBook, name: str, kind: str = "event") -> CodeSystem:
    return next(each for each in book.systems if (each.name, each.kind) == (name, kind))


def hotline(book: CodeBook) -> list[Code]:
    return list(book.list_system_codes(system(book, "db44-2479", "appeal")))


def only(book: CodeBook, node: str, name: str, kind: str = "event") -> Code:
    [code] = book.find_codes(node, system(book, name, kind))
    return code


def bridged(pack: Pack, class_id: str, name: str) -> list[tuple[str, str]]:
    return [(code.kind, code.code) for code in pack.codes.list_class_codes(class_id) if code.system == name]


# The lists


def test_the_hotline_tree_has_14_99_and_515_nodes_and_514_different_codes(book: CodeBook) -> None:
    levels = [code.level for code in hotline(book)]
    assert [levels.count(level) for level in (1, 2, 3)] == [14, 99, 515]
    assert len({code.code for code in hotline(book) if code.level == 3}) == 514


def test_thirteen_names_of_the_hotline_are_blank_and_shown_by_the_level_above(book: CodeBook) -> None:
    blank = [code for code in hotline(book) if code.name is None]
    assert len(blank) == 13
    assert all(code.level == 3 and code.code.endswith("00") for code in blank)
    assert book.display_name(only(book, "010600", "db44-2479", "appeal")) == "新闻出版"


def test_the_code_that_is_printed_twice_is_two_nodes_with_two_paths(book: CodeBook) -> None:
    found = book.find_codes("090499", system(book, "db44-2479", "appeal"))
    assert [code.name for code in found] == ["其他生活服务", "其他民族宗教"]
    assert [code.path for code in found] == ["09/0904/0904:090499", "09/0905/0905:090499"]


def test_a_node_is_found_by_its_id_where_its_code_stands_twice(book: CodeBook) -> None:
    assert only(book, "0905:090499", "db44-2479", "appeal").name == "其他民族宗教"


def test_full_width_digits_find_the_same_node(book: CodeBook) -> None:
    assert only(book, " ０３０３０２", "db44-2479", "appeal").name == "市容环卫"


def test_parts_and_events_share_their_numbers_and_not_their_names(book: CodeBook) -> None:
    assert only(book, "0205", "cjt214").name == "广告招牌破损"
    assert only(book, "0205", "cjt214", "part").name == "过街天桥"


def test_every_node_hangs_below_its_parent_and_begins_with_its_code(book: CodeBook) -> None:
    for code in book.codes.values():
        above = book.find_parent(code)
        assert (above is None) == (code.level == 1)
        if above is not None and code.node == code.code:
            assert code.code.startswith(above.code)


def test_walking_down_finds_what_walking_up_leaves(book: CodeBook) -> None:
    for code in hotline(book):
        assert all(book.find_parent(child) == code for child in book.find_children(code))
    assert [code.name for code in book.build_trail(only(book, "030302", "db44-2479", "appeal"))] == [
        "城乡建设", "市容市貌", "市容环卫",
    ]  # fmt: skip


def test_the_path_is_the_way_from_the_top(book: CodeBook) -> None:
    for code in book.codes.values():
        assert code.path == "/".join(step.node for step in book.build_trail(code))


def test_what_is_not_whole_says_so(book: CodeBook) -> None:
    whole = {(each.name, each.kind) for each in book.systems if each.complete}
    assert whole == {("cjt214", "event"), ("db44-2479", "appeal")}


def test_every_code_says_where_it_was_read(book: CodeBook) -> None:
    assert all(code.source for code in book.codes.values())


# Broken copies


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("db44-2479-2024.csv", "appeal,030302,0303,030302,3,市容环卫", "appeal,030302,0309,030302,3,市容环卫", "没有上级"),
        ("db44-2479-2024.csv", "appeal,0303,03,0303,2", "appeal,0303,03,0303,3", "应当是 6 位"),
        ("db44-2479-2024.csv", "appeal,0303,03,0303,2", "appeal,0303,03,0303,4", "level 应当是"),
        ("db44-2479-2024.csv", "appeal,030302,0303,030302", "appeal,030302,0303,30302", "应当是 6 位"),
        ("db44-2479-2024.csv", "appeal,030302,0303,030302", "appeal,030301,0303,030301", "第 102 行已经有了"),
        ("db44-2479-2024.csv", "appeal,030302,0303,030302", "appeal,030402,0303,030402", "节点应当写成"),
        ("db44-2479-2024.csv", "appeal,030302,0303,030302", "appeal,039802,0303,039802", "不以上级的 0303 开头"),
        ("db44-2479-2024.csv", "0303,030302,3,市容环卫,03/0303", "0303,030302,3,市容环卫,03/0304", "path"),
        ("db44-2479-2024.csv", "appeal,01,,01", "appeal,01,02,01", "第 1 级没有上级"),
        ("db44-2479-2024.csv", "附录 A,yes", "附录 A,真的", "verified"),
        ("db44-2479-2024.csv", "db44-2479,2024,appeal,030302", "db44-2479,2025,appeal,030302", "没有这份编码表"),
        ("cjt214-2007.csv", "event,0102,01,0102,2,暴露垃圾,01/0102,CJ/T 214-2007 事件表,yes\n", "event\n", "列数不对"),
        ("cjt214-2007.csv", "node,", "knot,", ":1: 缺少列 node"),
        ("systems.csv", "14/99/515", "14/99/516", "应有 14/99/516 行，实有 14/99/515 行"),
        ("systems.csv", ",514,", ",515,", "应有 515 个不同的编码，实有 514 个"),
        ("systems.csv", "6/53", "53", "每级一个数"),
        ("systems.csv", "6/53", "六/53", "应当是数字"),
        ("systems.csv", "2007,event", "2007,thing", "kind 应当是"),
        ("systems.csv", "db44-2479-2024.csv", "nothing.csv", "读不到这个文件"),
    ],
)  # fmt: skip
def test_a_broken_copy_is_refused(broken: Broken, name: str, old: str, new: str, told: str) -> None:
    with pytest.raises(CodeError, match=told):
        CodeBook.load(broken(name, old, new))


def test_a_mistake_names_the_file_and_the_line(broken: Broken) -> None:
    folder = broken("cjt214-2007.csv", "event,0102,01,0102", "event,0102,09,0102")
    with pytest.raises(CodeError) as refused:
        CodeBook.load(folder)
    assert str(refused.value).startswith(f"{folder / 'cjt214-2007.csv'}:4: 0102: ")


def test_every_mistake_is_told_at_once(broken: Broken) -> None:
    folder = broken("cjt214-2007.csv", ",event,0102,01,0102", ",event,0102,09,0102")
    with (folder / "gbt47678-5-2026.csv").open("a", encoding="utf-8") as file:
        file.write("gbt47678-5,2026,event,06099,08,06099,2,甲,08/06099,乙,no\n")
    with pytest.raises(CodeError) as refused:
        CodeBook.load(folder)
    assert {line.split(":")[0].rsplit("/")[-1] for line in str(refused.value).splitlines()} == {
        "cjt214-2007.csv", "gbt47678-5-2026.csv", "systems.csv",
    }  # fmt: skip


def test_the_same_list_in_two_folders_is_refused() -> None:
    with pytest.raises(CodeError, match="重复"):
        CodeBook.load(SHIPPED / "codes", SHIPPED / "codes")


# Classes and codes


def test_every_class_has_its_codes_or_says_plainly_that_it_has_none(pack: Pack) -> None:
    assert pack.codes.gaps == ()
    assert [each for each in pack.classes if not pack.codes.list_class_codes(each)] == [
        "rumor.check",
        "praise",
    ]


def test_the_columns_of_the_class_table_come_first(pack: Pack) -> None:
    for info in pack.classes.values():
        if info.event_code:
            assert bridged(pack, info.id, "cjt214")[0] == ("event", info.event_code)
        if info.hotline_code:
            assert bridged(pack, info.id, "db44-2479")[0] == ("appeal", info.hotline_code)


def test_a_class_says_whether_it_is_a_part_an_event_or_neither(pack: Pack) -> None:
    kinds = {each: pack.classes[each].kind for each in ("fac.lamp", "env.rubbish", "labor.wage")}
    assert kinds == {"fac.lamp": "part", "env.rubbish": "event", "labor.wage": "appeal"}


def test_a_code_told_to_others_never_comes_without_its_system_and_version(pack: Pack) -> None:
    for class_id in pack.classes:
        assert all(
            each["system"] and each["version"] and each["code"]
            for each in pack.codes.describe_class_codes(class_id)
        )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("env.rubbish,gbt47678-5,2026,event,06010", "env.rubbish,gbt47678-5,2026,event,06999", "里没有 06999"),
        ("env.rubbish,gbt47678-5,2026", "env.rubbish,gbt47678-5,2027", "没有这份编码表"),
        ("env.rubbish,gbt47678-5", "env.rubish,gbt47678-5", "类别表里没有这一类"),
        ("praise,db44-2479,2024,appeal,-,no,表扬感谢只记诉求性质，不归类", "praise,db44-2479,2024,appeal,-,no,", "为什么"),
        ("praise,db44-2479,2024,appeal,-", "praise,db44-2479,2024,appeal,090499", "不止一个，请写节点 0904:090499、0905:090499"),
        ("06010,no", "06010,perhaps", "verified"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_the_bridge_is_refused_with_its_line(
    broken: Broken, old: str, new: str, told: str
) -> None:
    with pytest.raises(packs.PackError, match=rf"bridge\.csv:\d+: .*{told}"):
        packs.load_pack([own_pack(broken("bridge.csv", old, new))])


def test_a_class_with_a_code_that_does_not_exist_is_refused_with_its_line(broken: Broken) -> None:
    folder = broken("bridge.csv", "env.rubbish", "env.rubbish")
    pack = own_pack(folder, "culture.sport", "010405", "010105")
    with pytest.raises(packs.PackError, match=r"classes\.csv:\d+: culture\.sport: .* 里没有 010105"):
        packs.load_pack([pack])


@pytest.mark.parametrize(
    ("class_id", "old", "new", "told"),
    [
        ("labor.wage", "080508", "", "在 db44-2479-2024 里没有编码"),
        ("env.burn", "0115", "", "在 cjt214-2007 里没有编码"),
        ("env.burn", "event", "part", "是 part，在 cjt214-2007 里却没有 part 编码"),
        ("env.burn", "event", "appeal", "既不是部件也不是事件"),
        ("praise", "appeal,,,,", "appeal,,,999900,", "既有编码，又说没有"),
    ],
)
def test_a_class_nobody_gave_a_code_is_told_with_its_line(
    broken: Broken, class_id: str, old: str, new: str, told: str
) -> None:
    folder = broken("bridge.csv", "env.rubbish", "env.rubbish")
    [gap] = packs.load_pack([own_pack(folder, class_id, old, new)]).codes.gaps
    assert (gap.class_id, gap.file.name) == (class_id, "classes.csv")
    assert told in str(gap)
    line = gap.file.read_text(encoding="utf-8").splitlines()[gap.line - 1]
    assert line.startswith(f"{class_id},")


def test_a_class_table_without_kinds_and_a_pack_without_codes_still_load(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text(
        "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
        "a.b,甲,组,0101,030301,投诉,城管局,1wd,no,\n",
        encoding="utf-8",
    )
    pack = packs.load_pack([tmp_path / "classes.csv"])
    assert (pack.classes["a.b"].kind, pack.codes.list_class_codes("a.b"), pack.codes.gaps) == ("", (), ())


def own_pack(folder: Path, class_id: str = "", old: str = "", new: str = "") -> Path:
    """A pack beside these codes, over the shipped classes with one row changed."""
    lines = (SHIPPED / "classes.csv").read_text(encoding="utf-8").splitlines()
    changed = [line.replace(old, new, 1) if line.startswith(f"{class_id},") else line for line in lines]
    assert not class_id or changed != lines
    (folder.parent / "classes.csv").write_text("\n".join(changed), encoding="utf-8")
    pack = folder.parent / "pack.yaml"
    pack.write_text(f"classes: classes.csv\ncodes: {folder.name}\n", encoding="utf-8")
    return pack


# The three confusions of the trade bear different codes; `test_engine` tells them apart in words.


def test_overflow_and_exposed_rubbish_bear_different_codes(pack: Pack) -> None:
    assert bridged(pack, "env.bin_full", "gbt47678-5") == [("event", "06042")]
    assert bridged(pack, "env.rubbish", "gbt47678-5") == [("event", "06010")]


def test_a_shop_outside_and_a_stall_bear_different_codes(pack: Pack) -> None:
    assert bridged(pack, "street.shop_out", "cjt214") == [("event", "0504")]
    assert bridged(pack, "street.vendor", "cjt214") == [("event", "0501")]


def test_a_broken_bin_is_a_part_and_a_full_one_is_an_event(pack: Pack) -> None:
    assert ("part", "0305") in bridged(pack, "fac.bin", "cjt214")
    assert pack.classes["fac.bin"].kind == "part"
    assert bridged(pack, "env.bin_full", "cjt214") == []
    assert pack.classes["env.bin_full"].kind == "event"
