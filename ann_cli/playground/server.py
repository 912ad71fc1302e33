"""The playground's server: a thread of its own on a port of this machine."""

import socket
import time
from importlib.util import find_spec
from secrets import token_urlsafe
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from ann_cli.errors import ConfigError
from ann_cli.playground.app import Sessions, application
from ann_cli.playground.tables import Tables

if TYPE_CHECKING:
    from uvicorn import Server as Uvicorn

HOST = "127.0.0.1"
PATIENCE = 2.0
"""Seconds that connections have to end in."""


def check_installed() -> None:
    """Raise ConfigError where the server's packages are not installed."""
    absent = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if absent:
        raise ConfigError(
            f"ann playground needs the package {' and '.join(absent)}, which is not installed",
            remedy='pip install "ann-cli[playground]"',
        )


class Server:
    """Serves from the start of a `with` to its end."""

    def __init__(self, tables: Tables, port: int = 0) -> None:
        """0 is any port that is free. Raises ConfigError for one that cannot be had."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise ConfigError(
                f"port {port} cannot be had: {reason}",
                place="--port",
                remedy="use another, or none: then one that is free is found",
            ) from None
        self.port: int = self._socket.getsockname()[1]
        self.token = token_urlsafe(24)
        self.sessions = Sessions(tables)
        self._server = self._made()
        self._done = Event()

    @property
    def address(self) -> str:
        """The page's address, the token in it."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def _made(self) -> "Uvicorn":
        import uvicorn

        return uvicorn.Server(
            uvicorn.Config(
                application(self.sessions, self.port, self.token),
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(PATIENCE),
            )
        )

    def __enter__(self) -> Self:
        Thread(target=self._serve, name="server", daemon=True).start()
        while not self._server.started and not self._done.is_set():
            time.sleep(0.01)
        return self

    def _serve(self) -> None:
        try:
            self._server.run([self._socket])
        finally:
            self._done.set()

    def __exit__(self, *_: object) -> None:
        self.sessions.end_all()
        self._server.should_exit = True
        self._done.wait(PATIENCE + 1)

    def wait(self) -> None:
        """Wait until the server ends, which only a signal makes it do."""
        # Not by joining the thread: a join that a signal interrupts takes it for ended (bpo-45274).
        self._done.wait()
