"""Reports that another system took, and the photos that go in and come out."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import ExifTags, Image
from sqlalchemy import func, select, update

from handlers.cases import event_log
from handlers.environment import areas
from handlers.intake.files import photo_words
from models.cases import Case
from models.messages import push_from_json
from models.photo_readings import PhotoReading
from models.pushes import Push
from models.reports import Media, Report
from tests.bot.api.conftest import RUBBISH, Process

REPORT = {"text": RUBBISH, "reporter": "zhangsf", "chat": "intake-hm", "source": "12345"}
KEY = {"Idempotency-Key": "ticket-77"}


def photo(color: str = "green", *, make: str = "JPEG") -> str:
    """One whose camera wrote down where it stood."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Make] = "SECRET-CAMERA"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (31.0, 53.0, 6.0), 3: "E", 4: (121.0, 9.0, 54.0)})
    Image.new("RGB", (64, 48), color).save(out, make, exif=exif.tobytes())
    return base64.b64encode(out.getvalue()).decode()


def count(process: Process, model: type[Any]) -> int | None:
    with process.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_report_opens_a_case_and_says_where_it_is(api: httpx.Client, process: Process) -> None:
    answer = api.post("/api/v1/reports", json=REPORT)
    case = answer.json()
    assert (answer.status_code, case["status"], case["class"]) == (201, "NEW", "env.rubbish")
    assert (case["source"], case["events"][0]["actor"], case["text"]) == ("12345", "报事人", RUBBISH)
    assert api.get(answer.headers["Location"]).json() == case
    assert process.woken == 1
    with process.database.read() as session:
        assert event_log.find_drift(session, session.scalars(select(Case)).one()) == {}
        assert session.scalars(select(Report)).one().triage is not None


def test_a_report_without_a_chat_by_an_account_opens_a_case(api: httpx.Client) -> None:
    sent = {"text": RUBBISH, "reporter": {"account": "liay"}, "photos": [{"data": photo()}]}
    answer = api.post("/api/v1/reports", json=sent)
    assert (answer.status_code, answer.json()["source"], len(answer.json()["photos"])) == (201, "api", 1)


def test_a_report_without_a_chat_loses_neither_photo_nor_place_nor_list_nor_rating(
    api: httpx.Client, process: Process
) -> None:
    sent = {"text": RUBBISH, "reporter": "zhangsf", "photos": [{"data": photo()}]}
    number = api.post("/api/v1/reports", json=sent).json()["number"]
    with process.database.read() as session:
        case = session.scalars(select(Case)).one()
        kinds = session.scalars(select(Push.kind)).all()
        file = session.scalars(select(Media)).one()
    assert case.lat == pytest.approx(31.885)
    assert case.lon == pytest.approx(121.165)
    assert (file.case_id, file.role) == (case.id, "before")
    # The desk sees what the problem looks like.
    assert "photo" in kinds
    for act, more in (
        ("assign", {"actor": "duty1", "unit": "城管局"}),
        ("feedback", {"actor": "cg1", "text": "已清运"}),
        ("verify", {"actor": "duty1", "passed": True}),
        ("rate", {"actor": "zhangsf", "solved": True, "satisfied": True}),
    ):
        assert api.post(f"/api/v1/cases/{number}/acts/{act}", json=more).status_code == 200, act
    assert api.get("/api/v1/cases", params={"status": "CLOSED"}).json()["cases"][0]["number"] == number


def test_a_text_that_is_no_report_opens_a_case_of_class_other(api: httpx.Client) -> None:
    case = api.post("/api/v1/reports", json={**REPORT, "text": "好的，谢谢"}).json()
    assert (case["class"], case["status"]) == ("other", "NEW")


def test_an_integration_may_call_it_urgent_but_not_calm(api: httpx.Client) -> None:
    raised = api.post("/api/v1/reports", json={**REPORT, "urgent": True}).json()
    fire = {**REPORT, "text": "解放路12号着火了，楼里有人，快来", "urgent": False}
    assert raised["urgent"]
    assert api.post("/api/v1/reports", json=fire).json()["urgent"]


