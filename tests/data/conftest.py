"""A small file server that misbehaves on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Server(ThreadingHTTPServer):
    """Serve `files`; `modes` are used up one per request, the last one stays.

    Modes: ``plain`` (with ranges), ``whole`` (ignores ranges), ``cut`` (stops in the middle),
    ``cut whole`` (both), ``stall``, ``slow``, ``page``, ``bare page`` (a page that calls itself
    data), ``huge`` (announces more than any disk holds), or a status.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.tag: str | None = '"one"'
        self.modes = ["plain"]
        self.ranges: list[str | None] = []
        self.sent = 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def next_mode(self) -> str:
        return self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        mode = self.server.next_mode()
        self.server.ranges.append(self.headers.get("Range"))
        if mode.isdigit():
            self.send_response(int(mode))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif "page" in mode:
            kind = "text/html" if mode == "page" else "application/octet-stream"
            self._send(200, b"<!DOCTYPE html><p>Log in</p>", kind)
        else:
            self._file(mode)

    def _file(self, mode: str) -> None:
        data = self.server.files[self.path.removeprefix("/")]
        asked = self.headers.get("Range")
        fresh = self.headers.get("If-Range") in (None, self.server.tag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and fresh else 0
        if "whole" in mode:
            start = 0
        if start >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._send(206 if start else 200, data[start:], "application/octet-stream", mode, start)

    def _send(
        self, status: int, body: bytes, kind: str, mode: str = "plain", start: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(10**18 if mode == "huge" else len(body)))
        if self.server.tag:
            self.send_header("ETag", self.server.tag)
        if status == 206:
            total = start + len(body)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        cut = body[: len(body) // 2] if "cut" in mode or mode in ("stall", "huge") else body
        if mode == "slow":
            time.sleep(0.5)
        self.server.sent += len(cut)  # before the client can have it and look here
        try:
            self.wfile.write(cut)
            self.wfile.flush()
        except OSError:
            self.server.sent -= len(cut)
            return
        if mode == "stall":
            time.sleep(1.0)
        if cut is not body:
            self.close_connection = True


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run the server, with no proxy and no folder or switch of the developer's in the way."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("FORETELL_CACHE", "FORETELL_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
