"""A person's data are given out or erased when two others agree; the case keeps its facts (issue 10, D21)."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from bot.media.stores import FolderStore
from bot.retention import erasures
from handlers.commands.personal_data.erasure import erase_person
from handlers.commands.personal_data.identity import find_identity
from handlers.commands.personal_data.traces import find_traces
from models.case_links import CaseLink, open_link
from models.inbox import InboxRow
from models.messages import Attachment, PartKind
from models.organisation import Person, Role
from models.personal_data import DataRequest
from models.pushes import Push, PushState
from models.reports import Media
from tests.district import District, make_photo

NAME, PHONE = "张小明", "13812345678"
USER = "Xm_1981"
RUBBLE = f"长江路静海路口工地门口建筑垃圾，我叫{NAME}，电话{PHONE}，微信号{USER}"


def make_voice(position: int) -> Attachment:
    return Attachment(
        position, PartKind.VOICE, "audio/amr", 9, f"{7:064x}", "00/voice.amr", text=f"我是{NAME}，垃圾还在"
    )


def write_files(folder: Path) -> dict[str, Path]:
    """The files behind the rows, original and copies."""
    paths = {
        "voice": folder / "00" / f"{7:064x}.amr",
        "original": folder / "00" / f"{0:064x}.jpg",
        "clean": folder / "00" / f"{0:064x}.clean.jpg",
    }
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return paths


@pytest.fixture
def office(district: District) -> District:
    """Two administrators who wrote to the bot, and a resident whose case is closed."""
    for admin in ("admin1", "admin2"):
        district.hire(admin, Role.ADMIN, "HM")
        district.say(admin, admin, "/帮助", direct=True)
    photo = make_photo(0)
    files = [
        Attachment(0, PartKind.PHOTO, photo.mime, 9, photo.sha256, f"00/{0:064x}.jpg",
                   clean_path=f"00/{0:064x}.clean.jpg"),
        make_voice(1),
        replace(make_voice(2), text=""),
    ]  # fmt: skip
    assert district.say("wrINTAKE", USER, RUBBLE, photos=files) == "case.opened"
    district.say(USER, USER, "你好", direct=True)
    district.say("wrDUTY", "duty1", f"/交办 {district.case().number} 城管局")
    return district


def name_reporter(district: District) -> Person:
    with district.database.write() as session:
        person = session.get_one(Person, district.case().reporter_id)
        person.name = NAME
    return person


def close(district: District) -> None:
    number = district.case().number
    said = (
        ("wrCG", "cg1", f"/签收 {number}", 0), ("wrCG", "cg1", f"/反馈 {number} 已清运，{NAME}在场", 1),
        ("wrDUTY", "duty2", f"/核查 {number} 通过", 0),
        ("wrINTAKE", USER, f"/评价 {number} 满意 谢谢，我是{NAME}", 0),
    )  # fmt: skip
    for chat, user, words, photos in said:
        assert district.say(chat, user, words, photos=photos).startswith("act."), words
    assert district.case().status == "CLOSED"
    district.tick(district.advance(minutes=5))


def ask(district: District, words: str, admin: str = "admin1") -> str:
    return district.say(admin, admin, words, direct=True)


def stored_text(district: District) -> str:
    """Everything that stands in the database, but the organisation's own records of requests."""
    found = []
    with district.database.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
            found += [str(tuple(row)) for row in rows]
    return "\n".join(found)


def test_two_agree_and_the_person_is_gone_from_every_table(office: District, tmp_path: Path) -> None:
    assert len(office.voices()) == 1
    name_reporter(office)
    close(office)
    files = write_files(tmp_path)
    number = office.case().number
    with office.database.write() as session:
        assert open_link(session, office.case(), office.person(USER.lower()).id, now=office.now)
    before = stored_text(office)
    assert all(word in before for word in (NAME, PHONE, USER.lower()))
    assert ask(office, f"/删除个人信息 {number} {NAME}书面申请") == "personal_data.asked"
    assert "admin1" in office.last_text("admin2")
    assert erasures.erase_approved(office.database, FolderStore(tmp_path), now=office.now) == 0
    request = f"GR{office.env.local(office.now):%y%m%d}-001"
    assert ask(office, f"/同意个人信息 {request}") == "refused.not_allowed"
    assert ask(office, f"/同意个人信息 {request}", "admin2") == "personal_data.approved"
    # What waits to be sent is sent first.
    assert erasures.erase_approved(office.database, FolderStore(tmp_path), now=office.now) == 0
    with office.database.write() as session:
        session.execute(update(Push).values(state=PushState.SENT))
    assert erasures.erase_approved(office.database, FolderStore(tmp_path), now=office.now) == 1
    after = stored_text(office)
    for word in (NAME, PHONE, USER, USER.lower()):
        assert [line for line in after.splitlines() if word in line] == []
    case = office.case(number)
    assert "建筑垃圾" in case.text
    assert (case.status, case.place) == ("CLOSED", "长江路静海路口工地门口")
    assert office.find_drift() == {}
    assert {name: path.exists() for name, path in files.items()} == {
        "voice": False, "original": False, "clean": True,
    }  # fmt: skip
    with office.database.read() as session:
        done = session.scalars(select(DataRequest)).one()
        assert done.done_at is not None
        assert done.counts is not None
        assert done.counts["cases"] == 1
        assert PartKind.VOICE not in set(session.scalars(select(Media.kind)))
        assert session.scalars(select(CaseLink)).all() == []
    assert office.voices() == []
    # Whoever writes from that account again is somebody new.
    assert office.say("wrINTAKE", USER, "解放路15号路灯不亮") == "case.opened"
    assert office.cases()[-1].reporter_id != case.reporter_id