def test_a_repeated_key_answers_the_same_case(api: httpx.Client, process: Process) -> None:
    sent = {**REPORT, "photos": [{"data": photo()}]}
    answers = [api.post("/api/v1/reports", json=sent, headers=KEY) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert (count(process, Case), count(process, Media), process.woken) == (1, 1, 1)


def test_a_key_repeated_at_the_same_moment_opens_one_case(api: httpx.Client, process: Process) -> None:
    with ThreadPoolExecutor(6) as pool:
        numbers = pool.map(
            lambda _: api.post("/api/v1/reports", json=REPORT, headers=KEY).json()["number"], range(6)
        )
        assert len(set(numbers)) == 1
    assert count(process, Case) == 1


def test_the_key_of_a_report_is_no_key_for_an_act_on_it(api: httpx.Client) -> None:
    number = api.post("/api/v1/reports", json=REPORT, headers=KEY).json()["number"]
    answer = api.post(f"/api/v1/cases/{number}/acts/accept", json={"actor": "duty1"}, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (409, "idempotency_key_reused")


def test_a_restricted_report_is_taken_and_not_shown(api: httpx.Client, process: Process) -> None:
    sent = {**REPORT, "text": "我要举报解放社区工作人员收红包，吃拿卡要"}
    answer = api.post("/api/v1/reports", json=sent, headers=KEY)
    assert answer.status_code == 201
    assert answer.json() == {"number": answer.json()["number"], "restricted": True}
    assert api.post("/api/v1/reports", json=sent, headers=KEY).json() == answer.json()
    assert api.get(answer.headers["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"reporter": "nobody"}, "body.reporter"),
        ({"reporter": {"account": "nobody"}}, "body.reporter"),
        ({"reporter": {"name": "x"}}, "body.reporter.name"),
        ({"reporter": 7}, "body.reporter"),
        ({"chat": "nowhere"}, "body.chat"),
        ({"text": " "}, "body"),
        ({"text": "垃" * 5001}, "body.text"),
        ({"photos": [{"data": "bm8="}]}, "body.photos.0.data"),
        ({"photos": [{"data": "/9j/"}] * 10}, "body.photos"),
        (
            {"photos": [{"data": base64.b64encode(b"\0\0\0\x18ftypheic" + bytes(99)).decode()}]},
            "body.photos.0.data",
        ),
    ],
)
def test_what_is_wrong_in_a_report_is_told_by_its_path(
    api: httpx.Client, process: Process, change: dict[str, Any], path: str
) -> None:
    answer = api.post("/api/v1/reports", json={**REPORT, **change})
    assert answer.status_code == 422
    assert path in [error["path"] for error in answer.json()["errors"]]
    assert count(process, Case) == 0


def test_photos_go_to_the_duty_desk_and_tell_where_it_is(api: httpx.Client, process: Process) -> None:
    case = api.post("/api/v1/reports", json={**REPORT, "photos": [{"data": photo()}]}).json()
    assert (round(case["lat"], 3), round(case["lon"], 3)) == (31.885, 121.165)
    with process.database.read() as session:
        media = session.scalars(select(Media.id)).one()
        pushed = [push_from_json(push.kind, push.body) for push in session.scalars(select(Push))]
    assert media in [getattr(body, "media", None) for body in pushed]


def test_a_photo_of_a_new_make_comes_out_clean_too(api: httpx.Client) -> None:
    case = api.post("/api/v1/reports", json={**REPORT, "photos": [{"data": photo(make="AVIF")}]}).json()
    assert (round(case["lat"], 3), round(case["lon"], 3)) == (31.885, 121.165)
    answer = api.get(case["photos"][0]["url"])
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, dict(image.getexif())) == ("JPEG", {})


def test_what_a_watermark_says_places_the_danger_and_is_shown(api: httpx.Client, process: Process) -> None:
    process.the_office = replace(process.env(), reads_photos=True)
    body = {"text": "有人拿刀砍人", "reporter": "zhangsf", "photos": [{"data": photo(make="GIF")}]}
    number = api.post("/api/v1/reports", json=body).json()["number"]
    taken = process.env().local(process.clock()) - timedelta(hours=1)
    lines = [f"{taken:%Y-%m-%d %H:%M}", "地点：海门区解放路15号"]
    with process.database.write() as session:
        [waiting] = session.scalars(select(PhotoReading.media_id)).all()
        photo_words.receive_words(session, waiting, lines, process.env(), now=process.clock())
    case = api.get(f"/api/v1/cases/{number}").json()
    [shown] = case["photos"]
    assert (case["place"], shown["stamped_place"]) == ("海门区解放路15号", "海门区解放路15号")
    assert datetime.fromisoformat(shown["stamped_at"]) == taken.replace(second=0, microsecond=0)


@pytest.fixture
def shown(api: httpx.Client) -> str:
    """The address of a photo of a case."""
    case = api.post("/api/v1/reports", json={**REPORT, "photos": [{"data": photo()}]}).json()
    [only] = case["photos"]
    assert only["role"] == "before"
    url: str = only["url"]
    return url


def test_a_photo_comes_out_clean(api: httpx.Client, shown: str) -> None:
    answer = api.get(shown)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"].startswith("private")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.size, dict(image.getexif())) == ((64, 48), {})
    assert b"SECRET-CAMERA" not in answer.content


def test_a_photo_wants_the_token(api: httpx.Client, shown: str) -> None:
    assert httpx.get(f"{api.base_url}{shown}", trust_env=False).status_code == 401


def test_a_photo_of_a_restricted_case_is_not_given(api: httpx.Client, process: Process, shown: str) -> None:
    with process.database.write() as session:
        session.execute(update(Case).values(restricted=True))
    assert api.get(shown).status_code == 404


@pytest.mark.parametrize("path", ["/etc/passwd", "../../outside.jpg", "ab", ""])
def test_no_path_leads_out_of_the_folder(api: httpx.Client, process: Process, shown: str, path: str) -> None:
    (process.settings.media.folder.parent.parent / "outside.jpg").write_bytes(b"secret")
    with process.database.write() as session:
        session.execute(update(Media).values(clean_path=path))
    assert api.get(shown).status_code == 404


@pytest.mark.parametrize("name", ["0" * 64, "..%2F..%2Fgridbot.db", "a", "%00" * 64, "A" * 64])
def test_an_unknown_photo_is_not_found(api: httpx.Client, name: str) -> None:
    answer = api.get(f"/api/v1/media/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_photo_that_the_folder_lost_is_not_found(api: httpx.Client, process: Process, shown: str) -> None:
    for file in process.settings.media.folder.rglob("*.clean.jpg"):
        file.unlink()
    assert api.get(shown).status_code == 404


def test_a_point_that_is_sent_tells_the_area_whatever_the_group(api: httpx.Client) -> None:
    point = {"lat": 31.83, "lon": 121.15}
    sent = {"text": "路灯不亮", "reporter": "zhangsf", "chat": "intake-hm", "point": point}
    case = api.post("/api/v1/reports", json=sent).json()
    assert (case["area"], case["lat"], case["lon"]) == ("HM-BJ", 31.83, 121.15)


def test_a_point_of_a_chinese_map_is_moved_to_where_it_is(api: httpx.Client) -> None:
    point = {"lat": 31.83, "lon": 121.15, "crs": "gcj02"}
    case = api.post(
        "/api/v1/reports", json={"text": "路灯不亮", "reporter": "zhangsf", "point": point}
    ).json()
    assert (case["lat"], case["lon"]) == (
        pytest.approx(areas.to_wgs84(31.83, 121.15)[0]),
        pytest.approx(121.15, abs=0.01),
    )


def test_another_office_names_its_number_and_who_told_it_and_only_an_audited_look_shows_whom(
    api: httpx.Client, process: Process
) -> None:
    name, phone = "贺兰明珠", "13812345678"
    received = (process.clock() - timedelta(days=2)).isoformat()
    sent = {
        "text": f"{RUBBISH}，{name}来电", "source": "12345", "external_number": "A-7",
        "source_url": "https://example.org/7", "received_at": received,
        "contact": {"name": name, "phone": phone},
    }  # fmt: skip
    answer = api.post("/api/v1/reports", json=sent)
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert (case["source"], case["external_number"], case["source_url"]) == (
        "12345",
        "A-7",
        "https://example.org/7",
    )
    assert datetime.fromisoformat(case["opened_at"]) == datetime.fromisoformat(received)
    assert (name in answer.text, phone in answer.text) == (False, False)
    assert api.post("/api/v1/reports", json=sent).json()["number"] == case["number"]
    assert count(process, Case) == 1
    found = api.get("/api/v1/cases", params={"source": "12345", "external_number": "A-7"}).json()["cases"]
    assert [one["number"] for one in found] == [case["number"]]
    assert api.get("/api/v1/cases", params={"source": "来信"}).json()["cases"] == []
    with process.database.read() as session:
        stored = session.scalars(select(Case)).one()
        told = "".join(str(body) for body in session.scalars(select(Push.body)))
        assert event_log.find_drift(session, stored) == {}
    assert (phone in stored.text, phone in told, name in told) == (True, False, False)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"reporter": "zhangsf"}, "body"),
        ({"contact": {"phone": "打张三手机"}}, "body.contact.phone"),
        ({"received_at": "2030-01-01T00:00:00Z"}, "body.received_at"),
        ({"source_url": "javascript:alert(1)"}, "body.source_url"),
        ({"source": "page"}, "body.source"),
    ],
)
def test_what_no_source_says_is_refused_with_its_path(
    api: httpx.Client, process: Process, wrong: dict[str, Any], path: str
) -> None:
    sent = {"text": RUBBISH, "contact": {"name": "李四"}, "source": "12345", **wrong}
    answer = api.post("/api/v1/reports", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
    assert count(process, Case) == 0
