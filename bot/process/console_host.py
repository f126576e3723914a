"""What the pages of `console/` need, from the process they run in."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.channels.base import EntranceRefused
from bot.channels.sign_in import SignIn, SignInRefused
from bot.config.settings import Settings
from bot.media import (
    MediaError,
    MediaNoPhoto,
    MediaTooDetailed,
    MediaTooLarge,
    StoredMedia,
    store_upload,
)
from bot.process import health
from bot.process.oidc import OidcProvider
from bot.process.organisation_import import PostedOrganisation
from bot.process.runtime import Runtime
from bot.rule_snapshots.rule_editor import RuleEditor
from console.context import (
    AccountUnknown,
    Health,
    PageSettings,
    SceneCode,
    SceneCodeRefused,
    UnusablePhoto,
)
from handlers.environment.snapshot import Environment
from handlers.wording import pages as say
from models.database import Database
from models.photo_readings import expect_readings
from models.reports import Media


class ConsoleHost:
    """The `console.ConsoleContext` of one process."""

    def __init__(self, runtime: Runtime, *, is_demo: bool = False) -> None:
        """`is_demo`: whoever opens the pages on this machine may choose whom to be."""
        self._runtime = runtime
        self.settings = _read_settings(runtime.settings, is_demo=is_demo)
        self.rules = RuleEditor(runtime.settings.rules, list_refused=runtime.refused_rules)
        self._scene_codes: dict[str, SceneCode] = {}
        self._provider: OidcProvider | None = None

    @property
    def database(self) -> Database:
        return self._runtime.database

    @property
    def clock(self) -> Callable[[], datetime]:
        return self._runtime.clock

    def env(self) -> Environment:
        return self._runtime.env()

    def wake(self) -> None:
        self._runtime.wake()

    def find_sign_in(self) -> "ChannelSignIn | None":
        """The first channel that lets its people sign in to pages; None where none does."""
        for channel in self._runtime.channels().values():
            if channel.sign_in is not None:
                return ChannelSignIn(channel.sign_in, channel.declaration.provider)
        return None

    def find_resident_sign_in(self) -> "ChannelSignIn | None":
        """The first channel by which residents are known on their own pages; None where none does."""
        for channel in self._runtime.channels().values():
            if channel.resident_sign_in is not None:
                return ChannelSignIn(channel.resident_sign_in, channel.declaration.provider)
        return None

    def find_provider(self) -> OidcProvider | None:
        """The configured provider of single sign-on; None where there is none."""
        settings = self._runtime.settings.console.oidc
        if self._provider is None and settings is not None:
            self._provider = OidcProvider(settings, self._runtime.client, self._runtime.clock)
        return self._provider

    @property
    def has_scene_codes(self) -> bool:
        return any(one.entrance or one.entrance_links for one in self._runtime.channels().values())

    async def find_scene_code(self, scene: str) -> SceneCode:
        """Asked of the platform once: it keeps each code for ever. Raises SceneCodeRefused."""
        if scene not in self._scene_codes:
            self._scene_codes[scene] = await self._ask_for_code(scene)
        return self._scene_codes[scene]

    async def _ask_for_code(self, scene: str) -> SceneCode:
        try:
            for channel in self._runtime.channels().values():
                if channel.entrance is not None:
                    return SceneCode(picture=await channel.entrance.draw_code(scene))
                if channel.entrance_links is not None:
                    return SceneCode(address=await channel.entrance_links.make_link(scene))
        except EntranceRefused as refused:
            raise SceneCodeRefused(str(refused)) from refused
        raise SceneCodeRefused("no_channel")

    def store_photos(self, files: Sequence[bytes]) -> "UploadedPhotos":
        """Store posted photos in the media folder. Raises UnusablePhoto."""
        read_at = self.clock() if self.env().reads_photos else None
        return UploadedPhotos([self._store_photo(data) for data in files], read_at=read_at)

    def _store_photo(self, data: bytes) -> StoredMedia:
        media = self._runtime.settings.media
        try:
            return store_upload(
                data, folder=media.folder, most=media.max_photo, zone=self._runtime.settings.zone
            )
        except MediaNoPhoto as error:
            raise UnusablePhoto(say.not_a_photo()) from error
        except MediaTooLarge as error:
            raise UnusablePhoto(say.photo_too_large(media.max_photo // 1024 // 1024)) from error
        except MediaTooDetailed as error:
            raise UnusablePhoto(say.photo_too_detailed()) from error
        except MediaError as error:
            raise UnusablePhoto(say.photo_broken()) from error

    def read_organisation(self, content: bytes) -> PostedOrganisation:
        """Read a file of the organisation that was posted. Raises UnusableFile."""
        return PostedOrganisation(content)

    def find_file(self, name: str) -> Path | None:
        """The file of this name in the media folder, and nothing outside it."""
        root = self._runtime.settings.media.folder.resolve()
        path = (root / name).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None

    def read_health(self) -> Health:
        return health.read_health(self._runtime)

    def replay_letter(self, box: str, letter_id: int) -> bool:
        """Queue a dead letter again, and wake whoever sends it."""
        replayed = health.replay_letter(self._runtime, box, letter_id)
        self.wake()
        return replayed


class UploadedPhotos:
    """Photos stored in the media folder that no row names yet."""

    def __init__(self, files: Sequence[StoredMedia], *, read_at: datetime | None) -> None:
        """`read_at`: when what stands on them is to be read; None: never."""
        self._files = files
        self._read_at = read_at

    def add_rows(self, session: Session) -> tuple[int, ...]:
        """Add a media row for each, in their order, and flush; the ids of the rows."""
        rows = [Media.from_attachment(file.to_attachment(at)) for at, file in enumerate(self._files)]
        session.add_all(rows)
        session.flush()
        if self._read_at is not None:
            expect_readings(session, rows, now=self._read_at)
        return tuple(row.id for row in rows)


class ChannelSignIn:
    """Signing in through a channel, in the words of the pages."""

    def __init__(self, sign_in: SignIn, provider: str) -> None:
        self._sign_in = sign_in
        self.provider = provider

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        """Where to send the browser. ValueError for a state that the platform does not take."""
        return self._sign_in.build_url(redirect_to=redirect_to, state=state, inside=inside)

    async def find_account(self, code: str) -> str:
        """The account id of whoever came back with this code. Raises AccountUnknown."""
        try:
            return await self._sign_in.find_account(code)
        except SignInRefused as refused:
            raise AccountUnknown(refused.slug) from refused


def _read_settings(settings: Settings, *, is_demo: bool) -> PageSettings:
    return PageSettings(
        site_name=settings.site.name,
        base_url=settings.site.base_url.rstrip("/"),
        session=settings.console.session,
        passwords=settings.console.passwords,
        tiles=settings.console.tiles or "",
        is_demo=is_demo,
    )
