"""What `gridbot check` says of archives: groups bound wrongly, rooms that nobody bound, what was missed."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem
from bot.config.settings import Settings
from handlers.triage.rules.value_errors import format_suggestion
from models.archive import ArchiveCursor, UndecryptedMessage
from models.organisation import Chat, ChatUse

_EXAMPLE = "archive: {channel: rooms, room_id: wrROOM}"
_MOST = 20
"""Rooms that are named; there may be a thousand."""
_SPEAKING = (ChatUse.HANDLING, ChatUse.DUTY)


def check_chat(chat: Chat, settings: Settings) -> Iterator[ConfigProblem]:
    """Whether the archive of a group is one, and what can be said in a group that has nothing else."""
    mute = [name for name, channel in settings.channels.items() if channel.declare().capabilities.is_mute]
    path = f"chats/{chat.code}"
    if chat.archive_channel is not None and chat.archive_channel not in mute:
        hint = format_suggestion(chat.archive_channel, mute)
        yield ConfigProblem(
            f"{path}.archive.channel", f"配置里没有存档渠道 {chat.archive_channel}{hint}", _EXAMPLE
        )
    if chat.channel not in mute or chat.webhook_channel is not None:
        return
    if chat.use in _SPEAKING:
        problem = f"{chat.channel} 只能听、不能说：这个群收不到交办和提醒"
        yield ConfigProblem(f"{path}.channel", problem, f"channel: grid, {_EXAMPLE}")
    elif chat.archive_channel is None:
        problem = f"{chat.channel} 只能听、不能说：答复发到本人的会话，没有的请网格员到群里转告"
        yield ConfigProblem(f"{path}.channel", problem, grave=False)


def check_archives(session: Session, settings: Settings) -> Iterator[ConfigProblem]:
    """Rooms that archives read and nobody bound, messages without a key, and what nobody read in time."""
    for name, channel in settings.channels.items():
        if channel.declare().capabilities.is_mute:
            yield from _check_rooms(session, name)
            yield from _check_undecrypted(session, name)
            cursor = session.get(ArchiveCursor, name)
            if cursor is not None and cursor.gap_at is not None:
                missed = cursor.gap_at.astimezone(settings.zone)
                problem = f"{missed:%Y-%m-%d %H:%M} 以前有消息没来得及读，平台已经删了"
                yield ConfigProblem(
                    f"channels.{name}", problem, "gridbot serve --role archive 要一直开着", grave=False
                )


def _check_rooms(session: Session, name: str) -> Iterator[ConfigProblem]:
    bound = select(Chat.archive_room_id).where(Chat.archive_channel == name)
    unbound = select(Chat.chat_id).where(
        Chat.channel == name, Chat.use == ChatUse.UNBOUND, Chat.chat_id.not_in(bound)
    )
    rooms = session.scalars(unbound.order_by(Chat.id)).all()
    if rooms:
        named = "、".join(rooms[:_MOST]) + (f"等 {len(rooms)} 个" if len(rooms) > _MOST else "")
        problem = f"这些群读得到、还没有登记，里面的话一句也没有存：{named}"
        yield ConfigProblem(f"channels.{name}", problem, _EXAMPLE, grave=False)


def _check_undecrypted(session: Session, name: str) -> Iterator[ConfigProblem]:
    mine = UndecryptedMessage.channel == name
    counts = select(UndecryptedMessage.key_version, UndecryptedMessage.problem, func.count()).where(mine)
    grouped = counts.group_by(UndecryptedMessage.key_version, UndecryptedMessage.problem)
    for version, problem, count in session.execute(grouped.order_by(UndecryptedMessage.key_version)):
        path = f"channels.{name}.private_keys"
        if problem == "no_key":
            words = f"{count} 条消息要用第 {version} 版私钥才能读；加上以后自动补读"
            yield ConfigProblem(path, words, f'{{"{version}": keys/archive-{version}.pem}}', grave=False)
        else:
            words = f"{count} 条消息解不开（第 {version} 版私钥，{problem}）：看看私钥和版本对不对"
            yield ConfigProblem(path, words, grave=False)
