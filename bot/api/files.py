"""`/api/v1/media/{sha256}`: the photos of cases, as the copies that may leave."""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from sqlalchemy import select

from bot.api import showing
from bot.api.context import Context
from bot.api.grants import Grant, Rights
from bot.api.problems import NoSuchAddress, describe_responses
from handlers.cases import queries
from models.cases import Case
from models.database import Database
from models.reports import IS_SHOWN, Media

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


def add_routes(router: APIRouter, context: Context) -> None:
    """Add `GET /api/v1/media/{sha256}` to the router."""

    @router.get(
        f"{showing.MEDIA}/{{sha256}}",
        summary="一张照片",
        response_class=FileResponse,
        responses={200: {"content": {"image/jpeg": {}}}, **describe_responses(401, 404, 503)},
    )
    def photo(sha256: str, rights: Rights) -> FileResponse:
        """JPEG，最长边 2048 像素，长图的短边至多 1024 像素；不含拍摄地点、时间和设备信息。"""
        path = _find_clean_copy(context.database, sha256, rights, context.settings.media.folder)
        return FileResponse(path, media_type="image/jpeg", headers=_HEADERS)


def _find_clean_copy(database: Database, sha256: str, grant: Grant, folder: Path) -> Path:
    """Path of the cleaned photo with this SHA-256 (64 hex digits).

    Raises NoSuchAddress where no case that the token may read has the photo, or the folder lost the file.
    """
    if not _SHA256.fullmatch(sha256):
        raise NoSuchAddress("没有这张照片")
    with database.read() as session:
        name = session.scalar(
            select(Media.clean_path)
            .join(Case, Case.id == Media.case_id)
            .where(
                Media.sha256 == sha256,
                Media.kind == "photo",
                Media.clean_path.is_not(None),
                IS_SHOWN,
                queries.is_visible(grant.asker),
                queries.lies_within(grant.find_unit_ids(session)),
            )
            .limit(1)
        )
    root = folder.resolve()
    path = (root / name).resolve() if name else root
    if not (path.is_relative_to(root) and path.is_file()):
        raise NoSuchAddress("没有这张照片")
    return path
