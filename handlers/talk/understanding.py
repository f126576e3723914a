"""What a message is in its situation: its dialogue act and the cases it may mean; pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.talk import courtesy, dialogue, referents, shapes, signs
from handlers.talk.dialogue import DialogueAct
from handlers.talk.referents import SAME_MATTER, Candidate, SpokenMatter
from handlers.talk.sayings import learned_signs
from handlers.talk.situation import KnownCase, Side, Situation, strip_number
from handlers.triage.classify.meant_reports import is_meant_as_report
from handlers.triage.engine import Classifier
from handlers.triage.rules.class_table import is_akin
from handlers.triage.text.homophones import write_as_known
from handlers.triage.types import Facts, Triage, UnderstoodText
from models.workflow import OPEN, Status

_LEANING, _NO_MATTER = 12.0, ("感谢", "咨询")
"""Points of learned pieces from which words are a piece of the report that waits for more."""
_LOST = re.compile("丢|偷|盗|不见|找不到|寻不到|找不着|[被遭让]人?.{0,3}[拿提顺]|走失|没得了|失踪")
"""What says that something is gone."""
_FLOOR = re.compile(r"[\d一二三四五六七八九十]{1,3}(?:楼|层|室)")
"""Begins a part of a house, which is in whatever house is spoken of."""
_ASKING = frozenset({"urges", "asks_when", "asks_state"})
_INQUIRING = frozenset({"asks_who", "asks_state", "inquires"})
_OF_NEIGHBOURS = frozenset({"me_too", "still_here", "asks_state"})
"""What is said of another house than the one that was told of: 6栋也是, 6栋还是黄的, 6栋洗了没."""
_DOUBTS = frozenset({"partly", "mock", "relapse"})
"""What says, of whoever was asked for the result, that there is none, whatever else it names."""
_BY_SOUND: Mapping[str | None, Collection[str]] = {
    None: ("confirm", "dispute", "unclear", "again", "status", "good_news"),
    "detail": ("dispute",),
}
"""What may be heard, by what they were taken for, in words that only sound right: 灯凉了, 路登还是不良."""
_FOR_THEMSELVES = frozenset({Side.REPORTER, Side.NEIGHBOUR})
_REMARK = 5
"""Characters that are no matter of their own beside one that was just told."""
_WISH = 16
"""Longer words in confidence are more than the wish to stay unnamed: they never join what a unit reads."""
_BESIDE_PLACE = 6
"""Characters beside a place that still only say that it is there: 就是它。白鹤新村大门进来左手边二楼."""
_SENTENCE, _STORY = 8, 40
"""Characters from which words tell something, and from which what reports a matter is a report of its own."""
_SPOT = re.compile(
    r"[^，。！？,.!?\s]{0,8}(?:门口|门前|旁边|边上|对面|斜对面|隔壁|路口|前[面头]|后[面头]|楼下|底下|拐角|那头|里[面头]|外[面头])"
    r"的?那(?:一?[个处盏块条根棵段辆]|里|儿|边)?[。！!~～]?"
)
"""Words that only point: where it is, and nothing of what."""
_OUTAGE = "停"
"""What stands in a report of water or light that was cut off."""
_CONTRASTS = ("不过", "但是", "可是", "只是")
"""How words begin that go on with what was spoken of; thanks before them are manners."""
_ASKS = ("?", "？", "吗", "呢", "没", "冇", "么", "没有")
VERDICTS = frozenset({"solved", "done_weak", "unsolved", "partly", "again", "urges"})
"""Signs that say something of how a case came out."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was said: the words, and whether pictures came along."""

    text: str
    facts: Facts
    has_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A message as it was understood."""

    act: DialogueAct | None
    """None: it fits no dialogue act."""
    candidates: tuple[Candidate, ...]
    """The cases it may mean, the likeliest first."""
    at_work: tuple[Candidate, ...]
    """Those it may mean as whoever speaks mostly does here, whatever it was taken for."""
    signs: tuple[signs.Sign, ...]
    understood: UnderstoodText
    place: str
    """The place as it was said; "" where none was."""
    is_same_danger: bool
    """The danger that the words tell of, if any, is that of a case it may mean, or what comes of it."""
    is_report: bool
    """It reports something, by the rules or because it is plainly meant so."""

    @property
    def triage(self) -> Triage:
        return self.understood.triage

    @property
    def sign_names(self) -> frozenset[str]:
        """The names of the signs that were found in the words, whatever they were taken for."""
        return frozenset(sign.name for sign in self.signs)

    @property
    def because(self) -> frozenset[str]:
        """The signs that spoke for or against the act; none where it fits no act."""
        return frozenset(sign for sign, _ in self.act.because) if self.act is not None else frozenset()

    @property
    def names_another(self) -> bool:
        """Whether the words report another matter, or another place, than what was reported before."""
        if not self.place and len(self.understood.text.strip()) <= _REMARK and not self.triage.urgent:
            return False  # 钱还没转, said a moment after a fraud
        is_new = self.act is not None and self.act.act == "new"
        return is_new and not self.because.isdisjoint({"place_new", "matter_new"})

    @property
    def tells_of_scene(self) -> bool:
        """Whether the words tell of something going on where they are said, rather than ask."""
        asks = self.understood.text.strip().endswith(_ASKS)
        return not asks and "at_scene" in self.sign_names


def understand(words: Words, situation: Situation, classifier: Classifier) -> Interpretation:
    """What a message is in its situation; what comes to nothing is read once more by its sound."""
    read = _read(words, situation, classifier)
    better = _BY_SOUND.get(read.act.act if read.act is not None else None, ())
    if not better or not situation.is_spoken_to or _is_elsewhere(read):
        return read
    text = write_as_known(words.text, [case.class_name for case in situation.of_side(Side.REPORTER)])
    if text == words.text:
        return read
    by_sound = _read(replace(words, text=text), situation, classifier)
    keeps_doubts = read.sign_names & learned_signs.DOUBTS <= by_sound.sign_names
    return by_sound if keeps_doubts and by_sound.act is not None and by_sound.act.act in better else read


def _is_elsewhere(read: Interpretation) -> bool:
    """Whether it reports what is not of their cases; 那个路登还是不良 is said of the lamp they reported."""
    own = {each.case.class_id for each in read.at_work if each.place >= 0}
    return read.is_report and (bool(read.place) or read.triage.class_id not in own)


def _read(words: Words, situation: Situation, classifier: Classifier) -> Interpretation:
    pack = classifier.pack
    triage = _leave_out_pointing(classifier.triage(words.text, facts=words.facts), words, situation)
    meant_text = classifier.fold_misheard(words.text)
    heard = signs.finder_of(pack).find(meant_text)
    place = stated_place(triage) or _find_later_place(words, situation, classifier)
    recurring = _list_recurring(heard, situation, triage)
    matter = SpokenMatter(
        words.text, place, lambda: {*_spoken_classes(words, triage, classifier), *recurring}
    )
    may_lean = (situation.is_spoken_to or situation.is_quoting) and not courtesy.is_courtesy(words.text)
    reports = _reports(words, situation, triage)
    said_at_all = _list_of_words(words, situation, triage, reports=reports)
    if _accuses_staff(words, situation, triage, classifier):
        said_at_all.add("misconduct")
    best: DialogueAct | None = None
    meant: tuple[Candidate, ...] = ()
    own_matter, spoken, at_work = 0, heard, meant
    for side in filter(situation.speaks_as, situation.sides):
        if side in _FOR_THEMSELVES and (
            _tells_result_of_own_work(best, at_work) or _gives_own_work_back(best, heard)
        ):
            continue
        ranked = referents.keep_named(referents.rank(situation, situation.of_side(side), matter))
        closest = max((each.matter for each in ranked), default=0)
        if side is Side.REPORTER:
            own_matter = closest
        elif side is Side.NEIGHBOUR and own_matter and own_matter >= closest:
            continue  # it is their own that they speak of
        said, statuses = heard, {each.case.status for each in ranked}
        if may_lean and not _reports_other_matter(ranked, matter, triage):
            said += learned_signs.hear(pack, side, meant_text, heard, statuses=statuses)
        present = _list_heard(said, words.text) | said_at_all
        present |= _list_known(situation, ranked, matter, triage, present)
        act = dialogue.choose_act(pack.dialogue, side, frozenset(present), statuses)
        if act is not None and (best is None or _outweighs(act, best)):
            best, meant, spoken = act, tuple(ranked), said
        if side is situation.sides[0]:
            at_work = tuple(ranked)
    understood = UnderstoodText(words.text, words.facts, triage)
    is_same = any(_comes_of(classifier, each.case, triage) for each in meant)
    return Interpretation(best, meant, at_work, spoken, understood, place, is_same, reports)


def _reports_other_matter(ranked: Sequence[Candidate], matter: SpokenMatter, triage: Triage) -> bool:
    """Whether the words report in full what none of these cases is about: no verdict is learned from them."""
    is_full = triage.report and bool(matter.place or triage.nature == "咨询") and not triage.missing
    is_other = all(each.case.class_id != triage.class_id for each in ranked)
    return is_full and is_other and triage.class_id in matter.classes


def _leave_out_pointing(triage: Triage, words: Words, situation: Situation) -> Triage:
    """What the rules make of words that only say where what was told before is: they report nothing."""
    text = words.text.strip()
    if triage.urgent:
        return triage
    if situation.has_fresh_report and _SPOT.fullmatch(text):
        return replace(triage, report=False, kind="chatter")  # 药店正门口那个, said of a manhole
    if shapes.says_between(text) and situation.of_side(Side.REPORTER) and not situation.lacks_place:
        return replace(triage, report=False, kind="chatter", place=None)
    return triage


def _comes_of(classifier: Classifier, case: KnownCase, triage: Triage) -> bool:
    """Whether the danger of the words is that of the case, or hurts people there: 电梯里的婆婆有心脏病."""
    rule = classifier.pack.rules.get(case.class_id)
    hurts = rule.cause.of if rule is not None and rule.cause is not None else ()
    return not triage.urgent or triage.class_id in (case.class_id, *hurts)


def _outweighs(act: DialogueAct, best: DialogueAct) -> bool:
    """Whether more speaks for the act; who works on a case says that it is done, and brings no good news."""
    return act.points > best.points and (best.act, act.act) != ("finish", "good_news")


def _tells_result_of_own_work(best: DialogueAct | None, at_work: Sequence[Candidate]) -> bool:
    """Whether somebody at work tells how a case of theirs came out: 3栋的胶管换了 reports no gas."""
    is_result = best is not None and best.act == "finish"
    return is_result and any(each.place > 0 or each.matter >= SAME_MATTER for each in at_work)


def _gives_own_work_back(best: DialogueAct | None, heard: Sequence[signs.Sign]) -> bool:
    """Whether a unit asks that its task be taken back: why (业主自己堆的) is no report of its own."""
    is_theirs_no_more = best is not None and any(sign == "not_ours" for sign, _ in best.because)
    return is_theirs_no_more and any(sign.name == "asks_return" for sign in heard)


def _find_later_place(words: Words, situation: Situation, classifier: Classifier) -> str:
    """Where somebody says it is after their report; what tells of nothing wrong was not read for places."""
    if situation.is_spoken_to or not (situation.open_report_case is not None or situation.lacks_place):
        return ""
    found = classifier.find_place(words.text, words.facts)
    if found is None or found.end <= found.start or _FLOOR.match(found.text):
        return ""
    # Minutes later the others speak of places too: then it must be nearly all that is said.
    is_said_at_once = situation.open_report_case is not None
    is_all = len(words.text.strip()) - len(found.text) <= _BESIDE_PLACE
    return found.name if is_said_at_once or is_all else ""


def find_only_case(
    text: str, words: Words, situation: Situation, classifier: Classifier, *, place: str = ""
) -> int | None:
    """The id of the only case that a part of the words can be about, by its matter; None: there is none.

    `place`: where that part says it is, which tells too; "" where it says nothing, or it should not count.
    """
    said = SpokenMatter(text, place, lambda: classifier.list_spoken_classes(text, words.facts))
    points = {
        each.case.id: each.matter + each.place
        for each in referents.rank(situation, situation.cases, said)
        if each.matter + each.place >= SAME_MATTER
    }
    best = max(points.values(), default=0)
    meant = [case for case, score in points.items() if score == best]
    return meant[0] if len(meant) == 1 else None


def stated_place(triage: Triage) -> str:
    """The place that stands in the words; "" where it was only supplied by chat or sender."""
    place = triage.place
    return place.name if place is not None and place.end > place.start else ""


def _spoken_classes(words: Words, triage: Triage, classifier: Classifier) -> Collection[str]:
    """The classes of the words beside the place: 天华路 speaks of no road."""
    place = triage.place.text if stated_place(triage) and triage.place is not None else ""
    return classifier.list_spoken_classes(
        words.text.replace(place, " ") if place else words.text, words.facts
    )


def _list_recurring(heard: Sequence[signs.Sign], situation: Situation, triage: Triage) -> Collection[str]:
    """The class that is only heard in words of what happens once more, where one of their cases is of it.

    今天又从七点喊起, of whoever reported a loudspeaker: no word of the pack stands in it.
    """
    is_known = any(case.class_id == triage.class_id for case in situation.of_side(Side.REPORTER))
    is_again = any(sign.name == "again" for sign in heard)
    is_heard = is_again and (triage.report or leans_to_matter(triage))
    return {triage.class_id} if is_known and is_heard else ()


def leans_to_matter(triage: Triage) -> bool:
    """Whether pieces of words lean to what an office deals with: 地下管子反水."""
    leaning = sum(each.weight for each in triage.reasons if each.side == triage.class_id)
    return triage.nature not in _NO_MATTER and leaning >= _LEANING


def _list_heard(heard: Sequence[signs.Sign], text: str) -> set[str]:
    """The names of the signs, and which verdict was said last."""
    present = {sign.name for sign in heard} | learned_signs.list_guesses(heard, text)
    if {"solved", "tried"} <= present:
        present.discard("hearsay")  # 物业讲修好了，我坐了两天确实没卡过了
    verdicts = [sign.name for sign in heard if sign.name in VERDICTS - {"urges"}]
    if verdicts and verdicts[-1] != "done_weak":
        present.add("last_solved" if verdicts[-1] == "solved" else "last_unsolved")
    return present


def _list_of_words(words: Words, situation: Situation, triage: Triage, *, reports: bool) -> set[str]:
    """What holds of the words themselves, whoever says them of whichever case."""
    text = words.text.strip()
    shaped = shapes.list_shapes(text)
    known = {
        "reports": reports,
        "danger": triage.urgent and triage.report,
        "anonymous": triage.anonymous and len(text) <= _WISH and not triage.report,
        "confides": triage.anonymous and len(text) > _WISH,
        "about_staff": triage.report and triage.secret,
        "gratitude": triage.nature == "感谢",
        "consult": triage.report and triage.nature == "咨询",
        "overheard": not situation.is_spoken_to and situation.open_report_case is None,
        "photo": words.has_evidence,
        "captioned": words.has_evidence and bool(text),
        "question": text.endswith(_ASKS),
        "goes_on": text.startswith(_CONTRASTS),
        "tells": len(strip_number(text)) >= _SENTENCE and not text.endswith(_ASKS),
        "courtesy": bool(text)
        and "mark" not in shaped
        and not words.has_evidence
        and courtesy.is_courtesy(text),
        "numbered": bool(situation.named),
        "piece": situation.open_report_case is not None,
        "unit_named": situation.names_unit,
    }
    return shaped | {name for name, holds in known.items() if holds}


def _accuses_staff(words: Words, situation: Situation, triage: Triage, classifier: Classifier) -> bool:
    """Whether officials or staff are accused, in so many words: that touches no other case."""
    if words.text.strip().endswith(_ASKS) or not (triage.secret or situation.is_spoken_to):
        return False
    return classifier.accuses(words.text)


def _goes_on_beside_danger(
    situation: Situation, matter: SpokenMatter, triage: Triage, heard: Collection[str]
) -> bool:
    """Whether somebody goes on telling the bot of the danger they reported: 我拿树枝插起了，你们快点."""
    is_beside = situation.is_spoken_to and situation.open_report_case is not None and situation.is_in_danger
    is_of_it = "urges" in heard or triage.class_id not in matter.classes
    return is_beside and is_of_it and triage.report and not (matter.place or triage.urgent)


def _list_known(
    situation: Situation,
    ranked: Sequence[Candidate],
    matter: SpokenMatter,
    triage: Triage,
    heard: Collection[str],
) -> set[str]:
    """What holds of the message beside its words and what was heard in them, by the cases it may mean."""
    known = {
        "hint": triage.report and triage.class_id not in matter.classes,
        "only_place": _is_only_place(matter),
        "outage_other": "asks_outage" in heard and not any(_OUTAGE in each.case.text for each in ranked),
        "confides_other": triage.anonymous and _names_other_matter(ranked, matter, triage),
        "half_done": not matter.place and {"solved", "partly"} <= set(heard),
        "placeless_urges": not matter.place and bool(ranked) and not _ASKING.isdisjoint(heard),
        "asks_of_known": _speaks_as_desk(situation, heard) and _is_of_desk(situation, matter),
        "at_danger": "at_scene" in heard and situation.is_in_danger,
        "in_danger": situation.is_in_danger,
        "means_other": "means" in heard and referents.is_other_meant(ranked, matter, triage.class_id),
        "beside_danger": _goes_on_beside_danger(situation, matter, triage, heard),
        "lacks_place": bool(matter.place) and _waits_for_place(situation, ranked),
        "placeless_open": not matter.place and any(each.case.status in OPEN for each in ranked),
        "complete": (
            "reports" in heard
            and bool(matter.place)
            and triage.class_id in matter.classes
            and not triage.missing
        ),
        **_compare_cases(ranked, matter, triage),
    }
    known["danger_new"] = "danger" in heard and bool(known.get("class_new"))
    known["doubts_result"] = _doubts_result(known, heard)
    known["elsewhere"] = bool(known.get("place_new")) and not known.get("own_matter")
    known["presses_own"] = "urges" in heard and bool(known.get("matter_same") and known.get("open"))
    known["found_lost"] = "found" in heard and any(tells_of_loss(each.case) for each in ranked)
    known["near_own"] = not matter.place and _is_near_miss(ranked, matter, triage, heard)
    is_same = known.get("same_open") or ("worse" in heard and known.get("matter_same"))  # 那堆垃圾又高了
    known["points_back"] = "anaphora" in heard and bool(is_same)
    known["points_fresh"] = "anaphora" in heard and not matter.place and _is_of_fresh(ranked, triage)
    known["whole_story"] = known["complete"] and len(matter.text) >= _STORY
    is_of_neighbour = not _OF_NEIGHBOURS.isdisjoint(heard) and not known["complete"]
    known["next_door"] = is_of_neighbour and referents.is_next_door(ranked, matter)
    known["afar"] = not (known.get("matter_same") or known.get("follows") or known["next_door"])
    return {name for name, holds in known.items() if holds}


def tells_of_loss(case: KnownCase) -> bool:
    """Whether the case is that something was lost or taken, so that it may be found: 快递遭人拿了."""
    return _LOST.search(case.text) is not None and case.status in OPEN


def _names_other_matter(ranked: Sequence[Candidate], matter: SpokenMatter, triage: Triage) -> bool:
    """Whether the words name, if not as a report, a matter that none of the cases is about: 打小孩."""
    is_theirs = any(each.matter or each.case.class_id == triage.class_id for each in ranked)
    return not is_theirs and triage.class_id in matter.classes


def _is_near_miss(
    ranked: Sequence[Candidate], matter: SpokenMatter, triage: Triage, heard: Collection[str]
) -> bool:
    """Whether somebody presses for an open danger of theirs because it nearly hurt: 还没修，差点栽进去."""
    is_pressed = "near_miss" in heard and not {"urges", "unsolved"}.isdisjoint(heard)
    return is_pressed and triage.risk is None and any(_may_hurt(each, matter, triage) for each in ranked)


def _may_hurt(each: Candidate, matter: SpokenMatter, triage: Triage) -> bool:
    """Whether the case is an open danger that the words may be about: they name no other matter."""
    is_danger = each.case.is_urgent and each.case.status in OPEN
    is_other = triage.urgent or triage.class_id in matter.classes
    return is_danger and (not is_other or is_akin(each.case.class_id, triage.class_id))


def _is_of_fresh(ranked: Sequence[Candidate], triage: Triage) -> bool:
    """Whether just one case was told minutes ago that is of the kind and the matter of the words."""
    fresh = [each for each in ranked if each.case.is_fresh and each.case.class_id == triage.class_id]
    return len(fresh) == 1 and fresh[0].matter >= SAME_MATTER


def _is_only_place(matter: SpokenMatter) -> bool:
    """Whether all that is said is where: 1单元4楼！！！"""
    return bool(matter.place) and len("".join(filter(str.isalnum, matter.text))) <= len(matter.place)


def _doubts_result(known: Mapping[str, bool], heard: Collection[str]) -> bool:
    """Whether whoever was asked for the result says that there is none; 垃圾没人清 beside a lamp does not."""
    if not known.get("asked") or known.get("place_new") or "unsure" in heard:
        return False
    return not _DOUBTS.isdisjoint(heard) or ("unsolved" in heard and not known.get("class_new"))


def _speaks_as_desk(situation: Situation, heard: Collection[str]) -> bool:
    """Whether the words ask about a case, or order a unit to do something: neither reports anything."""
    return not _INQUIRING.isdisjoint(heard) or ("orders" in heard and situation.names_unit)


def _is_of_desk(situation: Situation, matter: SpokenMatter) -> bool:
    """Whether the words of somebody at a desk are about a case there: 海棠大道电线什么情况."""
    if situation.sides[0] is not Side.DESK:
        return False
    ranked = referents.rank(situation, situation.of_side(Side.DESK), matter)
    return any(each.matter >= SAME_MATTER and each.place >= 0 for each in ranked)


def _reports(words: Words, situation: Situation, triage: Triage) -> bool:
    return triage.report or (situation.is_spoken_to and is_meant_as_report(triage, words.text))


def _waits_for_place(situation: Situation, ranked: Sequence[Candidate]) -> bool:
    """Whether the report that was just made says nothing of where it is."""
    current = [
        each.case for each in ranked if each.case.id == situation.open_report_case or each.case.is_fresh
    ]
    return any(not case.has_place for case in current if case.side is Side.REPORTER)


def _compare_cases(ranked: Sequence[Candidate], matter: SpokenMatter, triage: Triage) -> dict[str, bool]:
    """How the cases that may be meant stand, and whether the words are about one of them."""
    if not ranked:
        return {"none": True}
    focus = ranked[0].case
    statuses = {candidate.case.status for candidate in ranked}
    return {
        "asked": focus.status is Status.CALLBACK,
        "closed": focus.status is Status.CLOSED,
        "open": focus.status in OPEN,
        "submitted": Status.SUBMITTED in statuses,
        "closed_only": statuses == {Status.CLOSED},
        "open_only": not statuses & {Status.CALLBACK, Status.CLOSED},
        "own_matter": any(each.matter >= SAME_MATTER for each in ranked),
        "matter_same": any(each.matter >= SAME_MATTER and each.place >= 0 for each in ranked),
        "matter_new": (
            triage.report
            and not any(each.is_named for each in ranked)
            and not any(each.matter for each in ranked)
            and triage.class_id not in {each.case.class_id for each in ranked}
        ),
        "class_new": (
            not any(each.is_named for each in ranked)
            and not any(each.matter >= SAME_MATTER and each.place >= 0 for each in ranked)
            and triage.report
            and triage.class_id in matter.classes
            and triage.class_id not in {each.case.class_id for each in ranked}
        ),
        "same_open": any(
            each.matter >= SAME_MATTER
            and each.place > 0
            and each.case.status in OPEN
            and each.case.class_id == triage.class_id
            for each in ranked
        ),
        "requested": any(each.case.is_requested for each in ranked),
        "follows": referents.follows_report(ranked),
        "place_same": any(each.place > 0 for each in ranked),
        "place_new": all(each.place < 0 for each in ranked),
    }
