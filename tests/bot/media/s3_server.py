"""An S3 on a real socket: objects in a folder, signatures checked (AWS Signature Version 4), parts, listings.

Written from Amazon's documents and not from our store. Bodies are streamed, so that what they cost in memory
is what our side makes of them.
"""

import hashlib
import hmac
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "not-a-real-secret"
_PAGE = 2
"""Names in one page of a listing: as few as make more than one."""


class S3Server:
    """One bucket, `grid`, whose objects are files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.requests: list[tuple[str, str]] = []
        self.is_broken = False
        """It answers 503 to everybody."""

    def names(self) -> list[str]:
        """The names of all objects, in order."""
        paths = (path for path in (self.folder / "grid").rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder / "grid")) for path in paths)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    box: S3Server

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        self.box.requests.append((self.command, self.path))
        body = self._read_body()
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if self.box.is_broken:
            return self._answer(503, "<Error><Code>SlowDown</Code></Error>")
        if not self._is_signed(parts.path, parts.query):
            return self._answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if bucket != "grid":
            return self._answer(404, "<Error><Code>NoSuchBucket</Code></Error>")
        getattr(self, f"_{self.command.lower()}")(key, query, body)
        return None

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - the standard library's naming

    def _read_body(self) -> Path:
        path = self.box.folder / f"body-{uuid.uuid4().hex}"
        left = int(self.headers.get("Content-Length") or 0)
        with path.open("wb") as out:
            while left:
                chunk = self.rfile.read(min(left, 65_536))
                out.write(chunk)
                left -= len(chunk)
        return path

    def _is_signed(self, path: str, query: str) -> bool:
        given = self.headers.get("Authorization", "")
        if not given.startswith("AWS4-HMAC-SHA256 "):
            return False
        fields = dict(
            part.strip().split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(",")
        )
        scope = fields["Credential"].split("/")
        pairs = sorted(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}"
                       for k, v in parse_qsl(query, keep_blank_values=True))  # fmt: skip
        named = fields["SignedHeaders"].split(";")
        canonical = "\n".join([
            self.command, path, "&".join(pairs),
            *(f"{name}:{(self.headers.get(name) or '').strip()}" for name in named), "",
            ";".join(named), self.headers.get("x-amz-content-sha256") or "",
        ])  # fmt: skip
        told = "\n".join([
            "AWS4-HMAC-SHA256", self.headers.get("x-amz-date") or "", "/".join(scope[1:]),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ])  # fmt: skip
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (*scope[1:], told):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return scope[0] == ACCESS_KEY and hmac.compare_digest(key.hex(), fields["Signature"])

    def _place(self, key: str) -> Path:
        return self.box.folder / "grid" / key

    def _put(self, key: str, query: dict[str, str], body: Path) -> None:
        if "partNumber" in query:
            target = self.box.folder / query["uploadId"] / f"{int(query['partNumber']):05d}"
        else:
            target = self._place(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        body.replace(target)
        self._answer(200, "", {"ETag": f'"{target.stat().st_size}"'})

    def _post(self, key: str, query: dict[str, str], _body: Path) -> None:
        if "uploads" in query:
            upload = uuid.uuid4().hex
            (self.box.folder / upload).mkdir()
            self._answer(200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId>"
                              "</InitiateMultipartUploadResult>")  # fmt: skip
        else:
            target = self._place(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                for part in sorted((self.box.folder / query["uploadId"]).iterdir()):
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, out)
            self._answer(
                200, '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>'
            )

    def _get(self, key: str, query: dict[str, str], _body: Path) -> None:
        if not key:
            return self._list(query)
        path = self._place(key)
        if not path.is_file():
            return self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")
        self.send_response(200)
        self._send_facts(path)
        self.end_headers()
        if self.command == "GET":
            with path.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)
        return None

    _head = _get

    def _delete(self, key: str, _query: dict[str, str], _body: Path) -> None:
        self._place(key).unlink(missing_ok=True)
        self._answer(204, "")

    def _list(self, query: dict[str, str]) -> None:
        after = query.get("continuation-token") or query.get("start-after") or ""
        found = [
            name for name in self.box.names() if name.startswith(query.get("prefix", "")) and name > after
        ]
        page, more = found[:_PAGE], len(found) > _PAGE
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>{_iso(self._place(name))}</LastModified>"
            f'<ETag>"x"</ETag><Size>{self._place(name).stat().st_size}</Size></Contents>'
            for name in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        self._answer(200, f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}"
                          "</ListBucketResult>")  # fmt: skip

    def _send_facts(self, path: Path) -> None:
        stat = path.stat()
        modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        self.send_header("Content-Length", str(stat.st_size))
        self.send_header("Last-Modified", f"{modified:%a, %d %b %Y %H:%M:%S} GMT")
        self.send_header("ETag", '"x"')

    def _answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/xml", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _iso(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    box = S3Server(folder)
    (folder / "grid").mkdir(parents=True)
    handler = type("Handler", (_Handler,), {"box": box})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        box.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
