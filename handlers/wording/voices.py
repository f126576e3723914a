"""Texts around voices: to whoever spoke, and to the duty desk that listens."""

from collections.abc import Sequence

from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from handlers.wording.subjects import subject

SILENT = "您的语音里没有声音。请再说一遍，或直接写。"
WRITE_IT = "请把要说的直接写一遍，或再说一遍。"
_SHOWN = 200


def with_doubt(words: str) -> str:
    """Words that may have been misheard, as the case has them."""
    return f"{words}（语音听写，没有核对）"


def ask_if_right(words: str, *, in_private: bool) -> str:
    """To whoever spoke: what was understood, to be confirmed or put right."""
    how = "对就回「对」，不对请直接写一遍" if in_private else "对就 @我 回「对」，不对请 @我 写一遍"
    return f"您的语音没有听准，听到的是：「{escape_words(words[:_SHOWN])}」。{how}。"


def seconds_phrase(seconds: float | None) -> str:
    """How long it is; empty where that is not known."""
    return f" {max(round(seconds), 1)} 秒" if seconds else ""


def stand_in(voices: Sequence[tuple[float | None, bool]]) -> str:
    """Stands for the words of a case that nobody knows yet: seconds of each voice, and whether an engine listens."""
    whole = sum(seconds or 0 for seconds, _ in voices)
    state = "正在听写" if any(waits for _, waits in voices) else "等值班员转写"
    return f"（语音{seconds_phrase(whole)}，{state}）"


def listen(view: CaseView, seconds: float | None) -> str:
    """To the desk, beside the voice: nobody made words of it."""
    return f"{subject(view)}有一段语音{seconds_phrase(seconds)}没有转成文字。请听录音，再发 /转写 {view.short} 听到的话。"


def check_words(view: CaseView, words: str) -> str:
    """To the desk: what was understood of a voice, and may be wrong; `words` are masked and escaped."""
    return f"{subject(view)}语音没有听准，听到的是：「{words[:_SHOWN]}」。请听录音，再发 /转写 {view.short} 听到的话。"


def transcript(view: CaseView) -> str:
    """To desk and unit: what a voice of the case says."""
    return f"{subject(view)}语音内容：{view.act_text}"


def voice_added(view: CaseView) -> str:
    """To whoever has the case: a voice was added, and its words follow."""
    return f"{subject(view)}补充了语音，转成文字后再发。"


def line_receipt(number: str) -> str:
    return f"〔{number}〕语音已转成文字。"


def no_voice(number: str) -> str:
    return f"〔{number}〕没有语音。要补充文字请发 /补充。"


def needs_words(number: str) -> str:
    return f"请写上听到的话，例如：/转写 {number} 长江路 88 号有建筑垃圾。"


def video_caption(seconds: float | None) -> str:
    """Beside the still picture of a video."""
    return f"视频{seconds_phrase(seconds)}"
