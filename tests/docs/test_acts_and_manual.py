"""The page of acts is the act table; the manual names only what there is, and leaves nothing out."""

import re
from pathlib import Path

import pytest

from bot.cli.documents import ACTS_PAGE, build_acts_page
from handlers.commands.run import known_words
from models.workflow import ACTS, BY_WORD, CaseRelation

MANUAL = ACTS_PAGE.parent / "manual"
PAGES = sorted(MANUAL.glob("*.md"))

_COMMAND = re.compile(r"`/([\u4e00-\u9fff]+)")


def named(page: Path) -> set[str]:
    return set(_COMMAND.findall(page.read_text(encoding="utf-8")))


def test_the_page_of_acts_is_what_the_act_table_says() -> None:
    assert ACTS_PAGE.read_text(encoding="utf-8") == build_acts_page(), "run `make docs`"


def test_every_role_has_its_page() -> None:
    assert {page.stem for page in PAGES} == {
        "README", "信息员与居民", "网格员", "受理员", "承办员", "协调员", "领导", "督查员", "管理员", "故障", "个人信息", "规则", "对话",
        "自建应用", "公众号", "微信客服", "群机器人", "会话存档", "语音和视频", "工作台", "工作台管理",
        "地图和分析", "网页", "附件", "对接", "别处来的事", "建议", "抽查和包案", "值班和清单", "通知", "会商", "部署", "多台主机", "升级和备份", "体检", "地名和坐标",
    }  # fmt: skip


AT_THE_MACHINE = {"部署", "多台主机", "体检", "地名和坐标"}
"""Pages for who sits at the machine and types nothing in a chat."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_in_the_manual_exists(page: Path) -> None:
    assert named(page) or page.stem in AT_THE_MACHINE
    assert named(page) - known_words() == set()


def test_every_act_is_somewhere_in_the_manual() -> None:
    told = {BY_WORD[word].key for page in PAGES for word in named(page) if word in BY_WORD}
    for_people = {key for key, act in ACTS.items() if act.relations != (CaseRelation.TIME,)}
    assert for_people - told == set()


@pytest.mark.parametrize(
    ("page", "standing"),
    [
        ("承办员", {CaseRelation.HANDLER, CaseRelation.PARTNER}),
        ("领导", {CaseRelation.LEADER, CaseRelation.SECOND, CaseRelation.CHECKER, CaseRelation.SIGNER}),
        ("协调员", {CaseRelation.COORDINATOR, CaseRelation.CHECKER, CaseRelation.DUTY}),
        (
            "受理员",
            {
                CaseRelation.DUTY,
                CaseRelation.SECOND,
                CaseRelation.CHECKER,
                CaseRelation.COORDINATOR,
                CaseRelation.LAST,
            },
        ),
        ("信息员与居民", {CaseRelation.ANYONE, CaseRelation.REPORTER, CaseRelation.SURVEYOR}),
        (
            "网格员",
            {
                CaseRelation.GRID,
                CaseRelation.SURVEYOR,
                CaseRelation.CHECKER,
                CaseRelation.REPORTER,
                CaseRelation.PARTNER,
            },
        ),
    ],
)
def test_a_page_tells_only_what_its_readers_may_do(page: str, standing: set[CaseRelation]) -> None:
    acts = [BY_WORD[word] for word in named(MANUAL / f"{page}.md") if word in BY_WORD]
    assert [act.verb for act in acts if not standing & set(act.relations)] == []


def test_every_page_is_short() -> None:
    assert {
        page.stem: len(page.read_text(encoding="utf-8")) for page in PAGES if page.stat().st_size > 5000
    } == {}
