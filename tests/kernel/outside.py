"""Things outside that are away in every way there is: real sockets on loopback, speaking as far as they are asked."""

import contextlib
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis

from tests.cli.commands import free_port


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """Whoever connects is let in and never answered: a process that was paused."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield int(listening.getsockname()[1])


@dataclass(frozen=True, slots=True)
class RunningRedis:
    address: str
    process: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def redis_running(folder: Path) -> Iterator[RunningRedis]:
    """A real Redis on a port of its own."""
    program = shutil.which("redis-server")
    assert program is not None, "CI installs redis-server"
    port = free_port()
    command = [program, "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"redis://127.0.0.1:{port}"
    with redis.Redis.from_url(address, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 400)) as client:
        client.ping()
    yield RunningRedis(address, server)
    server.kill()
    server.wait()


@dataclass
class Bucket:
    """An S3 bucket over HTTP. `status` is what it answers beside 200; None keeps it silent."""

    status: int | None = 200
    port: int = 0
    kept: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "key-nobody-may-see",
        }

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        sent = asked.rfile.read(int(asked.headers.get("content-length") or 0))
        if self.status is None:
            self.ended.wait(60)
            return
        status, body = self.status, b""
        if status == 200:
            status, body = self._answer_for(asked.command, asked.path, sent, once="if-none-match" in asked.headers)
        asked.send_response(status)
        asked.send_header("etag", '"1"')
        asked.send_header("last-modified", "Mon, 05 Jan 2026 10:00:00 GMT")
        asked.send_header("content-length", str(len(body)))
        asked.end_headers()
        if asked.command != "HEAD":
            asked.wfile.write(body)

    def _answer_for(self, method: str, path: str, sent: bytes, *, once: bool) -> tuple[int, bytes]:
        if method == "PUT" and once and path in self.kept:
            return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
        if method == "PUT":
            self.kept[path] = sent
            return 200, b""
        if method == "POST" and path.endswith("?delete"):
            keys = re.findall(r"<Key>(.*?)</Key>", sent.decode())
            for key in keys:
                self.kept.pop(f"{path.removesuffix('?delete')}/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return 200, f"<DeleteResult>{deleted}</DeleteResult>".encode()
        return (200, self.kept[path]) if path in self.kept else (404, b"")


@contextlib.contextmanager
def bucket_running(status: int | None = 200) -> Iterator[Bucket]:
    bucket = Bucket(status)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            bucket.answer(self)

        do_PUT = do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        bucket.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield bucket
        finally:
            bucket.ended.set()
            server.shutdown()
            serving.join()
