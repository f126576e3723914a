from dataclasses import replace

from handlers.triage.compiled_pack import compiled
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules


def test_one_more_word_in_a_rule_compiles_nothing_anew(pack: Pack) -> None:
    assert compiled(replace(pack, rules=dict(pack.rules))) is compiled(pack)


def test_other_hints_are_compiled_and_the_first_are_kept(pack: Pack) -> None:
    first, other = compiled(pack), compiled(replace(pack, hints=HintRules()))
    assert other is not first
    assert (other.hints.read("路灯不亮").classes, compiled(pack)) == ({}, first)
