"""Which classes play a part of their own says the pack; no class id stands in code."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.triage import engine
from handlers.triage.rules import packs
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts
from tests.rule_packs import SPECIAL, rename_classes, renamed

ROOT = Path(__file__).resolve().parents[4]
HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "a.b,甲,组,0101,030301,投诉,城管局,1wd,no,\nother,其他,组,0101,030301,求助,街道,1wd,no,\n"
SAID = {
    "我不想活了": "safe.security",
    "街道窗口工作人员态度差，推诿不办": "gov.attitude",
    "网上有谣言说解放新村有老人被打，视频都传开了，是真的吗": "rumor.check",
    "嗯嗯": "other",
}


@pytest.fixture(scope="module")
def other_names(tmp_path_factory: pytest.TempPathFactory) -> engine.Classifier:
    """The shipped rules over a class table in which every id is another."""
    return engine.build_classifier(packs.load_pack([rename_classes(tmp_path_factory.mktemp("own"))]), [])


def test_every_class_of_the_copy_is_renamed(other_names: engine.Classifier, pack: Pack) -> None:
    assert list(other_names.pack.classes) == [renamed(class_id) for class_id in pack.classes]
    assert not set(other_names.pack.rules) & set(pack.classes)


@pytest.mark.parametrize("text", SAID)
def test_renamed_classes_do_what_the_shipped_ones_do(
    other_names: engine.Classifier, bare: engine.Classifier, text: str
) -> None:
    own, shipped = (each.triage(text, facts=Facts()) for each in (other_names, bare))
    assert shipped.class_id == SAID[text]
    assert own.class_id == renamed(SAID[text])
    assert (own.risk, own.secret, own.urgent) == (shipped.risk, shipped.secret, shipped.urgent)


def test_a_life_at_stake_is_urgent_and_an_attitude_is_restricted(other_names: engine.Classifier) -> None:
    life, attitude, rumour, _ = (other_names.triage(text, facts=Facts()) for text in SAID)
    assert (life.risk, life.urgent) == ("self_harm", True)
    assert (attitude.secret, life.secret) == (True, False)
    assert (rumour.risk, rumour.urgent) == (None, False)


def test_a_whole_chat_is_understood_the_same_under_other_names(
    other_names: engine.Classifier, bare: engine.Classifier
) -> None:
    lines = (ROOT / "tests/data/group_chat.jsonl").read_text(encoding="utf-8").splitlines()
    for text in (json.loads(line)["text"] for line in lines[:120]):
        own, shipped = (each.triage(text, facts=Facts()) for each in (other_names, bare))
        assert (own.class_id, own.report, own.secret) == (
            renamed(shipped.class_id),
            shipped.report,
            shipped.secret,
        )


def load(folder: Path, *files: str) -> Pack:
    (folder / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    paths = [folder / f"{number}.yaml" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_text(f"classes: classes.csv\n{text}", encoding="utf-8")
    return packs.load_pack(paths)


@pytest.mark.parametrize("key", ["fallback_class", "risk_class", "rumour_class", "restricted_classes"])
def test_a_pack_that_lacks_one_loads_and_is_not_triaged_with(tmp_path: Path, key: str) -> None:
    lines = [line for line in SPECIAL.splitlines(keepends=True) if not line.startswith(key)]
    pack = load(tmp_path, "".join(lines))
    with pytest.raises(packs.PackError, match=rf"0\.yaml: {key}: 没有写明"):
        engine.build_classifier(pack, [])


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(packs.PackError) as error:
        packs.require_special_classes(load(tmp_path, ""))
    assert len(error.value.sentences) == 4


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("risk_class: a.c\n", r"0\.yaml:2: risk_class: 类别表里没有 a\.c（是不是 a\.b？）"),
        ("fallback_class: etc\n", r"0\.yaml:2: fallback_class: 类别表里没有 etc"),
        (
            "restricted_classes:\n  - a.b\n  - x.y\n",
            r"0\.yaml:4: restricted_classes\.1: 类别表里没有 x\.y",
        ),
    ],
)
def test_a_class_that_the_table_has_not_is_refused_with_its_line(
    tmp_path: Path, written: str, told: str
) -> None:
    with pytest.raises(packs.PackError, match=told):
        load(tmp_path, written)


def test_a_later_file_names_another_and_adds_to_the_restricted(tmp_path: Path) -> None:
    later = "risk_class: a.b\nrestricted_classes: [a.b]\n"
    special = load(tmp_path, SPECIAL.replace("[]", "[other]"), later).special
    assert (special.risk_class, special.rumour_class) == ("a.b", "other")
    assert special.restricted_classes == ("other", "a.b")


def test_learned_labels_and_additions_have_no_class_to_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text("labels: {灯: {words: {4: 路灯}}}\n", encoding="utf-8")
    assert packs.load_pack([path]).special.list_missing() != []
    with pytest.raises(packs.PackError, match=r"labels\.yaml: 没有类别表"):
        packs.require_special_classes(packs.load_pack([path]))


def _literals() -> Iterator[tuple[str, str]]:
    for room in ("bot", "handlers", "scheduler", "models"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield str(path.relative_to(ROOT)), node.value


def test_no_class_id_stands_in_code(pack: Pack) -> None:
    """`other` and `praise` are words for other things too; see `test_renamed_classes_do_…`."""
    ids = {class_id for class_id in pack.classes if "." in class_id}
    assert [(file, text) for file, text in _literals() if text in ids] == []
