"""One compiled default pack for all tests of triage: it is immutable, and takes a moment to make."""

from pathlib import Path

import pytest

from handlers.triage import engine
from handlers.triage.rules.packs import Pack
from handlers.triage.types import UnitFact
from tests.rule_packs import load_shipped_pack

RULES = Path(__file__).parents[3] / "rules" / "default.yaml"

UNITS = (
    UnitFact("HM", "海门区", "district"),
    UnitFact("HM-CG", "海门区城市管理局", "department", "城管局", "HM"),
    UnitFact("HM-GA", "海门区公安局", "department", "公安局", "HM", keywords=("防暴",)),
    UnitFact("HM-SW", "水务公司", "enterprise", "", "HM"),
    UnitFact("HM-HM", "海门街道", "town", "", "HM", places=("长江路", "静海路")),
    UnitFact("HM-SX", "三星镇", "town", "", "HM", places=("叠石桥",)),
    UnitFact("HM-HM-JF", "解放新村", "village", "", "HM-HM", aliases=("解放社区",)),
    UnitFact("HM-HM-JF-1", "解放新村一网格", "grid", "", "HM-HM-JF"),
    UnitFact("CS", "长沙县", "district"),
    UnitFact("CS-CG", "长沙县城市管理局", "department", "城管局", "CS"),
    UnitFact("CS-XS", "星沙街道", "town", "", "CS", places=("长江路",)),
)


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_shipped_pack()


@pytest.fixture(scope="session")
def bare(pack: Pack) -> engine.Classifier:
    """No organisation: what the words alone tell."""
    return engine.build_classifier(pack, [])


@pytest.fixture(scope="session")
def haimen(pack: Pack) -> engine.Classifier:
    return engine.build_classifier(pack, UNITS)
