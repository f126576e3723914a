"""The answer of whoever was asked whether their voice was understood."""

import re

from handlers.chat.inbound import InboundMessage
from handlers.intake import voices
from handlers.intake.open_reports import find_open_report
from handlers.talk.heard.words import CONFIRM, resolve_doubts, take_words, with_words
from handlers.wording import voices as say
from models.reports import Media
from models.voices import VoiceState

_END = r"[。.!！~，,]{0,3}\s{0,4}\Z"
_YES = re.compile(rf"\A\s{{0,4}}(?:对|是|嗯|好|行|没错|正确|就是)(?:的|了|啊|呀|这样|对|是){{0,3}}{_END}")
_NO = re.compile(rf"\A\s{{0,4}}(?:不对|不是|听?错了|没听对)(?:的|啊|呀){{0,2}}{_END}")


def answer_doubt(inbound: InboundMessage) -> str | None:
    """Take the words as the answer to whether a voice was understood.

    Returns a slug; None: nobody was asked, or the words say more than yes or no and are handled as usual.
    """
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    text = inbound.incoming.text
    if report is None or not report.unheard or report.case_id is not None or not text:
        return None
    doubted = voices.find_doubted(inbound.session, report)
    if not doubted:
        return None
    if _YES.match(text):
        voice = doubted[0]
        media = inbound.session.get_one(Media, voice.media_id)
        return take_words(with_words(inbound, voice.text, media), voice, report)
    if _NO.match(text):
        for voice in doubted:
            voice.text, voice.state = "", VoiceState.UNHEARD
        report.due_at = report.closes_at = inbound.now + CONFIRM
        inbound.reply(say.WRITE_IT, part="voice")
        return "voice.refused"
    resolve_doubts(inbound, report, doubted)
    return None
