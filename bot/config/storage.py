"""Where the files of messages are kept, as config.yaml says it under `storage:` (design §9)."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from bot.channels.setting_types import Secret, Section, Text, WebURL

_Address = Annotated[
    str,
    StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?$"),
    Field(examples=['"s3://bucket/prefix"']),
]


class FolderStorage(Section):
    """In the folder that `media.folder` names."""

    kind: Literal["folder"] = "folder"


class BucketStorage(Section):
    """In a bucket that speaks S3; what is in the folder moves there by itself."""

    kind: Literal["s3"]
    url: _Address
    endpoint: WebURL | None = None
    """The service; nothing: Amazon's, of the region."""
    region: Text = "us-east-1"
    access_key: Secret | None = None
    secret_key: Secret | None = None
    """Both or none: without keys, those of the machine are used (AWS_ACCESS_KEY_ID and so on)."""
    bucket_in_host: bool = False
    """Whether the bucket's name stands in the host of the endpoint (Aliyun, Tencent), not in the path."""

    @model_validator(mode="after")
    def _check_keys(self) -> "BucketStorage":
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key 和 secret_key 要么都写，要么都不写")
        return self

    @property
    def bucket(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str | None:
        """The folder inside the bucket; None where it is the whole bucket."""
        return urlsplit(self.url).path.strip("/") or None


StorageSettings = Annotated[FolderStorage | BucketStorage, Field(discriminator="kind")]
