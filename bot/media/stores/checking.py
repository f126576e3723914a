"""What `gridbot check` says of the place where files are kept."""

from collections.abc import Iterator
from pathlib import Path

from bot.config.problems import ConfigProblem
from bot.config.storage import BucketStorage, StorageSettings
from bot.media.stores.base import StoreUnreachable
from bot.media.stores.opening import open_store

_SAYS = {
    "away": ("{address} 没有回答：附件先存在本机，恢复后自己搬过去", "endpoint: https://s3.example.gov.cn"),
    "denied": ("{address} 不认这组密钥，或者不许读写", 'access_key: "…"，secret_key: "…"'),
    "no_bucket": ("{address} 上没有 {bucket} 这个桶", 'url: "s3://桶名/目录"'),
}


def check_store(storage: StorageSettings, folder: Path) -> Iterator[ConfigProblem]:
    """Whether files can be stored, found and deleted there; `folder`: the media folder. Asks the network."""
    if not isinstance(storage, BucketStorage):
        return
    try:
        open_store(storage, folder).check()
    except ModuleNotFoundError:
        yield ConfigProblem("storage.kind", "没有装访问 S3 的库", "pip install 'gridbot[s3]'")
    except StoreUnreachable as error:
        problem, example = _SAYS[error.slug]
        address = storage.endpoint or f"亚马逊 S3（{storage.region}）"
        yield ConfigProblem(
            "storage",
            problem.format(address=address, bucket=storage.bucket),
            example,
            grave=error.slug != "away",
        )