def test_who_still_waits_for_an_answer_is_not_erased_yet(office: District, tmp_path: Path) -> None:
    number = office.case().number
    assert ask(office, f"/删除个人信息 {number} 书面申请") == "refused.wrong_state"
    assert number in office.last_text("admin1")
    close(office)
    assert ask(office, f"/删除个人信息 {number} 书面申请") == "personal_data.asked"
    assert office.say("wrINTAKE", USER, f"/重开 {number} 又堆上了") == "act.reopen"
    request = f"GR{office.env.local(office.now):%y%m%d}-001"
    assert ask(office, f"/同意个人信息 {request}", "admin2") == "refused.wrong_state"
    assert erasures.erase_approved(office.database, FolderStore(tmp_path), now=office.now) == 0


@pytest.mark.parametrize("person", ["duty1", "cg1", "leader1"])
def test_staff_are_not_erased(office: District, person: str) -> None:
    assert ask(office, f"/删除个人信息 {person} 申请") == "refused.wrong_state"


@pytest.mark.parametrize("user", ["duty1", "zhangsf", "cg1"])
@pytest.mark.parametrize("verb", ["导出", "删除"])
def test_only_few_may_ask_and_only_in_private(office: District, user: str, verb: str) -> None:
    words = f"/{verb}个人信息 {office.case().number} 申请"
    assert office.say(user, user, words, direct=True) == "refused.not_allowed"
    assert office.say("wrDUTY", "admin1", words) == "refused.not_allowed"
    assert ask(office, f"/{verb}个人信息 没有这个人 申请") == "refused.not_found"
    assert ask(office, f"/{verb}个人信息 {office.case().number}") == "refused.missing_need"


def test_an_export_holds_what_is_stored_and_their_files(office: District, tmp_path: Path) -> None:
    write_files(tmp_path)
    number = office.case().number
    assert ask(office, f"/导出个人信息 {number} 本人申请") == "personal_data.asked"
    request = f"GR{office.env.local(office.now):%y%m%d}-001"
    assert ask(office, f"/同意个人信息 {request}", "admin2") == "personal_data.approved"
    target = tmp_path / "out" / "export.zip"
    erasures.export_person(office.database, request, FolderStore(tmp_path), target, now=office.now)
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        data = json.loads(archive.read("data.json"))
        assert sum(name.startswith("files/") for name in archive.namelist()) == 1
    assert data["cases"][0]["number"] == number
    assert PHONE in data["messages"][0]["text"]
    assert data["accounts"] == [{"provider": "wecom", "user_id": USER.lower()}]
    assert [act["act"] for act in data["acts"]] == ["report"]
    # Nothing of others: what the desk did, and what other groups read.
    assert "duty1" not in json.dumps(data, ensure_ascii=False)
    assert erasures.erase_approved(office.database, FolderStore(tmp_path), now=office.now) == 0
    assert office.case().reporter_id is not None


def test_a_message_under_way_while_the_traces_are_looked_for_is_found_the_second_time(
    office: District,
) -> None:
    """Between looking and erasing somebody writes once more."""
    close(office)
    with office.database.read() as session:
        person = session.get_one(Person, office.case().reporter_id)
        identity = find_identity(session, person)
        traces = find_traces(session, identity)
    office.say("wrINTAKE", USER, f"谢谢，{PHONE}")
    for expected in (True, False):
        with office.database.write() as session:
            erase_person(session, identity, traces, now=office.now)
        with office.database.read() as session:
            assert (USER.lower() in set(session.scalars(select(InboxRow.sender)))) is expected
            traces = find_traces(session, identity)
    assert office.find_drift() == {}
