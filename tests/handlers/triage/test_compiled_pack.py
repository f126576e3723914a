from dataclasses import replace

from handlers.triage.compiled_pack import compile_pack
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules


def test_one_more_word_in_a_rule_compiles_nothing_anew(pack: Pack) -> None:
    assert compile_pack(replace(pack, rules=dict(pack.rules))) is compile_pack(pack)


def test_other_hints_are_compiled_and_the_first_are_kept(pack: Pack) -> None:
    first, other = compile_pack(pack), compile_pack(replace(pack, hints=HintRules()))
    assert other is not first
    assert (other.ngram_weights.score("路灯不亮").classes, compile_pack(pack)) == ({}, first)
