from dataclasses import replace

from handlers.triage.hints import Hints
from handlers.triage.packs import TALK, Pack


def test_pieces_of_known_words_lean_to_their_class(pack: Pack) -> None:
    scores = Hints(pack).scores("巷子里灯全瞎了黑得很")
    assert max(scores, key=lambda name: scores[name]) == "fac.lamp"


def test_text_without_known_pieces_leans_nowhere(pack: Pack) -> None:
    assert Hints(pack).scores("abc 123") == {}


def test_the_pieces_that_lean_most_are_told_and_stand_in_the_text(pack: Pack) -> None:
    text = "路灯不亮"
    words = Hints(pack).words(text, "fac.lamp")
    assert words
    assert all(piece in text and weight > 0 for piece, weight in words)


def test_the_same_pack_gives_the_same_hints(pack: Pack) -> None:
    assert Hints(pack).scores("井盖翘了") == Hints(pack).scores("井盖翘了")


def test_talk_sounds_less_like_a_report_than_a_report_does(pack: Pack) -> None:
    hints = Hints(pack)
    assert hints.read("路边一堆垃圾几天没人清")[1] > 0 > hints.read("今晚打麻将三缺一来不来")[1]


def test_without_sentences_of_talk_nothing_sounds_like_talk(pack: Pack) -> None:
    reports = {name: said for name, said in pack.examples.items() if name != TALK}
    assert Hints(replace(pack, examples=reports)).read("今晚打麻将三缺一来不来")[1] == 0
