"""A web server of this machine that gives the files of a folder as it is told to, for tests."""

import base64
import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Site(ThreadingHTTPServer):
    """How it answers, and what it was asked."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.ranges = True
        """Whether it gives parts of files."""
        self.lengths = True
        """Whether it says how long a file is."""
        self.login = ""
        """NAME:PASSWORD, without which nobody is let in."""
        self.breaks_after = 0
        """Bytes of a file after which it hangs up."""
        self.breaks = 0
        """How often it does."""
        self.waits = 0.0
        """Seconds before it says anything."""
        self.asked: list[tuple[str, str | None]] = []
        """Each request's method and path, and the range asked for."""
        self.sent = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, whole: bool) -> None:
        site, wanted = self.server, self.headers.get("Range")
        site.asked.append((f"{self.command} {self.path}", wanted))
        time.sleep(site.waits)
        path = site.folder / unquote(urlsplit(self.path).path).lstrip("/")
        login = base64.b64encode(site.login.encode()).decode()
        if site.login and self.headers.get("Authorization") != f"Basic {login}":
            self.send_error(401)
        elif path.is_dir():
            names = sorted(os.listdir(path))
            self._send("".join(f'<a href="{each}">{each}</a>\n' for each in names).encode(), whole)
        elif not path.is_file():
            self.send_error(404)
        elif wanted and site.ranges:
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            self._send(path.read_bytes(), whole, int(start), int(end) + 1)
        else:
            self._send(path.read_bytes(), whole)

    def _send(self, content: bytes, whole: bool, start: int = 0, end: int | None = None) -> None:
        site, part = self.server, content[start:end]
        self.send_response(200 if end is None else 206)
        if end is not None:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        if site.lengths:
            self.send_header("Content-Length", str(len(part)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.send_header("ETag", f'"{hash(content)}"')
        self.end_headers()
        if not whole:
            return
        left = site.breaks_after - start
        if site.breaks and left < len(part):
            site.breaks -= 1
            self.wfile.write(part[: max(left, 0)])
            self.close_connection = True
            return
        site.sent += len(part)
        self.wfile.write(part)


@contextmanager
def serving(folder: Path):
    """A Site that lasts as long as its block."""
    site = Site(folder)
    thread = threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
