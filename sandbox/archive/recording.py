"""What is said in the groups, written into the archive as the platform words it (wecom-archive.md §3)."""

import json
import secrets
import threading
from collections.abc import Collection

from sandbox.archive.library import ArchiveBook
from sandbox.wire import Json
from sandbox.world import Blob, Message, SenderKind, World

_FILE_KINDS = {"image": "image", "video": "video", "file": "file"}


class ArchiveRecorder:
    """Writes every message of its groups into the book; `recall` writes that one was taken back."""

    def __init__(self, world: World, book: ArchiveBook, *, groups: Collection[str] | None = None) -> None:
        """`groups`: chat ids of those that are archived; None: all of them."""
        self._world = world
        self._book = book
        self._lock = threading.Lock()
        self._written: set[str] = set()
        for chat in world.groups if groups is None else groups:
            world.groups[chat].archived = True
        world.on_change.append(self.record)

    def record(self, message: Message) -> None:
        """Write a message of a group, once; later changes of its bubble are no news."""
        group = self._world.groups.get(message.chat)
        with self._lock:
            if group is None or not group.archived or message.id in self._written:
                return
            self._written.add(message.id)
        self._book.add(self._build_entry(message, group.room_id or group.chatid))

    def recall(self, message_id: str) -> None:
        """The sender takes a message back."""
        message = self._world.find_message(message_id)
        group = self._world.groups.get(message.chat) if message is not None else None
        if message is None or group is None:
            raise KeyError(message_id)
        head = self._build_head(message, group.room_id or group.chatid)
        recall = {"msgid": secrets.token_hex(8), "action": "recall", "msgtype": "revoke"}
        self._book.add({**head, **recall, "revoke": {"pre_msgid": message.id}})

    def _build_head(self, message: Message, room_id: str) -> Json:
        is_person = message.sender.kind is SenderKind.USER
        return {
            "msgid": message.id,
            "action": "send",
            "from": message.sender.id if is_person else f"wb{message.sender.kind.value.upper()}BOT",
            "tolist": list(self._world.groups[message.chat].members),
            "roomid": room_id,
            "msgtime": int(message.at * 1000),
        }

    def _build_entry(self, message: Message, room_id: str) -> Json:
        msgtype, content = self._build_content(message)
        return {**self._build_head(message, room_id), "msgtype": msgtype, msgtype: content}

    def _build_content(self, message: Message) -> tuple[str, Json]:
        text = self._quote(message) + message.text
        if message.other is not None:
            msgtype = str(message.other.get("msgtype"))
            return msgtype, dict(message.other.get(msgtype) or {})
        if message.photos and (text or len(message.photos) > 1):
            items = [("text", {"content": text})] if text else []
            items += [("image", self._store(blob)) for blob in message.photos]
            # JSON within JSON, as the platform writes it.
            return "mixed", {"item": [{"type": kind, "content": json.dumps(each)} for kind, each in items]}
        if message.photos:
            return "image", self._store(message.photos[0])
        if message.attachment is not None:
            kind = _FILE_KINDS.get(message.msgtype, "file")
            return kind, {**self._store(message.attachment), "filename": message.attachment.name}
        return "text", {"content": text}

    def _store(self, blob: Blob) -> Json:
        return self._book.add_file(blob.data)

    def _quote(self, message: Message) -> str:
        """As WeCom's own client words a reply."""
        quoted = self._world.find_message(message.quote) if message.quote else None
        if quoted is None:
            return ""
        shown = quoted.text or str((quoted.card or {}).get("main_title", {}).get("title", ""))
        return f'这是一条引用/回复消息：\n"{quoted.sender.name}：\n{shown}"\n------\n'
