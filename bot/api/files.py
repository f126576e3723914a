"""`/api/v1/media/{sha256}` and `/m/{sha256}`: the photos of cases, as the copies that may leave."""

import re

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select

from bot.api import showing
from bot.api.context import Context
from bot.api.gate import build_guarded_route
from bot.api.grants import Grant, Rights
from bot.api.photo_links import PhotoLinks
from bot.api.problems import NoSuchAddress, ServiceUnavailable, describe_responses
from bot.media.links import PATH
from bot.media.stores import StoreUnreachable
from handlers.cases import queries
from models.cases import Case
from models.database import Database
from models.reports import IS_SHOWN, Media

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
_LINK_HEADERS = {"Cache-Control": "private, max-age=900", "Referrer-Policy": "no-referrer"}


def add_routes(router: APIRouter, context: Context, links: PhotoLinks) -> None:
    """Add `GET /api/v1/media/{sha256}`, and `GET /m/{sha256}` for a signed address, to the router."""

    @router.get(
        f"{showing.MEDIA}/{{sha256}}",
        summary="一张照片",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **describe_responses(401, 404, 503)},
    )
    def photo(sha256: str, rights: Rights) -> Response:
        """JPEG，最长边 2048 像素，长图的短边至多 1024 像素；不含拍摄地点、时间和设备信息。"""
        return _show_photo(context, sha256, rights)

    def photo_by_link(sha256: str, reader: str = "", until: int = 0, sign: str = "") -> Response:
        """The same for an address that was given out with a case (`bot.media.links`)."""
        rights = links.read_rights(sha256, reader=reader, until=until, sign=sign)
        shown = _show_photo(context, sha256, rights)
        shown.headers.update(_LINK_HEADERS)
        return shown

    router.add_api_route(
        f"{PATH}/{{sha256}}",
        photo_by_link,
        route_class_override=build_guarded_route(context, token=False),
        include_in_schema=False,
    )


def _show_photo(context: Context, sha256: str, rights: Grant) -> Response:
    name = _find_clean_copy(context.database, sha256, rights)
    try:
        with context.store.open_file(name) as path:
            # About a megabyte: it is read whole, so that nothing is left to clean up.
            return Response(path.read_bytes(), media_type="image/jpeg", headers=_HEADERS)
    except FileNotFoundError as error:
        raise NoSuchAddress("没有这张照片") from error
    except StoreUnreachable as error:
        raise ServiceUnavailable("存放照片的地方没有回答，请稍后再试") from error


def _find_clean_copy(database: Database, sha256: str, grant: Grant) -> str:
    """Name of the cleaned photo with this SHA-256 (64 hex digits) in the store.

    Raises NoSuchAddress where no case that the token may read has the photo.
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
    if not name:
        raise NoSuchAddress("没有这张照片")
    return name
