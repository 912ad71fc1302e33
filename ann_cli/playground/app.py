"""The playground's HTTP: the page's files, a stream of states a tab, and what a tab asks for."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ann_cli.report
from ann_cli.errors import AnnError, Problem
from ann_cli.playground.guard import HEADERS, LARGEST, refusal
from ann_cli.playground.session import ACTIONS, SAVED, Session
from ann_cli.playground.settings import offers
from ann_cli.playground.tables import Tables

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_SESSIONS = 8
"""Tabs that train at a time."""

LOOK = 1.0
"""Seconds after which it is looked whether a tab that is told nothing is still there."""

SEAL = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

OWN, SHARED = Path(__file__).parent / "web", Path(ann_cli.report.__file__).parent / "page" / "web"
FILES = {
    "": (OWN / "index.html", "text/html"),
    "page.css": (SHARED / "page.css", "text/css"),
    "playground.css": (OWN / "playground.css", "text/css"),
    **{
        f"{name}.js": (OWN / f"{name}.js", "text/javascript")
        for name in ("playground", "network", "pictures", "steps", "fields", "colours")
    },
}
"""What the page is made of, and its kinds."""


class Sessions:
    """The sessions of all tabs: one begins with a tab's stream and ends with it."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self._open = tables, dict[str, Session]()

    def begin(self, tell: Callable[[], object]) -> Session | None:
        """Return a new session; None where there are as many as there may be."""
        if len(self._open) >= MOST_SESSIONS:
            return None
        session = Session(self.tables, tell)
        self._open[session.name] = session
        return session

    def end(self, session: Session) -> None:
        """End a session's training, and forget it."""
        self._open.pop(session.name, None)
        session.end()

    def end_all(self) -> None:
        """End all of them."""
        for session in [*self._open.values()]:
            self.end(session)

    def get(self, name: str) -> Session | None:
        """Return an open session."""
        return self._open.get(name)


def application(sessions: Sessions, port: int, token: str) -> "ASGIApp":
    """Return the application, which answers nothing but what `guard` lets through."""
    app = _routes(sessions)

    async def guarded(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            return
        from starlette.responses import PlainTextResponse

        async def sealed(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SEAL]
            await send(message)

        headers = {
            name.decode("latin-1"): each.decode("latin-1") for name, each in scope["headers"]
        }
        if why := refusal(scope["path"], headers, port, token):
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, sealed)
        else:
            await app(scope, receive, sealed)

    return guarded


def _routes(sessions: Sessions) -> "Starlette":
    from starlette.applications import Starlette
    from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    async def file(request: "Request") -> "Response":
        path, kind = FILES.get(request.path_params["file"], (None, ""))
        if path is None:
            return Response("there is no such file\n", 404)
        return FileResponse(path, media_type=kind)

    async def tables(request: "Request") -> "Response":
        found = await asyncio.to_thread(sessions.tables.choices)
        return JSONResponse({"tables": found, **offers()})

    async def events(request: "Request") -> "Response":
        return StreamingResponse(_events(sessions, request), media_type="text/event-stream")

    async def act(request: "Request") -> "Response":
        session = sessions.get(request.path_params["session"])
        action = request.path_params["action"]
        if action not in ACTIONS:
            return _problems(404, [Problem(f"there is nothing called {action!r} to do")])
        if session is None:
            return _problems(410, [Problem("this tab's training has ended", "", "load it again")])
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return _problems(413, [Problem(f"a request is larger than {LARGEST:,} bytes")])
        try:
            value = json.loads(body or b"null")
        except (ValueError, RecursionError):
            return _problems(400, [Problem("the request is no JSON")])
        found = await asyncio.wrap_future(session.ask(action, value))
        return JSONResponse(found)

    async def saved(request: "Request") -> "Response":
        session, what = sessions.get(request.path_params["session"]), request.path_params["what"]
        if session is None or what not in SAVED:
            return Response("there is no such file\n", 404)
        name, text = await asyncio.wrap_future(session.ask(what, None))
        told = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(text, 200, told, "text/plain; charset=utf-8")

    def refused(request: "Request", error: Exception) -> "Response":
        assert isinstance(error, AnnError)
        return _problems(422, error.problems)

    def defect(request: "Request", error: Exception) -> "Response":
        return _problems(500, [Problem(f"a defect in ann: {type(error).__name__}: {error}")])

    def _problems(status: int, problems: Any) -> "Response":
        told = {"problems": [vars(each) for each in problems]}
        return JSONResponse(told, status)

    return Starlette(
        routes=[
            Route("/{token}/tables", tables),
            Route("/{token}/events", events),
            Route("/{token}/{session}/{action}", act, methods=["POST"]),
            Route("/{token}/{session}/{what}", saved, methods=["GET"]),
            Route("/{token}/{file:path}", file),
        ],
        exception_handlers={AnnError: refused, Exception: defect},
    )


async def _events(sessions: Sessions, request: "Request") -> AsyncIterator[str]:
    """Yield what a tab is to know; its session lives as long as this does."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Event()
    session = sessions.begin(lambda: loop.call_soon_threadsafe(waiting.set))
    if session is None:
        full = f"{MOST_SESSIONS} tabs train already: close one of them, and load this one again"
        yield _event({"refused": full})
        return
    try:
        yield _event({"session": session.name})
        while not session.ended:
            waiting.clear()
            for each in session.taken():
                yield f"data: {each}\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(waiting.wait(), LOOK)
            if not waiting.is_set() and await request.is_disconnected():
                return
        yield _event({"refused": "the playground has ended: start it again with ann playground"})
    finally:
        sessions.end(session)


def _event(content: Any) -> str:
    return f"data: {json.dumps(content)}\n\n"
